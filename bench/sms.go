package bench

import (
	"context"
	"fmt"
	"time"

	"sapar/database"
)

// SMS measures texts: those that come in and are answered, a broadcast that is queued and sent, and the replies in the midst of it.
type SMS struct {
	Check    bool          // fail when a target is missed
	Callers  []int         // how many callers text at once, one run each
	Rounds   int           // how often each run is repeated; the median counts
	Time     time.Duration // how long one run of callers takes
	Messages int           // how many a broadcast queues
	Drain    int           // how many of them are sent in a round; no more than are queued
	Folder   string        // where the temporary database is made; empty is the system's folder for temporary files
}

// Run measures, and prints the figures to stdout and progress to stderr. It fails when something does not run, when the context ends, and,
// with Check, when a target is missed.
func (s SMS) Run(ctx context.Context, program Program) error {
	p, err := openPlace(ctx, s.Folder, program, texted())
	if err != nil {
		return err
	}
	defer p.close()
	var rules []rule
	for _, measure := range []func(context.Context, *place) ([]rule, error){
		s.inbound,   // a text in, stored with its turn, and the reply out
		s.broadcast, // the same text to a million people: queued, sent, and replies that overtake it
	} {
		more, err := measure(ctx, p)
		if err != nil {
			return err
		}
		rules = append(rules, more...)
	}
	return judge(rules, s.Check)
}

// Callers text as fast as they are answered, and the whole load is more than a day may bring: that the limits count goes into the figures,
// that they are reached does not.
var unlimited = []string{"--sms-daily-segments=1000000000", "--sms-daily-per-number=1000000", "--sms-reply-every=0s"}

// inbound measures texts beside the baseline.
func (s SMS) inbound(ctx context.Context, p *place) ([]rule, error) {
	ours, err := p.serve(ctx, "sapar", mostCallers, unlimited...)
	if err != nil {
		return nil, err
	}
	base, err := p.baseline(ctx, "baseline", mostCallers)
	if err != nil {
		return nil, err
	}
	results, err := measure(ctx, closedLoops(s.Callers, s.Time), s.Rounds, "texts", ours, base)
	if err != nil {
		return nil, err
	}
	rules := results.print("texts with reply, durable", ours.name, base.name)
	rules = append(rules, results.faster(0.5)...)
	unstored, err := ours.unstored(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range []*target{ours, base} { // what follows has the machine for itself
		if err := t.child.stop(); err != nil {
			return nil, err
		}
	}
	return append(rules, rule{"texts answered without being stored", unstored, 0, true}), nil
}

const sqlTexts = `
SELECT count(*)
FROM inbox i JOIN turns t ON t.session_id = i.session_id AND t.turn = i.turn`

// unstored is how many of the texts that callers sent have no row, or no turn.
func (t *target) unstored(ctx context.Context) (float64, error) {
	owner, err := database.OpenOwner(ctx, t.url)
	if err != nil {
		return 0, err
	}
	defer owner.Close()
	var stored int64
	if err := owner.GetContext(ctx, &stored, sqlTexts); err != nil {
		return 0, fmt.Errorf("count the texts: %w", err)
	}
	return float64(t.asked.Load() - stored), nil
}
