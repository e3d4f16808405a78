package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"sapar/scheduler/deadlines"
)

// deadlinesCmd is what operators do about the rules of deadlines.
type deadlinesCmd struct {
	List     deadlinesListCmd     `cmd:"" help:"List the rules, whether each is on, and why."`
	Confirm  deadlinesConfirmCmd  `cmd:"" help:"Say that a rule is right as it stands; it is on from then on, until it changes."`
	Withdraw deadlinesWithdrawCmd `cmd:"" help:"Say that a rule may not be used; nobody is reminded of it from then on."`
	Run      deadlinesRunCmd      `cmd:"" help:"Queue the reminders whose time has come, as the job does."`
}

type deadlinesListCmd struct {
	Config
	All bool `help:"With action, source and note."`
}

// Run prints a line for each rule.
func (c *deadlinesListCmd) Run() error {
	return withDesk(&c.Config, func(ctx context.Context, desk *deadlines.Desk) error {
		standings, err := desk.Standings(ctx)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		for _, s := range standings {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", s.Rule.ID, onOff(s.On), s.Rule.Confidence, because(&s))
			if c.All {
				fmt.Fprintf(out, "\t%s\t\t\n\t%s %s\t\t\n", s.Rule.Action, s.Rule.Source, s.Rule.SourceDate)
				for _, more := range []string{s.Rule.SecondSource, s.Rule.Condition, s.Rule.Conflict, s.Rule.Note} {
					if more != "" {
						fmt.Fprintf(out, "\t%s\t\t\n", more)
					}
				}
			}
		}
		return out.Flush()
	})
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// because says why a rule is on or off.
func because(s *deadlines.Standing) string {
	switch {
	case s.Word == nil && s.Rule.Trusted():
		return "its source is trusted"
	case s.Word == nil:
		return "not confirmed"
	case !s.Word.Confirmed:
		return "withdrawn by " + s.Word.Who + " on " + s.Word.At.Format(time.DateOnly)
	case s.Word.Version != s.Rule.Version():
		return "changed since " + s.Word.Who + " confirmed it on " + s.Word.At.Format(time.DateOnly)
	}
	return "confirmed by " + s.Word.Who + " on " + s.Word.At.Format(time.DateOnly)
}

// ruleArg is the rule a command is about, and who speaks.
type ruleArg struct {
	Config
	Rule string `arg:"" help:"Id of the rule."`
	Who  string `env:"USER" required:"" help:"Who says so; kept with the word."`
}

func (c *ruleArg) say(confirmed bool) error {
	return withDesk(&c.Config, func(ctx context.Context, desk *deadlines.Desk) error {
		err := desk.Say(ctx, c.Rule, c.Who, confirmed, time.Now())
		if errors.Is(err, deadlines.ErrOff) {
			return fmt.Errorf("there is no rule %q; sapar deadlines list prints them", c.Rule)
		}
		return err
	})
}

type deadlinesConfirmCmd struct{ ruleArg }

// Run keeps the confirmation.
func (c *deadlinesConfirmCmd) Run() error { return c.say(true) }

type deadlinesWithdrawCmd struct{ ruleArg }

// Run keeps the withdrawal.
func (c *deadlinesWithdrawCmd) Run() error { return c.say(false) }

type deadlinesRunCmd struct{ Config }

// Run reminds once.
func (c *deadlinesRunCmd) Run() error {
	return withDesk(&c.Config, func(ctx context.Context, desk *deadlines.Desk) error {
		counts, err := desk.Remind(ctx, time.Now())
		fmt.Println(map[string]int(counts))
		return err
	})
}

// withDesk does something at the desk of deadlines, without serving.
func withDesk(c *Config, do func(ctx context.Context, desk *deadlines.Desk) error) error {
	ctx := context.Background()
	s, err := c.serverFor(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	return do(ctx, s.errands.deadlines)
}
