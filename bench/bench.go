// Package bench measures the program against bare baselines that run beside it, so that what counts is a ratio and not the machine.
package bench

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"sapar/database"
	"sapar/ussd"
)

// Channel is the name of the built-in USSD channel that callers come through.
const Channel = "africastalking"

// Program is what the bench needs of the program it measures.
type Program struct {
	// Channel is the built-in channel of the name Channel; its carrier makes the callbacks.
	Channel ussd.Channel
	// Prepare migrates a database, as the owner of its tables, and loads what comes with the program.
	Prepare func(ctx context.Context, url string, keys *database.Keys) error
	// Command is the program, not yet started, in a process of its own: with these arguments, and no settings from the environment.
	// It understands serve with flags named after the settings, and bench part <name>, with the fields of a Part as flags, which runs it.
	Command func(arguments ...string) (*exec.Cmd, error)
}

// measure runs both targets in turns, A B A B, so that a machine that gets slower slows both.
func measure(ctx context.Context, loads []load, rounds int, unit string, a, b *target) (*table, error) {
	results := &table{unit: unit}
	for _, t := range []*target{a, b} {
		if _, err := t.run(ctx, load{callers: 16, time: time.Second}); err != nil { // warm
			return nil, err
		}
	}
	for _, l := range loads {
		for round := range rounds {
			for _, t := range []*target{a, b} {
				progress("%s: %s, round %d of %d", t.name, l, round+1, rounds)
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

// judge prints the rules and fails when one is missed and that matters.
func judge(rules []rule, check bool) error {
	fmt.Println()
	missed := 0
	for _, r := range rules {
		fmt.Println(r)
		if r.missed() {
			missed++
		}
	}
	if missed > 0 && check {
		return fmt.Errorf("%d of %d targets missed", missed, len(rules))
	}
	return nil
}
