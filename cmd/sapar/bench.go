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
	USSD benchUSSDCmd `cmd:"" name:"ussd" default:"withargs" help:"Measure USSD turns."`
	SMS  benchSMSCmd  `cmd:"" name:"sms" help:"Measure texts: answering them, queueing a million and sending."`
	Part benchPartCmd `cmd:"" hidden:"" help:"Be one of the processes that the bench starts by itself."`
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
func (c *benchUSSDCmd) Run() error { return measure(bench.USSD(*c).Run) }

// benchSMSCmd is a bench.SMS as flags.
type benchSMSCmd struct {
	Check    bool          `help:"Exit with 1 when a target is missed."`
	Callers  []int         `default:"16,64" help:"How many callers text at once, one run each."`
	Rounds   int           `default:"5" help:"How often each run is repeated; the median counts."`
	Time     time.Duration `default:"2s" help:"How long one run of callers takes."`
	Messages int           `default:"1000000" help:"How many messages a broadcast queues."`
	Drain    int           `default:"60000" help:"How many of them are sent in a round."`
	Folder   string        `help:"Where the temporary database is made. Empty: the system's folder for temporary files." type:"path"`
}

// Run measures and prints.
func (c *benchSMSCmd) Run() error { return measure(bench.SMS(*c).Run) }

// measure runs a bench of this program until it is done or told to stop.
func measure(run func(context.Context, bench.Program) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	channel, err := findChannel("", bench.Channel)
	if err != nil {
		return err
	}
	return run(ctx, bench.Program{Channel: channel, Prepare: prepare, Command: onceMore})
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

// benchPartCmd is a bench.Part as flags.
type benchPartCmd struct {
	Name        string `arg:""`
	Listen      string
	AdminListen string
	DatabaseURL string
	Keys        string
	Sink        string
}

// Run does the part until it is told to stop.
func (c *benchPartCmd) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return bench.Part(*c).Run(ctx)
}
