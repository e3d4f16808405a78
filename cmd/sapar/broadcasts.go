package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"sapar/people"
	"sapar/scheduler/broadcasts"
	"sapar/scheduler/hours"
)

// broadcastsCmd sends one text to many people.
type broadcastsCmd struct {
	Preview broadcastsPreviewCmd `cmd:"" help:"Count whom it would reach, in how many parts and for how much; nothing is kept."`
	Create  broadcastsCreateCmd  `cmd:"" help:"Make a draft, and show its preview."`
	Test    broadcastsTestCmd    `cmd:"" help:"Send what it says to one to three numbers."`
	Approve broadcastsApproveCmd `cmd:"" help:"Say as a second person that it may be sent."`
	Start   broadcastsStartCmd   `cmd:"" help:"Send it: at once, or when its time comes."`
	Pause   broadcastsPauseCmd   `cmd:"" help:"Stop the sending until resume."`
	Resume  broadcastsResumeCmd  `cmd:"" help:"Go on where it was paused."`
	Cancel  broadcastsCancelCmd  `cmd:"" help:"End it for good; what waits is not sent."`
	List    broadcastsListCmd    `cmd:"" help:"List the latest broadcasts."`
	Show    broadcastsShowCmd    `cmd:"" help:"Show one: what it says, to whom, how far it is, and what became of its messages."`
}

// withBroadcasts does something at the desk of broadcasts; it ends with the first SIGINT.
func withBroadcasts(c *Config, do func(ctx context.Context, desk *broadcasts.Desk) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	s, err := c.serverFor(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	return do(ctx, s.broadcasts())
}

type broadcastsPreviewCmd struct{ broadcastPlan }

// Run prints the preview.
func (c *broadcastsPreviewCmd) Run() error {
	return withBroadcasts(&c.Config, func(ctx context.Context, desk *broadcasts.Desk) error {
		plan, err := c.plan(desk.Keys)
		if err != nil {
			return err
		}
		count, err := desk.Preview(ctx, plan)
		if err != nil {
			return err
		}
		return c.print(os.Stdout, plan, count)
	})
}

type broadcastsCreateCmd struct{ broadcastPlan }

// Run makes the draft.
func (c *broadcastsCreateCmd) Run() error {
	return withBroadcasts(&c.Config, func(ctx context.Context, desk *broadcasts.Desk) error {
		plan, err := c.plan(desk.Keys)
		if err != nil {
			return err
		}
		number, count, err := desk.Create(ctx, plan)
		if err != nil {
			return err
		}
		fmt.Printf("broadcast %d is a draft; it is sent with: sapar broadcasts start %d\n", number, number)
		if count.People > desk.Approval {
			fmt.Printf("before that somebody else says: sapar broadcasts approve %d\n", number)
		}
		return c.print(os.Stdout, plan, count)
	})
}

// broadcastArg is a broadcast somebody does something about.
type broadcastArg struct {
	Config
	Number int `arg:"" help:"The broadcast."`
}

type broadcastsTestCmd struct {
	broadcastArg
	To []string `arg:"" help:"One to three numbers, as +996700000001, each of which has dialled or texted once."`
}

// Run sends the test.
func (c *broadcastsTestCmd) Run() error {
	var phones []people.Phone
	for i, to := range c.To {
		phone, ok := people.NewPhone(to)
		if !ok {
			return fmt.Errorf("number %d is no phone number", i+1)
		}
		phones = append(phones, phone)
	}
	return withBroadcasts(&c.Config, func(ctx context.Context, desk *broadcasts.Desk) error {
		tested, err := desk.Test(ctx, c.Number, phones)
		for i, t := range tested {
			said := "queued"
			if t.Reason != "" {
				said = "not sent: " + t.Reason
			}
			fmt.Printf("number %d: %s %s\n", i+1, t.Language, said)
		}
		return err
	})
}

type broadcastsApproveCmd struct {
	broadcastArg
	Who string `env:"USER" required:"" help:"Who approves; not whoever made it."`
}

// Run approves, having shown what.
func (c *broadcastsApproveCmd) Run() error {
	return withBroadcasts(&c.Config, func(ctx context.Context, desk *broadcasts.Desk) error {
		if err := desk.Approve(ctx, c.Number, c.Who); err != nil {
			return err
		}
		return showBroadcast(ctx, os.Stdout, desk, c.Number, false)
	})
}

type broadcastsStartCmd struct {
	broadcastArg
	Again bool `help:"The same text was sent within a day, and is meant."`
}

// Run starts it and queues it, with a bar; what is cut off here the job of a running server goes on with.
func (c *broadcastsStartCmd) Run() error {
	return withBroadcasts(&c.Config, func(ctx context.Context, desk *broadcasts.Desk) error {
		if err := desk.Start(ctx, c.Number, c.Again); err != nil {
			return err
		}
		done := make(chan error, 1)
		go func() { done <- desk.Queue(ctx, c.Number) }()
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case err := <-done:
				return errors.Join(err, showBar(ctx, desk, c.Number, "\n"))
			case <-tick.C:
				if err := showBar(ctx, desk, c.Number, ""); err != nil {
					return err
				}
			}
		}
	})
}

// barWidth is how many signs a bar has.
const barWidth = 30

// bar draws how much of something is done.
func bar(done, of int) string {
	full := 0
	if of > 0 {
		full = min(barWidth, done*barWidth/of)
	}
	return "[" + strings.Repeat("█", full) + strings.Repeat("·", barWidth-full) + "]"
}

// showBar draws how much of a broadcast is queued, over the line before; where nobody watches only the last one is printed.
func showBar(ctx context.Context, desk *broadcasts.Desk, number int, end string) error {
	b, err := desk.Read(ctx, number)
	if err != nil {
		return err
	}
	p, err := desk.Progress(ctx, number)
	if err != nil {
		return err
	}
	of := max(b.People, p.Targets) // those of an election are not counted before
	line := fmt.Sprintf("%s %d of %d: %d queued, %d skipped, %d waiting", bar(p.Targets, of), p.Targets, of, p.Queued, p.Skipped, p.Waiting)
	switch {
	case term.IsTerminal(int(os.Stdout.Fd())):
		fmt.Printf("\r%s  %s", line, end)
	case end != "":
		fmt.Print(line, end)
	}
	return nil
}

type broadcastsPauseCmd struct{ broadcastArg }

// Run pauses.
func (c *broadcastsPauseCmd) Run() error {
	return withBroadcasts(&c.Config, func(ctx context.Context, desk *broadcasts.Desk) error { return desk.Pause(ctx, c.Number) })
}

type broadcastsResumeCmd struct{ broadcastArg }

// Run resumes.
func (c *broadcastsResumeCmd) Run() error {
	return withBroadcasts(&c.Config, func(ctx context.Context, desk *broadcasts.Desk) error { return desk.Resume(ctx, c.Number) })
}

type broadcastsCancelCmd struct{ broadcastArg }

// Run cancels.
func (c *broadcastsCancelCmd) Run() error {
	return withBroadcasts(&c.Config, func(ctx context.Context, desk *broadcasts.Desk) error { return desk.Cancel(ctx, c.Number) })
}

type broadcastsListCmd struct {
	Config
	Most int `default:"20" help:"How many."`
}

// Run prints a line for each.
func (c *broadcastsListCmd) Run() error {
	return withBroadcasts(&c.Config, func(ctx context.Context, desk *broadcasts.Desk) error {
		list, err := desk.List(ctx, c.Most)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "NUMBER\tNAME\tSTATE\tPEOPLE\tMADE BY\tAPPROVED BY\tSTARTS\tNOTE")
		for _, b := range list {
			fmt.Fprintf(out, "%d\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", b.Number, b.Name, b.State, b.People, b.MadeBy, b.ApprovedBy, b.Starts.In(hours.Home).Format(time.DateTime), b.Note)
		}
		return out.Flush()
	})
}

type broadcastsShowCmd struct {
	broadcastArg
	Outcome bool `help:"Also count its messages by what became of them, which reads many rows."`
}

// Run prints it.
func (c *broadcastsShowCmd) Run() error {
	return withBroadcasts(&c.Config, func(ctx context.Context, desk *broadcasts.Desk) error {
		return showBroadcast(ctx, os.Stdout, desk, c.Number, c.Outcome)
	})
}

func showBroadcast(ctx context.Context, out io.Writer, desk *broadcasts.Desk, number int, outcome bool) error {
	b, err := desk.Read(ctx, number)
	if err != nil {
		return err
	}
	text, err := desk.Text(ctx, number)
	if err != nil {
		return err
	}
	p, err := desk.Progress(ctx, number)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d %s: %s %s\nmade by %s, approved by %s (for %d people)\n%d people, %d parts of messages\n", b.Number, b.Name, b.State, b.Note, b.MadeBy,
		b.ApprovedBy, b.ApprovedFor, b.People, b.Segments)
	printTexts(out, text)
	printProgress(out, &b, p)
	if !outcome {
		return nil
	}
	became, err := desk.Outcome(ctx, number)
	for status, n := range became {
		fmt.Fprintf(out, "  %-12s %d\n", status, n)
	}
	return err
}

func printProgress(out io.Writer, b *broadcasts.Broadcast, p broadcasts.Progress) {
	of := max(b.People, p.Targets)
	fmt.Fprintf(out, "queued  %s %d of %d people: %d queued, %d skipped %v\n", bar(p.Targets, of), p.Targets, of, p.Queued, p.Skipped, p.Reasons)
	fmt.Fprintf(out, "left    %s %d of %d messages\n", bar(p.Queued-p.Waiting, p.Queued), p.Queued-p.Waiting, p.Queued)
}
