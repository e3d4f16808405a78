package deadlines

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"sapar/database"
	"sapar/people"
	"sapar/scheduler/deadlines/rules"
	"sapar/scheduler/deadlines/stays"
)

// Crossing is what somebody says of a border: on a day they came into the country of a rule, or left it.
type Crossing struct {
	Person people.ID
	Rule   string // one that counts days
	Day    string // yyyy-mm-dd
	Out    bool
	At     time.Time
}

// Cross keeps a crossing, and reminds from then on of the day on which no day is left. ErrDate tells that nobody leaves a country before they
// came, nor comes into one they are in.
func (d *Desk) Cross(ctx context.Context, tx *database.Tx, c Crossing) error {
	rule := d.Rules.Find(c.Rule)
	day, err := time.Parse(time.DateOnly, c.Day)
	if rule == nil || rule.Count == nil || err != nil {
		return ErrDate
	}
	err = stays.Cross(ctx, tx, d.Keys, stays.Crossing{Person: c.Person, Country: rule.Country, Day: day, Out: c.Out, At: c.At})
	if errors.Is(err, stays.ErrOrder) {
		return ErrDate
	}
	if err != nil {
		return err
	}
	return d.Wait(ctx, tx, Wish{Person: c.Person, Rule: c.Rule, At: c.At})
}

// Days is how far somebody is with a rule that counts days.
type Days struct {
	rules.Counted
	Since time.Time // they came, when they have not left; zero else
}

// Days counts the days somebody has spent in the country of a rule. ErrOff tells that the rule may not be used.
func (d *Desk) Days(ctx context.Context, person people.ID, id string, at time.Time) (out Days, err error) {
	rule := d.Rules.Find(id)
	if rule == nil || rule.Count == nil {
		return out, ErrOff
	}
	on, err := d.isOn(ctx, d.DB, rule)
	if err != nil || !on {
		return out, errors.Join(err, ErrOff)
	}
	place, err := readPlace(ctx, d.DB, person, person)
	if err != nil {
		return out, err
	}
	all, err := stays.Read(ctx, d.DB, d.Keys, person, rule.Country)
	out.Counted = rule.Count.Of(stays.Plain(all), rules.Day(at, place.zone()))
	for _, s := range all {
		if s.Out == nil {
			out.Since = s.In
		}
	}
	return out, err
}

// Stays are all stays a person told of, for their own eyes.
func (d *Desk) Stays(ctx context.Context, db queryer, person people.ID) ([]stays.Stay, error) {
	return stays.Read(ctx, db, d.Keys, person, "")
}

// sortLines puts what is due next first, and what has no date last.
func sortLines(lines []Line) {
	slices.SortStableFunc(lines, func(a, b Line) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			return b.Due.Compare(a.Due)
		}
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Rule, b.Rule))
	})
}
