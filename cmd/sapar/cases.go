package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"sapar/applications"
	"sapar/applications/kinds"
)

// casesCmd is a case worker's desk in a terminal, for the cases of one office.
type casesCmd struct {
	List     casesListCmd     `cmd:"" help:"List cases of the office, the most urgent first."`
	Show     casesShowCmd     `cmd:"" help:"Show a case; that it was read, by whom and for what is kept."`
	Move     casesMoveCmd     `cmd:"" help:"Bring a case to another status; whoever filed it gets a text when they asked for that."`
	Ask      casesAskCmd      `cmd:"" help:"Ask whoever filed a case something, by text."`
	Note     casesNoteCmd     `cmd:"" help:"Write a note into a case."`
	Assign   casesAssignCmd   `cmd:"" help:"Give a case to a case worker."`
	HandOver casesHandOverCmd `cmd:"" name:"hand-over" help:"Give a case to another office, with its history."`
	Reopen   casesReopenCmd   `cmd:"" help:"Take up a closed case again."`
	Merge    casesMergeCmd    `cmd:"" help:"Make a case part of another one that says the same."`
}

// casesSettings are what every one of these commands is told.
type casesSettings struct {
	Config
	Office string `required:"" help:"Id of the office whose cases these are: a raion, an oblast, a consular post, or national."`
	Who    string `env:"USER" required:"" help:"Who works; kept with everything that is done."`
}

// work does something as the case worker.
func (c *casesSettings) work(unmask bool, do func(ctx context.Context, w applications.Worker) error) error {
	ctx := context.Background()
	s, err := c.serverFor(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	return do(ctx, s.errands.desk.As(applications.Viewer{Who: c.Who, Office: c.Office, Unmask: unmask}))
}

// caseSettings are those of a command on one case.
type caseSettings struct {
	casesSettings
	Number string `arg:"" help:"Reference number."`
}

// change reads a case, since nothing is changed unread, and does something to it as it was read.
func (c *caseSettings) change(purpose string, do func(ctx context.Context, w applications.Worker, ref applications.Ref) (applications.Notice, error)) error {
	return c.work(false, func(ctx context.Context, w applications.Worker) error {
		read, err := w.Read(ctx, time.Now(), c.Number, purpose)
		if err != nil {
			return err
		}
		notice, err := do(ctx, w, applications.Ref{Number: read.Number, Version: read.Version})
		if err == nil && notice.Key != "" {
			fmt.Println("a text is queued:", notice.Text)
		}
		return err
	})
}

type casesListCmd struct {
	casesSettings
	Status  string `help:"Only cases of this status."`
	Overdue bool   `help:"Only cases whose due date has passed."`
}

// Run prints the list.
func (c *casesListCmd) Run() error {
	return c.work(false, func(ctx context.Context, w applications.Worker) error {
		filter := applications.Filter{Status: kinds.Status(c.Status), Limit: 200}
		if c.Overdue {
			filter.DueBefore, filter.ByDue = time.Now(), true
		}
		lines, err := w.List(ctx, filter)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "NUMBER\tKIND\tSTATUS\tFILED\tDUE\tASSIGNED")
		for _, l := range lines {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Number, l.Kind, l.Status, day(l.FiledAt), day(l.DueAt), l.Assignee)
		}
		return out.Flush()
	})
}

// day is a date as operators read it, or nothing.
func day(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.Format(time.DateOnly)
}

type casesShowCmd struct {
	caseSettings
	Purpose string `required:"" help:"What the case is read for."`
	Unmask  bool   `help:"Show phone numbers in full; that is kept too."`
}

// Run prints the case.
func (c *casesShowCmd) Run() error {
	return c.work(c.Unmask, func(ctx context.Context, w applications.Worker) error {
		read, err := w.Read(ctx, time.Now(), c.Number, c.Purpose)
		if err != nil {
			return err
		}
		fmt.Printf("%s  %s  %s  due %s  phone %s\ncan become: %v\n", read.Number, read.Kind, read.Status, day(read.DueAt), read.Phone, read.Next)
		for _, a := range read.Answers {
			fmt.Printf("  %s: %s\n", a.Name, a.Value)
		}
		for _, e := range read.Events {
			fmt.Printf("%3d  %s  %s  %s %s→%s %s %s\n", e.N, e.At.Format(time.DateTime), e.Who, e.Action, e.Was, e.Became, e.Date, e.Why)
		}
		for _, q := range read.Questions {
			fmt.Printf("  ? %s\n  = %s\n", q.Question, q.Answer)
		}
		for _, n := range read.Notes {
			fmt.Printf("  %s  %s: %s\n", n.At.Format(time.DateTime), n.Who, n.Text)
		}
		return nil
	})
}

type casesMoveCmd struct {
	caseSettings
	To   string `arg:"" help:"The status."`
	Date string `help:"The day it speaks of, as 2027-01-31, where the status has one."`
	Why  string `help:"The reason; only the office reads it."`
}

// Run moves the case.
func (c *casesMoveCmd) Run() error {
	return c.change("to move it", func(ctx context.Context, w applications.Worker, ref applications.Ref) (applications.Notice, error) {
		return w.Move(ctx, time.Now(), ref, applications.Step{To: kinds.Status(c.To), Date: c.Date, Why: c.Why})
	})
}

type casesAskCmd struct {
	caseSettings
	Question string `arg:"" help:"The question, in words that tell nobody else what the case is about."`
}

// Run asks.
func (c *casesAskCmd) Run() error {
	return c.change("to ask", func(ctx context.Context, w applications.Worker, ref applications.Ref) (applications.Notice, error) {
		return w.Ask(ctx, time.Now(), ref, c.Question)
	})
}

type casesNoteCmd struct {
	caseSettings
	Text string `arg:"" help:"The note."`
}

// Run writes the note.
func (c *casesNoteCmd) Run() error {
	return c.work(false, func(ctx context.Context, w applications.Worker) error {
		return w.Note(ctx, time.Now(), c.Number, c.Text)
	})
}

type casesAssignCmd struct {
	caseSettings
	To string `arg:"" help:"The case worker; empty for nobody."`
}

// Run assigns the case.
func (c *casesAssignCmd) Run() error {
	return c.change("to assign it", func(ctx context.Context, w applications.Worker, ref applications.Ref) (applications.Notice, error) {
		return applications.Notice{}, w.Assign(ctx, time.Now(), ref, c.To)
	})
}

type casesHandOverCmd struct {
	caseSettings
	To  string `arg:"" help:"Id of the other office."`
	Why string `required:"" help:"The reason."`
}

// Run hands the case over.
func (c *casesHandOverCmd) Run() error {
	return c.change("to hand it over", func(ctx context.Context, w applications.Worker, ref applications.Ref) (applications.Notice, error) {
		return applications.Notice{}, w.HandOver(ctx, time.Now(), ref, c.To, c.Why)
	})
}

type casesReopenCmd struct {
	caseSettings
	Why string `required:"" help:"The reason."`
}

// Run takes the case up again.
func (c *casesReopenCmd) Run() error {
	return c.change("to reopen it", func(ctx context.Context, w applications.Worker, ref applications.Ref) (applications.Notice, error) {
		return w.Reopen(ctx, time.Now(), ref, c.Why)
	})
}

type casesMergeCmd struct {
	caseSettings
	Into string `arg:"" help:"Reference number of the case that stays."`
	Why  string `required:"" help:"The reason."`
}

// Run merges the case.
func (c *casesMergeCmd) Run() error {
	return c.change("to merge it", func(ctx context.Context, w applications.Worker, ref applications.Ref) (applications.Notice, error) {
		return w.Merge(ctx, time.Now(), ref, c.Into, c.Why)
	})
}
