package deadlines

import (
	"context"
	"errors"

	"sapar/database"
	"sapar/people"
	"sapar/scheduler/deadlines/stays"
)

// Forget deletes what a person waits for, their reminders and their stays.
func Forget(ctx context.Context, tx *database.Tx, person people.ID) error {
	if err := stays.Forget(ctx, tx, person); err != nil {
		return err
	}
	return forget(ctx, tx, person)
}

// Give makes the deadlines and stays of one person those of another, who turned out to be the same. Where both wait for one rule, what the other
// waits for stays.
func (d *Desk) Give(ctx context.Context, tx *database.Tx, from, to people.ID) error {
	rows, err := readHeld(ctx, tx, from, true)
	if err != nil {
		return err
	}
	for i := range rows {
		row := &rows[i]
		if err := d.open(row); errors.Is(err, ErrOff) {
			continue // the rule is gone, and so is what it reminded of
		} else if err != nil {
			return err
		}
		w := wish{Rule: row.rule.ID}
		if !row.event.IsZero() {
			w.Event = row.event.Format("2006-01-02")
		}
		if err := giveDeadline(ctx, tx, row.ID, to, d.wishHash(to, w), d.ruleHash(to, w.Rule)); err != nil {
			return err
		}
	}
	return stays.Give(ctx, tx, from, to)
}
