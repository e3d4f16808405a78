package bench

import (
	"context"
	"fmt"
	"time"
)

// USSD measures turns of USSD dialogues: a real server process, a real Postgres whose commits are durable, and callers on sockets.
type USSD struct {
	Check   bool          // fail when a target is missed
	Rows    int           // sessions of the big database in a comparison with one of ten thousand; 0 compares the server with the baseline
	Callers []int         // how many callers at once, one run each
	Rate    float64       // turns a second of the open loop, whose callers do not wait for each other; 0 leaves it out
	Rounds  int           // how often each run is repeated; the median counts
	Time    time.Duration // how long one run takes
	Open    int           // dialogues held open to look at the server's memory; 0 leaves it out
	Folder  string        // where the temporary database is made; empty is the system's folder for temporary files
}

// Run measures, and prints the figures to stdout and progress to stderr. It fails when something does not run, when the context ends, and,
// with Check, when a target is missed.
func (u USSD) Run(ctx context.Context, program Program) error {
	p, err := openPlace(ctx, u.Folder, program, dialled(program.Channel))
	if err != nil {
		return err
	}
	defer p.close()
	if u.Rows > 0 {
		return u.grow(ctx, p)
	}
	return u.compare(ctx, p)
}

// smallRows is how many sessions a database holds before a run, unless more are asked for.
const smallRows = 10_000

// compare measures the server beside the baseline.
func (u USSD) compare(ctx context.Context, p *place) error {
	if err := p.printStartTimes(ctx); err != nil {
		return err
	}
	ours, err := p.serve(ctx, "sapar", smallRows)
	if err != nil {
		return err
	}
	base, err := p.baseline(ctx, "baseline", smallRows)
	if err != nil {
		return err
	}
	results, err := measure(ctx, u.loads(), u.Rounds, "turns", ours, base)
	if err != nil {
		return err
	}
	rules := results.print("turns, durable", ours.name, base.name)
	rules = append(rules, results.faster(0.6)...)
	rules = append(rules, results.steadier(2)...)
	unstored, err := ours.child.counted("sapar_ussd_answered_from_memory_total")
	if err != nil {
		return err
	}
	rules = append(rules, rule{"turns answered without being stored", unstored, 0, true})
	if u.Open > 0 {
		resident, err := p.memoryWith(ctx, ours, u.Open)
		if err != nil {
			return err
		}
		rules = append(rules, rule{fmt.Sprintf("MiB resident with %d open dialogues", u.Open), resident, 80, true})
	}
	return judge(rules, u.Check)
}

// grow measures the server on a small database beside the same on a big one.
func (u USSD) grow(ctx context.Context, p *place) error {
	big, err := p.serve(ctx, "big", u.Rows)
	if err != nil {
		return err
	}
	small, err := p.serve(ctx, "small", smallRows)
	if err != nil {
		return err
	}
	results, err := measure(ctx, u.loads(), u.Rounds, "turns", big, small)
	if err != nil {
		return err
	}
	rules := results.print(fmt.Sprintf("turns with %d sessions (big) and %d (small)", u.Rows, smallRows), big.name, small.name)
	return judge(append(rules, results.faster(0.8)...), u.Check)
}

// loads are the closed loops, and the open one.
func (u USSD) loads() []load {
	loads := closedLoops(u.Callers, u.Time)
	if u.Rate > 0 {
		loads = append(loads, load{callers: openLoopCallers, rate: u.Rate, time: u.Time})
	}
	return loads
}
