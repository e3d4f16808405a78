package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// benchCmd measures the program against bare baselines that run beside it, so that what counts is a ratio and not the machine.
type benchCmd struct {
	USSD     benchUSSDCmd     `cmd:"" name:"ussd" default:"withargs" help:"Measure USSD turns."`
	Baseline benchBaselineCmd `cmd:"" hidden:"" help:"Serve the bare baseline; the bench starts it by itself."`
}

// benchUSSDCmd measures turns of USSD dialogues: a real server process, a real Postgres whose commits are durable, and callers on sockets.
type benchUSSDCmd struct {
	Check   bool          `help:"Exit with 1 when a target is missed."`
	Rows    int           `help:"Compare a database with this many sessions with one of ten thousand, instead of the server with the baseline."`
	Callers []int         `default:"1,16,64" help:"How many callers at once, one run each."`
	Rate    float64       `default:"1000" help:"Turns a second of the open loop, whose callers do not wait for each other; 0 leaves it out."`
	Rounds  int           `default:"5" help:"How often each run is repeated; the median counts."`
	Time    time.Duration `default:"2s" help:"How long one run takes."`
	Open    int           `default:"10000" help:"How many dialogues are held open to look at the server's memory; 0 leaves it out."`
	Folder  string        `help:"Where the temporary database is made. Empty: the system's folder for temporary files." type:"path"`
}

// Run measures and prints.
func (c *benchUSSDCmd) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	dialogues, err := newBenchDialogues()
	if err != nil {
		return err
	}
	place, err := openBenchPlace(ctx, c.Folder)
	if err != nil {
		return err
	}
	defer place.close()
	if c.Rows > 0 {
		return c.grow(ctx, place, dialogues)
	}
	return c.compare(ctx, place, dialogues)
}

// smallRows is how many sessions a database holds before a run, unless more are asked for.
const smallRows = 10_000

// compare measures the server beside the baseline.
func (c *benchUSSDCmd) compare(ctx context.Context, place *benchPlace, dialogues *benchDialogues) error {
	if err := place.printStartTimes(ctx); err != nil {
		return err
	}
	ours, err := place.serve(ctx, "sapar", smallRows, dialogues)
	if err != nil {
		return err
	}
	base, err := place.baseline(ctx, "baseline", dialogues)
	if err != nil {
		return err
	}
	table, err := c.measure(ctx, ours, base)
	if err != nil {
		return err
	}
	rules := table.print("turns, durable", ours.name, base.name)
	rules = append(rules, table.faster(0.6)...)
	rules = append(rules, table.steadier(2)...)
	if c.Open > 0 {
		resident, err := place.memory(ctx, ours, dialogues, c.Open)
		if err != nil {
			return err
		}
		rules = append(rules, rule{fmt.Sprintf("MiB resident with %d open dialogues", c.Open), resident, 80, true})
	}
	return c.judge(rules)
}

// grow measures the server on a small database beside the same on a big one.
func (c *benchUSSDCmd) grow(ctx context.Context, place *benchPlace, dialogues *benchDialogues) error {
	big, err := place.serve(ctx, "big", c.Rows, dialogues)
	if err != nil {
		return err
	}
	small, err := place.serve(ctx, "small", smallRows, dialogues)
	if err != nil {
		return err
	}
	table, err := c.measure(ctx, big, small)
	if err != nil {
		return err
	}
	rules := table.print(fmt.Sprintf("turns with %d sessions (big) and %d (small)", c.Rows, smallRows), big.name, small.name)
	return c.judge(append(rules, table.faster(0.8)...))
}

// measure runs both targets in turns, A B A B, so that a machine that gets slower slows both.
func (c *benchUSSDCmd) measure(ctx context.Context, a, b *target) (*benchTable, error) {
	table := &benchTable{}
	loads := make([]load, 0, len(c.Callers)+1)
	for _, callers := range c.Callers {
		loads = append(loads, load{callers: callers, time: c.Time})
	}
	if c.Rate > 0 {
		loads = append(loads, load{callers: openLoopCallers, rate: c.Rate, time: c.Time})
	}
	for _, t := range []*target{a, b} {
		if _, err := t.run(ctx, load{callers: 16, time: time.Second}); err != nil { // warm
			return nil, err
		}
	}
	for _, l := range loads {
		for round := range c.Rounds {
			for _, t := range []*target{a, b} {
				fmt.Fprintf(os.Stderr, "%s: %s, round %d of %d\n", t.name, l, round+1, c.Rounds)
				r, err := t.run(ctx, l)
				if err != nil {
					return nil, err
				}
				table.add(l, t.name, r)
			}
		}
	}
	return table, nil
}

// judge prints the rules and fails when one is missed and --check was given.
func (c *benchUSSDCmd) judge(rules []rule) error {
	fmt.Println()
	missed := 0
	for _, r := range rules {
		fmt.Println(r)
		if r.missed() {
			missed++
		}
	}
	if missed > 0 && c.Check {
		return fmt.Errorf("%d of %d targets missed", missed, len(rules))
	}
	return nil
}
