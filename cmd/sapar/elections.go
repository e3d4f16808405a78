package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"sapar/scheduler/elections"
)

// electionsCmd is what operators do about elections.
type electionsCmd struct {
	List     electionsListCmd     `cmd:"" help:"List the elections, their reminders, and what of them is confirmed."`
	Import   electionsImportCmd   `cmd:"" help:"Take a list of polling stations abroad from a CSV file, in place of the one before."`
	Confirm  electionsConfirmCmd  `cmd:"" help:"Say that a part of an election is right as it is now: reminders, rules or stations."`
	Withdraw electionsWithdrawCmd `cmd:"" help:"Take that back: nothing more of the part is sent or shown."`
}

func withElections(c *Config, do func(ctx context.Context, desk *elections.Desk) error) error {
	ctx := context.Background()
	s, err := c.serverFor(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	return do(ctx, s.elections())
}

type electionsListCmd struct{ Config }

// Run prints the calendars.
func (c *electionsListCmd) Run() error {
	return withElections(&c.Config, func(ctx context.Context, desk *elections.Desk) error {
		all, err := elections.All()
		if err != nil {
			return err
		}
		for i := range all {
			if err := listElection(ctx, desk, &all[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func listElection(ctx context.Context, desk *elections.Desk, e *elections.Election) error {
	said, stations, err := desk.Status(ctx, *e)
	if err != nil {
		return err
	}
	fmt.Printf("%s %s, %s to %s, confidence %s: %s\n%d stations\n", e.ID, e.Date, e.Opens, e.Closes, e.Confidence, e.Note, len(stations))
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, c := range said {
		state := "off: nobody has confirmed it"
		switch {
		case c.On:
			state = "on: confirmed by " + c.Who + " at " + c.At.Format(time.DateTime)
		case c.Old:
			state = "off: it has changed since " + c.Who + " spoke of it"
		case c.Who != "":
			state = "off: withdrawn by " + c.Who
		}
		fmt.Fprintf(out, "  %s\t%s\n", c.Part, state)
	}
	for _, r := range e.Reminders {
		fmt.Fprintf(out, "  %s %s\t%s\n", r.On, r.At, r.Text)
	}
	for _, r := range e.Rules {
		fmt.Fprintf(out, "  rule\t%s (%s, %s)\n", r.Fact, r.Source, r.Date)
	}
	return out.Flush()
}

// electionsWho is a word of somebody.
type electionsWho struct {
	Config
	Election string `default:"presidential-2027" help:"The election."`
	Who      string `env:"USER" required:"" help:"Who says so; kept."`
}

type electionsImportCmd struct {
	electionsWho
	File string `arg:"" type:"existingfile" help:"CSV in UTF-8 with the columns country, city_ky, city_ru, city_uz, city_en, address, source, source_date."`
}

// Run imports all lines or none.
func (c *electionsImportCmd) Run() error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	return withElections(&c.Config, func(ctx context.Context, desk *elections.Desk) error {
		n, err := desk.Import(ctx, c.Election, file, c.Who)
		if err != nil {
			return fmt.Errorf("nothing is imported:\n%w", err)
		}
		fmt.Printf("%d stations are imported; they are told once somebody has looked at them: sapar elections confirm stations\n", n)
		return nil
	})
}

type electionsConfirmCmd struct {
	electionsWho
	Part elections.Part `arg:"" help:"reminders, rules or stations."`
}

// Run confirms.
func (c *electionsConfirmCmd) Run() error {
	return withElections(&c.Config, func(ctx context.Context, desk *elections.Desk) error {
		return desk.Confirm(ctx, c.Election, c.Part, true, c.Who)
	})
}

type electionsWithdrawCmd struct {
	electionsWho
	Part elections.Part `arg:"" help:"reminders, rules or stations."`
}

// Run withdraws.
func (c *electionsWithdrawCmd) Run() error {
	return withElections(&c.Config, func(ctx context.Context, desk *elections.Desk) error {
		return desk.Confirm(ctx, c.Election, c.Part, false, c.Who)
	})
}
