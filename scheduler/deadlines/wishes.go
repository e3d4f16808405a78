package deadlines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/deadlines/rules"
)

// Wish is what somebody asks to be reminded of.
type Wish struct {
	Person people.ID
	Rule   string
	Event  string // yyyy-mm-dd; empty for a rule that asks for no date
	At     time.Time
}

// Wait keeps a wish. Another date of the same rule takes the place of the one before, whose messages are not sent; the same date again is the
// same deadline, whose reminders do not come twice.
func (d *Desk) Wait(ctx context.Context, tx *database.Tx, w Wish) error {
	row, err := d.wished(ctx, tx, w)
	if err != nil {
		return err
	}
	place, err := readPlace(ctx, tx, w.Person, w.Person)
	if err != nil {
		return err
	}
	if err := d.set(ctx, tx, &row, rules.Day(w.At, place.zone())); err != nil {
		return err
	}
	stored := wish{w.Rule, w.Event}
	if err := d.replace(ctx, tx, w, stored); err != nil {
		return err
	}
	text, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	return insertDeadline(ctx, tx, &newDeadline{
		deadline: row, wishHash: d.wishHash(w.Person, stored), ruleHash: d.ruleHash(w.Person, w.Rule),
		sealed: d.Keys.Seal(text, deadlineContext(row.ID)), next: row.next(w.At, place.zone()),
	})
}

// wished is the deadline of a wish, when its rule is on and its date is one.
func (d *Desk) wished(ctx context.Context, tx *database.Tx, w Wish) (row deadline, err error) {
	rule := d.Rules.Find(w.Rule)
	if rule == nil {
		return row, ErrOff
	}
	if on, err := d.isOn(ctx, tx, rule); !on || err != nil {
		return row, errors.Join(err, ErrOff)
	}
	row = deadline{Person: w.Person, MadeAt: w.At, rule: rule}
	if asks := rule.Event != rules.FixedDate && rule.Count == nil; asks {
		if row.event, err = time.Parse(time.DateOnly, w.Event); err != nil {
			return row, ErrDate
		}
	} else if w.Event != "" {
		return row, ErrDate
	}
	row.ID, err = uuid.NewV7()
	return row, err
}

// replace ends the deadline of the same rule and another date.
func (d *Desk) replace(ctx context.Context, tx *database.Tx, w Wish, stored wish) error {
	ids, err := replaceOthers(ctx, tx, w.Person, d.ruleHash(w.Person, w.Rule), d.wishHash(w.Person, stored), w.At)
	if err != nil {
		return err
	}
	return cancelMessages(ctx, tx, ids, string(Replaced))
}

// End ends what somebody waits for: it is done, or they have left. Messages that still wait are not sent. It is false where nothing of this id
// waits for this person.
func (d *Desk) End(ctx context.Context, tx *database.Tx, person people.ID, id uuid.UUID, state State, at time.Time) (bool, error) {
	ended, err := endDeadline(ctx, tx, person, id, state, at)
	if err != nil || !ended {
		return false, err
	}
	return true, cancelMessages(ctx, tx, []uuid.UUID{id}, string(state))
}

// Line is a deadline as its owner may read it.
type Line struct {
	ID     uuid.UUID
	Person people.ID // whose it is
	Rule   string
	Name   string
	Event  time.Time // zero where the rule asks for no date
	Due    time.Time // zero while there is none
}

// List is what a person waits for, the next due first; what has no date is last.
func (d *Desk) List(ctx context.Context, db queryer, person people.ID, lang menus.Language, at time.Time) ([]Line, error) {
	rows, err := readHeld(ctx, db, person, false)
	if err != nil {
		return nil, err
	}
	place, err := readPlace(ctx, db, person, person)
	if err != nil {
		return nil, err
	}
	var out []Line
	for i := range rows {
		row := &rows[i]
		if err := d.open(row); errors.Is(err, ErrOff) {
			continue
		} else if err != nil {
			return nil, err
		}
		if err := d.set(ctx, db, row, rules.Day(at, place.zone())); err != nil {
			return nil, err
		}
		out = append(out, Line{row.ID, row.Person, row.rule.ID, row.name(lang), row.event, row.due})
	}
	sortLines(out)
	return out, nil
}

// Planned is what would be sent for a wish.
type Planned struct {
	Due  time.Time
	Days []time.Time // on which a reminder comes, from now on
}

// Plan tells, before anything is stored, when somebody would be reminded. ErrOff tells that nobody may be.
func (d *Desk) Plan(ctx context.Context, w Wish) (p Planned, err error) {
	err = database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		row, err := d.wished(ctx, tx, w)
		if err != nil {
			return err
		}
		place, err := readPlace(ctx, tx, w.Person, w.Person)
		if err != nil {
			return err
		}
		if err := d.set(ctx, tx, &row, rules.Day(w.At, place.zone())); err != nil {
			return err
		}
		p = row.planned(w.At, place.zone())
		return nil
	})
	return p, err
}

func (row *deadline) planned(at time.Time, zone *time.Location) Planned {
	p := Planned{Due: row.due}
	if p.Due.IsZero() {
		return p
	}
	for _, r := range row.rule.Plan(row.due, zone) {
		if r.At.After(at) {
			p.Days = append(p.Days, rules.Day(r.At, zone))
		}
	}
	return p
}

// Answered finds the deadline that a "1" texted from a phone means: that of the latest reminder it got since a moment. It is false where there
// is none that still waits.
func (d *Desk) Answered(ctx context.Context, holder people.ID, since, now time.Time, lang menus.Language) (Line, bool, error) {
	row, ok, err := readReminded(ctx, d.DB, holder, since, now)
	if err != nil || !ok {
		return Line{}, false, err
	}
	if err := d.open(&row); err != nil {
		return Line{}, false, fmt.Errorf("read what a text answers: %w", err)
	}
	return Line{ID: row.ID, Person: row.Person, Rule: row.rule.ID, Name: row.name(lang), Event: row.event}, true, nil
}
