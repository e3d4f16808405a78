// Package bench measures the program against bare baselines that run beside it, so that what counts is a ratio and not the machine.
package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"sapar/database"
	"sapar/ussd"
)

// Channel is the name of the built-in channel that callers come through.
const Channel = "africastalking"

// Program is what the bench needs of the program it measures.
type Program struct {
	// Channel is the built-in channel of the name Channel; its carrier makes the callbacks.
	Channel ussd.Channel
	// Prepare migrates a database, as the owner of its tables, and loads what comes with the program.
	Prepare func(ctx context.Context, url string, keys *database.Keys) error
	// Command is the program, not yet started, in a process of its own: with these arguments, and no settings from the environment.
	// It understands serve with --listen, --admin-listen, --database-url, --keys and --data, and, with the first three of these flags,
	// bench baseline, which calls ServeBaseline.
	Command func(arguments ...string) (*exec.Cmd, error)
}

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
	p, err := openPlace(ctx, u.Folder, program)
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
	base, err := p.baseline(ctx, "baseline")
	if err != nil {
		return err
	}
	results, err := u.measure(ctx, ours, base)
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
		resident, err := p.memory(ctx, ours, u.Open)
		if err != nil {
			return err
		}
		rules = append(rules, rule{fmt.Sprintf("MiB resident with %d open dialogues", u.Open), resident, 80, true})
	}
	return u.judge(rules)
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
	results, err := u.measure(ctx, big, small)
	if err != nil {
		return err
	}
	rules := results.print(fmt.Sprintf("turns with %d sessions (big) and %d (small)", u.Rows, smallRows), big.name, small.name)
	return u.judge(append(rules, results.faster(0.8)...))
}

// measure runs both targets in turns, A B A B, so that a machine that gets slower slows both.
func (u USSD) measure(ctx context.Context, a, b *target) (*table, error) {
	results := &table{}
	loads := make([]load, 0, len(u.Callers)+1)
	for _, callers := range u.Callers {
		loads = append(loads, load{callers: callers, time: u.Time})
	}
	if u.Rate > 0 {
		loads = append(loads, load{callers: openLoopCallers, rate: u.Rate, time: u.Time})
	}
	for _, t := range []*target{a, b} {
		if _, err := t.run(ctx, load{callers: 16, time: time.Second}); err != nil { // warm
			return nil, err
		}
	}
	for _, l := range loads {
		for round := range u.Rounds {
			for _, t := range []*target{a, b} {
				fmt.Fprintf(os.Stderr, "%s: %s, round %d of %d\n", t.name, l, round+1, u.Rounds)
				r, err := t.run(ctx, l)
				if err != nil {
					return nil, err
				}
				results.add(l, t.name, r)
			}
		}
	}
	return results, nil
}

// judge prints the rules and fails when one is missed and --check was given.
func (u USSD) judge(rules []rule) error {
	fmt.Println()
	missed := 0
	for _, r := range rules {
		fmt.Println(r)
		if r.missed() {
			missed++
		}
	}
	if missed > 0 && u.Check {
		return fmt.Errorf("%d of %d targets missed", missed, len(rules))
	}
	return nil
}
