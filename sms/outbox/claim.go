package outbox

import (
	"context"
	"time"

	"sapar/database"
	"sapar/sms"
)

// move is what a claim does with a candidate.
type move struct {
	*message
	status sms.Status
	reason string
	later  time.Duration // how far back in the queue it goes
}

// burst is how many segments a bucket holds: a tenth of a second's, so that no second sees much more than the rate.
func burst(rate float64) float64 { return max(1, rate/10) }

// channel finds a channel by its name, which is one of ours.
func (o *Outbox) channel(name string) *sms.Channel {
	for i := range o.Channels {
		if o.Channels[i].Name == name {
			return &o.Channels[i]
		}
	}
	return nil
}

// claim takes messages that may be sent now, commits that an attempt at each is about to be made, and hands them back.
// Wait is how long there is nothing more to do; 0 when there may be more at once. The context is not the one that ends when draining begins:
// a claim whose commit is cut off leaves messages in doubt.
func (l *lane) claim(ctx context.Context) (claimed []*message, wait time.Duration, err error) {
	latest := time.Now().Round(0).Add(l.Lease - l.Post)
	channels, priorities := l.open()
	if len(channels) == 0 {
		return nil, l.untilOpen(), nil
	}
	var p *plan
	err = database.InTx(ctx, l.DB, func(tx *database.Tx) error {
		rows, err := candidates(ctx, tx, channels, priorities, l.most())
		if err != nil || len(rows) == 0 {
			return err
		}
		if p, err = l.newPlan(ctx, tx); err != nil {
			return err
		}
		for _, m := range rows {
			p.decide(m)
		}
		return p.carryOut(ctx, tx)
	})
	if err != nil || p == nil {
		return nil, l.Poll, err
	}
	for _, m := range p.claimed {
		m.Attempt++
		m.latest = latest
	}
	if len(p.moves) == 0 {
		return nil, l.untilOpen(), nil
	}
	return p.claimed, 0, nil
}

// open lists the channels with something to give, as lanes in the order in which they are served: by priority, and within one a
// different channel first each time. A message that is bound to no channel yet is looked at as long as there is any; one that is bound to
// a channel in trouble too, since another may take it.
func (l *lane) open() (channels []string, priorities []int32) {
	var able, stuck []string
	for _, c := range l.Channels {
		switch {
		case l.breakers[c.Name].most() == 0:
			stuck = append(stuck, c.Name)
		case time.Now().After(l.dry[c.Name]):
			able = append(able, c.Name)
		}
	}
	if len(able) == 0 {
		return nil, nil
	}
	l.turn++
	first := l.turn % len(able)
	names := append(append(append([]string{""}, able[first:]...), able[:first]...), stuck...)
	for _, p := range l.priorities {
		for _, name := range names {
			channels, priorities = append(channels, name), append(priorities, int32(p))
		}
	}
	return channels, priorities
}

// most is how many candidates are worth locking: where every channel is limited, no more than the limits let through soon.
func (l *lane) most() int {
	soon := 0.0
	for _, c := range l.Channels {
		if c.Rate == 0 {
			return l.batch
		}
		soon += max(8, c.Rate*ahead.Seconds())
	}
	return min(l.batch, int(soon))
}

// untilOpen is when it is worth looking again.
func (l *lane) untilOpen() time.Duration {
	wait := l.Poll
	for _, until := range l.dry {
		if d := time.Until(until); d > 0 {
			wait = min(wait, d)
		}
	}
	return max(wait, time.Millisecond)
}

// plan is one claim: what each channel may still take, and what is done with each candidate.
type plan struct {
	*lane
	tokens  map[string]float64 // of limited channels
	spent   map[string]float64
	most    map[string]int // messages, by the breaker
	held    map[string]float64
	moves   []move
	claimed []*message
}

func (l *lane) newPlan(ctx context.Context, tx *database.Tx) (*plan, error) {
	p := &plan{lane: l, spent: map[string]float64{}, most: map[string]int{}}
	var limited []sms.Channel
	for _, c := range l.Channels {
		p.most[c.Name] = l.breakers[c.Name].most()
		if c.Rate > 0 {
			limited = append(limited, c)
		}
	}
	var err error
	p.tokens, p.held, err = buckets(ctx, tx, limited)
	for name, seconds := range p.held {
		l.dry[name] = time.Now().Add(time.Duration(min(seconds, 1) * float64(time.Second)))
	}
	return p, err
}

// decide says what becomes of one candidate. One with no move stays as it is.
func (p *plan) decide(m *message) {
	switch {
	case m.Expired:
		p.add(m, sms.Expired, sms.ReasonExpired)
		return
	case m.Muted:
		p.add(m, sms.Cancelled, sms.ReasonStopped)
		return
	case m.Batch == "cancelled":
		p.add(m, sms.Cancelled, sms.ReasonCancelled)
		return
	case m.Batch == "paused": // back to the others, where nobody looks at it
		m.Channel = ""
		p.add(m, sms.Pending, "")
		return
	case m.Night > 0:
		until := time.Now().Add(time.Duration(m.Night) * time.Minute)
		p.moves = append(p.moves, move{message: m, status: sms.Pending, later: until.Sub(m.After)})
		return
	}
	if err := m.open(p.Keys); err != nil {
		p.add(m, sms.Failed, "unreadable")
		return
	}
	if !p.allows(m.outgoing.To) {
		p.add(m, sms.Cancelled, sms.ReasonCountry)
		return
	}
	route := m.route(p.Channels)
	if len(route) == 0 {
		p.add(m, sms.Failed, sms.ReasonNoRoute)
		return
	}
	for i := range route {
		if up := p.most[route[i].Name] > 0 && p.held[route[i].Name] == 0; up {
			p.claimFor(m, &route[i])
			return
		}
	}
	p.moves = append(p.moves, move{message: m, status: sms.Pending, later: p.Poll * 5}) // all in trouble: let others pass
}

// claimFor takes the message for a channel, or binds it to the channel when its bucket is empty.
func (p *plan) claimFor(m *message, c *sms.Channel) {
	if c.Rate > 0 && p.tokens[c.Name]-p.spent[c.Name] <= p.floor(c) {
		p.lane.dry[c.Name] = time.Now().Add(p.refill(c))
		if m.Channel != c.Name {
			m.Channel = c.Name
			p.add(m, sms.Pending, "")
		}
		return
	}
	m.spell(c)
	p.spent[c.Name] += float64(m.segments)
	p.most[c.Name]--
	m.Channel, m.Sender = c.Name, c.Sender(m.outgoing.To)
	m.outgoing.Sender, m.outgoing.Report, m.outgoing.Since = m.Sender, c.ReportAddress(m.ID), m.TriedAt
	p.add(m, sms.Submitting, "")
	p.claimed = append(p.claimed, m)
}

// floor is how many tokens must stay: replies may borrow a second's worth.
func (p *plan) floor(c *sms.Channel) float64 {
	if p.urgent() {
		return -max(1, c.Rate)
	}
	return 0
}

// refill is how long the bucket takes to have something again; a little is waited for in any case, since each look locks rows.
func (p *plan) refill(c *sms.Channel) time.Duration {
	missing := p.floor(c) - (p.tokens[c.Name] - p.spent[c.Name])
	return max(time.Duration(missing/c.Rate*float64(time.Second)), 20*time.Millisecond)
}

func (p *plan) add(m *message, status sms.Status, reason string) {
	p.moves = append(p.moves, move{message: m, status: status, reason: reason})
}

// carryOut writes the moves and takes the tokens.
func (p *plan) carryOut(ctx context.Context, tx *database.Tx) error {
	if len(p.moves) == 0 {
		return nil
	}
	var channels []string
	var segments []float64
	for name, n := range p.spent {
		if p.channel(name).Rate > 0 {
			channels, segments = append(channels, name), append(segments, n)
		}
	}
	if err := takeTokens(ctx, tx, channels, segments); err != nil {
		return err
	}
	return apply(ctx, tx, p.moves, p.Lease)
}
