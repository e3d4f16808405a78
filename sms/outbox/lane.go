package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sapar/sms"
)

const (
	mostClaimed = 500                    // messages of one claim
	mostGated   = 64                     // messages checked again by one statement
	gateTime    = 2 * time.Millisecond   // how long messages wait to be checked together
	ahead       = 250 * time.Millisecond // how much work is claimed ahead: what is claimed is late for whatever is more urgent
)

// lane is one way through the process: claims of some priorities, and so many POSTs at once. Replies have a lane of their own, and no other:
// in one with a broadcast they would wait behind what was claimed before them, as long as a carrier that does not answer is waited for.
type lane struct {
	*Outbox
	priorities []sms.Priority
	slots      chan struct{} // one for each POST under way
	wake       chan struct{}
	claimed    chan *message
	batch      int                  // how many are claimed at once
	dry        map[string]time.Time // until when a channel's bucket has nothing
	turn       int                  // which channel comes first this time
	posts      sync.WaitGroup
}

func newLane(o *Outbox, priorities []sms.Priority, inFlight int) *lane {
	return &lane{
		Outbox: o, priorities: priorities, slots: make(chan struct{}, inFlight), wake: make(chan struct{}, 1),
		claimed: make(chan *message, mostClaimed), batch: mostGated, dry: map[string]time.Time{},
	}
}

// urgent reports whether the lane is that of replies: it may borrow from the bucket, so that a broadcast that empties it is not in the way.
func (l *lane) urgent() bool { return len(l.priorities) == 1 }

// run claims and sends until the context ends, and everything it has claimed is sent or given back.
func (l *lane) run(ctx context.Context) {
	go l.keepClaiming(ctx)
	for {
		batch := l.take()
		if batch == nil {
			break
		}
		l.send(ctx, batch)
	}
	l.posts.Wait()
}

// keepClaiming keeps a quarter of a second's work in front of the POSTs.
func (l *lane) keepClaiming(ctx context.Context) {
	defer close(l.claimed)
	for ctx.Err() == nil {
		start := time.Now()
		messages, wait, err := l.claim(l.hard)
		complain(ctx, "claim messages", err)
		for _, m := range messages {
			l.claimed <- m
		}
		if full := len(messages) == l.batch; full {
			l.adapt(len(messages), time.Since(start))
		} else if wait > 0 {
			pause(ctx, wait, l.wake)
		}
	}
}

// adapt fits the next claim to how fast the last one was handed on.
func (l *lane) adapt(n int, took time.Duration) {
	pace := float64(n) / max(took, time.Millisecond).Seconds()
	l.batch = min(max(int(pace*ahead.Seconds()), mostGated, l.batch/2), mostClaimed)
}

// take waits until there is a message and room to send it, and takes as many more as there are. While more messages wait it gives room
// for half of the POSTs a moment to come free, since each check is a round trip. Nil is the end.
func (l *lane) take() []*message {
	l.slots <- struct{}{}
	first, ok := <-l.claimed
	if !ok {
		return nil
	}
	batch := []*message{first}
	moment := time.NewTimer(gateTime)
	defer moment.Stop()
	for len(l.claimed) > 0 && len(batch) < mostGated {
		if !l.room(len(batch) < cap(l.slots)/2, moment.C) {
			break
		}
		batch = append(batch, <-l.claimed) // nobody else takes from it
	}
	return batch
}

// room takes a slot, and waits for one at most until the moment has passed.
func (l *lane) room(wait bool, moment <-chan time.Time) bool {
	select {
	case l.slots <- struct{}{}:
		return true
	default:
	}
	if !wait {
		return false
	}
	select {
	case l.slots <- struct{}{}:
		return true
	case <-moment:
		return false
	}
}

// send checks messages again and posts them; each has a slot.
func (l *lane) send(ctx context.Context, batch []*message) {
	if ctx.Err() != nil {
		l.giveBack(batch, 0)
		return
	}
	ours, err := l.store.gate(l.hard, batch)
	if err != nil {
		complain(ctx, "check messages again", err)
		l.giveBack(batch, l.Poll)
		return
	}
	for _, m := range batch {
		now, mine := ours[m.ID]
		switch {
		case !mine:
			<-l.slots
		case now.Held:
			l.giveBack([]*message{m}, 0)
		case now.Muted:
			l.finish(m.result(sms.Cancelled, sms.ReasonStopped))
		default:
			l.posts.Go(func() { l.finish(l.post(m)) })
		}
	}
}

// giveBack returns messages whose POST never began.
func (l *lane) giveBack(batch []*message, wait time.Duration) {
	for _, m := range batch {
		r := m.result(sms.Pending, "")
		r.wait = wait
		l.finish(r)
	}
}

func (l *lane) finish(r result) {
	l.results <- r
	<-l.slots
}

// post makes the attempt. Its deadline is a context's, and a POST that would outlive its lease never begins: after that the message
// may be somebody else's.
func (l *lane) post(m *message) result {
	start := time.Now()
	if start.Round(0).After(m.latest) {
		return m.result(sms.Pending, "")
	}
	ctx, cancel := context.WithTimeout(l.hard, l.Post)
	defer cancel()
	out := l.breakers[m.Channel].send(func() sms.Outcome { return l.attempt(ctx, m) })
	l.Observe(m.Channel, out.Result, time.Since(start))
	if out.Result == sms.NotSent && out.RetryAfter > 0 {
		complain(ctx, "hold a channel", l.store.hold(l.hard, m.Channel, min(out.RetryAfter, longestHold)))
	}
	return m.outcome(out, l.Lag)
}

// attempt asks the carrier to send; a carrier's file that panics leaves the message in doubt, and the others alone.
func (l *lane) attempt(ctx context.Context, m *message) (out sms.Outcome) {
	defer func() {
		if r := recover(); r != nil {
			slog.Error("a carrier panicked", "channel", m.Channel)
			out = sms.Outcome{Result: sms.Unknown, Code: "panic"}
		}
	}()
	return l.channel(m.Channel).Carrier.Send(ctx, m.outgoing)
}
