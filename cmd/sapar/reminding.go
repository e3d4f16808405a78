package main

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/deadlines"
	"sapar/sessions"
)

// answersFor is how long after a reminder a "1" is its answer.
const answersFor = 14 * 24 * time.Hour

// wait keeps what somebody wants to be reminded of.
func (o *errands) wait(ctx context.Context, tx *database.Tx, t sessions.Turned, w *menus.Waiting) error {
	return unfit(o.deadlines.Wait(ctx, tx, deadlines.Wish{Person: whom(w.As, t.Person), Rule: w.Rule, Event: w.Event, At: t.At}))
}

// end ends a deadline. One that has ended meanwhile is as the person wants it.
func (o *errands) end(ctx context.Context, tx *database.Tx, t sessions.Turned, e *menus.Ending) error {
	id, err := uuid.Parse(e.ID)
	if err != nil {
		return err
	}
	state := deadlines.Left
	if e.Done {
		state = deadlines.Done
	}
	_, err = o.deadlines.End(ctx, tx, whom(e.As, t.Person), id, state, t.At)
	return err
}

// cross keeps that somebody came into a country, or left it.
func (o *errands) cross(ctx context.Context, tx *database.Tx, t sessions.Turned, c *menus.Crossing) error {
	return unfit(o.deadlines.Cross(ctx, tx, deadlines.Crossing{Person: whom(c.As, t.Person), Rule: c.Rule, Day: c.Day, Out: c.Out, At: t.At}))
}

// unfit tells the turn that a date must be another one.
func unfit(err error) error {
	if errors.Is(err, deadlines.ErrDate) || errors.Is(err, deadlines.ErrOff) {
		return sessions.Refused{Why: menus.RefusedDate}
	}
	return err
}

// knowDeadlines gives the engine what it looks up of deadlines.
func (o *errands) knowDeadlines(ctx context.Context, who sessions.Who, now func() time.Time, f *menus.Facts) {
	holder := who.Person
	f.Plan = func(as, rule, event string) (menus.Plan, bool) {
		if o.stopped(ctx, who.Phone) {
			return menus.Plan{}, false
		}
		p, err := o.deadlines.Plan(ctx, deadlines.Wish{Person: whom(as, holder), Rule: rule, Event: event, At: now()})
		if err != nil {
			return menus.Plan{}, lookedUp(err)
		}
		plan := menus.Plan{Due: dayOf(p.Due)}
		for _, day := range p.Days {
			plan.Days = append(plan.Days, dayOf(day))
		}
		return plan, true
	}
	f.Deadlines = func(as string, lang menus.Language) ([]menus.Deadline, bool) {
		lines, err := o.deadlines.List(ctx, o.db, whom(as, holder), lang, now())
		out := make([]menus.Deadline, len(lines))
		for i, l := range lines {
			out[i] = menus.Deadline{ID: l.ID.String(), Rule: l.Rule, Name: l.Name, Event: dayOf(l.Event), Due: dayOf(l.Due)}
		}
		return out, lookedUp(err)
	}
	f.Stay = func(as, rule string) (menus.Stay, bool) {
		days, err := o.deadlines.Days(ctx, whom(as, holder), rule, now())
		stay := menus.Stay{Used: days.Used, Left: days.Left, There: !days.Since.IsZero(), Limit: dayOf(days.Limit)}
		return stay, lookedUp(err)
	}
}

// stopped reports whether a phone has said that it wants no reminders: then none are promised.
func (o *errands) stopped(ctx context.Context, phone people.Phone) bool {
	standing, err := people.ReadStanding(ctx, o.db, o.hash(phone), people.Reminders)
	return !lookedUp(err) || standing.Stopped || standing.StoppedTopic
}

// lookedUp reports whether there is an answer. That a rule is off, or a date none, is no fault.
func lookedUp(err error) bool {
	if err != nil && !errors.Is(err, deadlines.ErrOff) && !errors.Is(err, deadlines.ErrDate) {
		unread(err)
	}
	return err == nil
}

func dayOf(day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return day.Format(time.DateOnly)
}

// reminded finds what a "1" texted from a phone ends.
func (o *errands) reminded(now func() time.Time) sessions.Reminded {
	return func(ctx context.Context, holder people.ID, since time.Time, lang menus.Language) (end menus.Ending, name string, ok bool, err error) {
		if oldest := now().Add(-answersFor); since.Before(oldest) {
			since = oldest
		}
		line, ok, err := o.deadlines.Answered(ctx, holder, since, now(), lang)
		return menus.Ending{As: line.Person.String(), ID: line.ID.String(), Done: true}, line.Name, ok, err
	}
}

// exportedDeadlines is what somebody waits for and the stays they told of, a line for each.
func (o *errands) exportedDeadlines(ctx context.Context, tx *database.Tx, person people.ID, lang menus.Language, at time.Time) ([]string, error) {
	waits, err := o.deadlines.List(ctx, tx, person, lang, at)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, l := range waits {
		line := l.Name
		for _, day := range []string{dayOf(l.Event), dayOf(l.Due)} {
			if day != "" {
				line += " " + day
			}
		}
		lines = append(lines, line)
	}
	stays, err := o.deadlines.Stays(ctx, tx, person)
	for _, s := range stays {
		line := s.Country + " " + dayOf(s.In) + "/"
		if s.Out != nil {
			line += dayOf(*s.Out)
		}
		lines = append(lines, line)
	}
	return lines, err
}
