package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"sapar/bench"
)

// benchCmd measures the program against bare baselines that run beside it, so that what counts is a ratio and not the machine.
type benchCmd struct {
	USSD     benchUSSDCmd     `cmd:"" name:"ussd" default:"withargs" help:"Measure USSD turns."`
	Baseline benchBaselineCmd `cmd:"" hidden:"" help:"Serve the bare baseline; the bench starts it by itself."`
}

// benchUSSDCmd is a bench.USSD as flags.
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
	channel, err := findChannel("", bench.Channel)
	if err != nil {
		return err
	}
	return bench.USSD(*c).Run(ctx, bench.Program{Channel: channel, Prepare: prepare, Command: onceMore})
}

// onceMore is this program in another process, without the settings of this one's environment.
func onceMore(arguments ...string) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, arguments...)
	command.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "SAPAR_") || strings.HasPrefix(variable, "DATABASE_URL")
	})
	return command, nil
}

// benchBaselineCmd serves the baseline.
type benchBaselineCmd struct {
	Listen      string
	AdminListen string // not opened; every child of the bench is given one
	DatabaseURL string
}

// Run serves until it is told to stop.
func (c *benchBaselineCmd) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return bench.ServeBaseline(ctx, c.Listen, c.DatabaseURL)
}
