package outbox

import (
	"context"
	"sync"
	"time"

	"sapar/sms"
)

const (
	cleanEvery = time.Second
	sweepEvery = time.Minute
	mostDoubts = 64 // asked about at once
	asking     = 8  // questions under way
	enoughNots = 2  // a carrier that does not know a message at this look never got it
	enoughAsks = 3  // after this look nobody will know

	mostExpired = 5000 // ended by one statement
)

// resolve looks after what is in doubt, until the context ends.
func (o *Outbox) resolve(ctx context.Context) {
	var swept time.Time
	for pause(ctx, min(cleanEvery, o.Lag/2), nil) {
		complain(ctx, "end leases", o.store.endLeases(ctx, o.Lag))
		complain(ctx, "settle reports", sms.Settle(ctx, o.DB))
		if time.Since(swept) > sweepEvery && !o.sweep(ctx) {
			swept = time.Now()
		}
		for ctx.Err() == nil && o.askAround(ctx) == mostDoubts {
		}
	}
}

// sweep looks after what waits in vain, and reports whether there may be more of it.
func (o *Outbox) sweep(ctx context.Context) (more bool) {
	complain(ctx, "free messages", o.store.unbind(ctx, o.names()))
	more, err := o.store.expire(ctx)
	complain(ctx, "expire messages", err)
	return more
}

// askAround asks carriers about messages in doubt that are due, and says about how many.
func (o *Outbox) askAround(ctx context.Context) int {
	doubts, err := o.store.doubts(ctx, o.Lag, mostDoubts)
	complain(ctx, "look for messages in doubt", err)
	var asked sync.WaitGroup
	room := make(chan struct{}, asking)
	for _, m := range doubts {
		room <- struct{}{}
		asked.Go(func() {
			defer func() { <-room }()
			if r, decided := m.settle(o.ask(o.hard, m), o.Lag); decided {
				o.results <- r
			}
		})
	}
	asked.Wait()
	return len(doubts)
}

// ask has the carrier look for a message. A carrier that cannot be asked leaves it to the delivery report.
func (o *Outbox) ask(ctx context.Context, m *message) sms.Outcome {
	c := o.channel(m.Channel)
	if c == nil {
		return sms.Outcome{Result: sms.Unknown}
	}
	asker, ok := c.Carrier.(sms.Asker)
	if !ok || m.open(o.Keys) != nil {
		return sms.Outcome{Result: sms.Unknown}
	}
	ctx, cancel := context.WithTimeout(ctx, o.Post)
	defer cancel()
	m.spell(c) // as it was sent
	m.outgoing.Sender, m.outgoing.Since = m.Sender, m.TriedAt
	return asker.Ask(ctx, m.outgoing)
}

// settle decides what becomes of a message in doubt after it was asked about; until it is decided, it is asked about again after lag.
//
// The carrier has it: accepted. It never got it: tried again, but not at the first look, since the list of what it has may lag.
// Nobody knows, and no report came: a message of the class once is parked, a repeatable one is sent once more.
func (m *message) settle(out sms.Outcome, lag time.Duration) (r result, decided bool) {
	r = m.outcome(out, lag)
	r.wait = 0
	switch {
	case out.Result == sms.Accepted || out.Result == sms.Refused:
		return r, true
	case out.Result == sms.NotSent && m.Asks >= enoughNots:
		return r, true
	case m.Asks < enoughAsks:
		return r, false
	}
	r.status, r.park = sms.InDoubt, true
	if m.Class == sms.Repeatable && !m.Repeated {
		r.status, r.park, r.repeat = sms.Pending, false, true
	}
	return r, true
}
