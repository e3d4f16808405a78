package sms

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"sapar/callbacks"
	"sapar/database"
	"sapar/people"
)

// Apply takes a delivery report of a channel. It moves the message forward, never back, and what it says of the number is kept with
// the person. A report that comes twice, or after a later one, changes nothing. One for a message we do not know, or do not know yet
// because the carrier's id is not stored, is kept as an orphan. Whether it changed anything is reported for counting.
func Apply(ctx context.Context, db *database.DB, channel string, r Report) (moved bool, err error) {
	if !r.Status.Reportable() {
		return false, nil
	}
	r.Ref, r.Code = Tidy(r.Ref), Tidy(r.Code)
	known, moved, err := applyReport(ctx, db, channel, r)
	if err != nil || known {
		return moved, err
	}
	if err := keepOrphan(ctx, db, channel, r); err != nil {
		return false, err
	}
	// The message's own row may have been stored between the look and the keeping; now either we see it, or Settle finds the orphan.
	if known, moved, err = applyReport(ctx, db, channel, r); err != nil || !known {
		return false, err
	}
	return moved, dropOrphan(ctx, db, channel, r)
}

// Settle applies the reports that came before their message was known; the outbox does it every second.
func Settle(ctx context.Context, db *database.DB) error {
	orphans, err := settled(ctx, db)
	if err != nil {
		return err
	}
	for _, o := range orphans {
		if _, _, err := applyReport(ctx, db, o.Channel, o.report()); err != nil {
			return err
		}
		if err := dropOrphan(ctx, db, o.Channel, o.report()); err != nil {
			return err
		}
	}
	return nil
}

func applyReport(ctx context.Context, db *database.DB, channel string, r Report) (known, moved bool, err error) {
	err = database.InTx(ctx, db, func(tx *database.Tx) error {
		about, found, changed, err := report(ctx, tx, channel, r)
		known, moved = found, changed
		if err != nil || !moved {
			return err
		}
		return RecordVerdict(ctx, tx, about.Person, r.Verdict, about.Elsewhere)
	})
	return known, moved, err
}

// RecordVerdict keeps with the person what a carrier said of the number: nothing more is sent to one that is bad or opted out. That a further
// number (elsewhere) is bad says nothing of the main one; a wish to get nothing more is the person's, on whatever number.
func RecordVerdict(ctx context.Context, tx *database.Tx, person people.ID, verdict Verdict, elsewhere bool) error {
	if verdict == NumberFine || verdict == NumberBad && elsewhere {
		return nil
	}
	states := map[Verdict]people.NumberState{NumberBad: people.NumberBad, NumberOptedOut: people.NumberOptedOut}
	state, ok := states[verdict]
	if !ok {
		return fmt.Errorf("record a verdict: %q is none", verdict)
	}
	return people.MarkNumber(ctx, tx, person, state)
}

// reason says why a message that ended as reported did not arrive.
func (r *Report) reason() string {
	switch r.Status {
	case Undelivered, Failed, Expired:
		return ReasonGone
	}
	return ""
}

// name is what an orphan is known by: the carrier's id, or ours where the carrier reports by that.
func (r *Report) name() string {
	if r.ID != uuid.Nil {
		return "our id " + r.ID.String()
	}
	return r.Ref
}

// Tidy makes an id or a code of a carrier fit for a column of text: Postgres takes neither NUL nor bytes that are no UTF-8.
func Tidy(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	return strings.ToValidUTF8(s[:min(len(s), callbacks.MaxID)], "")
}

// orphan is a report that waits for its message.
type orphan struct {
	Channel string  `db:"channel"`
	Ref     string  `db:"ref"`
	Status  Status  `db:"status"`
	Code    string  `db:"code"`
	Verdict Verdict `db:"verdict"`
}

func (o *orphan) report() Report {
	return Report{Ref: o.Ref, Status: o.Status, Code: o.Code, Verdict: o.Verdict}
}
