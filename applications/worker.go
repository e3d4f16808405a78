package applications

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"sapar/applications/kinds"
	"sapar/applications/record"
	"sapar/database"
)

// Viewer is a case worker: who, of which office, and whether they may see phone numbers in full.
type Viewer struct {
	Who    string // unique to the person who works; stored with everything they do
	Office string // id; the worker of no office sees nothing
	Unmask bool
}

// Worker does the work of one viewer. It sees and changes the cases of the viewer's office only.
type Worker struct {
	desk *Desk
	Viewer
	also func(context.Context, *database.Tx) error
}

// As is the desk as a viewer uses it.
func (d *Desk) As(v Viewer) Worker { return Worker{desk: d, Viewer: v} }

// Along is the worker with something that is done in the transaction of whatever they do, at its end: neither is without the other.
func (w Worker) Along(also func(context.Context, *database.Tx) error) Worker {
	w.also = also
	return w
}

func (w Worker) doer() doer { return doer{w.Who, w.Office} }

// inOffice runs f in a transaction that sees the cases of the viewer's office.
func (w Worker) inOffice(ctx context.Context, f func(tx *database.Tx) error) error {
	return database.InTx(ctx, w.desk.DB, func(tx *database.Tx) error {
		if err := actAs(ctx, tx, actor{office: w.Office}); err != nil {
			return err
		}
		if err := f(tx); err != nil || w.also == nil {
			return err
		}
		return w.also(ctx, tx)
	})
}

func (w Worker) change(ctx context.Context, at time.Time, ref Ref, f func(*database.Tx, *changing) error) (n Notice, err error) {
	err = w.inOffice(ctx, func(tx *database.Tx) error {
		n, err = w.desk.change(ctx, tx, w.doer(), at, ref, func(c *changing) error { return f(tx, c) })
		return err
	})
	if err != nil {
		return Notice{}, err
	}
	return n, nil
}

// Move brings a case to another status. A WrongStep names those it can come to.
func (w Worker) Move(ctx context.Context, at time.Time, ref Ref, step Step) (Notice, error) {
	return w.change(ctx, at, ref, func(_ *database.Tx, c *changing) error { return c.move(step) })
}

// Note keeps a remark that only the office reads. It changes nothing else of the case.
func (w Worker) Note(ctx context.Context, at time.Time, number, text string) error {
	text, err := typed(text, maxNote)
	if err != nil {
		return err
	}
	return w.inOffice(ctx, func(tx *database.Tx) error {
		rows, err := holdCases(ctx, tx, w.Office, number)
		if err != nil || len(rows) == 0 {
			return either(err, ErrNotFound)
		}
		if rows[0].EmptiedAt.Valid {
			return ErrEmptied
		}
		id := uuid.New()
		return record.AddNote(ctx, tx, record.Note{
			ID: id, Case: rows[0].ID, At: at, Who: w.Who, Text: w.desk.seal(rows[0].Sensitive, text, noteContext(id)),
		})
	})
}

// Ask puts a question to the person: as a text message where they want texts, and in the menu behind the PIN in any case. Neither is sealed
// with the second key, since the menus must read it.
func (w Worker) Ask(ctx context.Context, at time.Time, ref Ref, question string) (Notice, error) {
	question, err := typed(question, maxQuestion)
	if err != nil {
		return Notice{}, err
	}
	return w.change(ctx, at, ref, func(tx *database.Tx, c *changing) error {
		if word, found := kinds.Topic(question); found && c.row.Notify {
			return fmt.Errorf("%w: %s", ErrTopic, word)
		}
		if c.kind.Statuses[c.row.Status].Final {
			return &WrongStep{c.row.Status, c.row.Status, nil}
		}
		id := uuid.New()
		c.event.action, c.text = "asked", w.desk.Kinds.Asks(c.row.Language, c.row.Number, question)
		return record.AddQuestion(ctx, tx, record.Question{
			ID: id, Case: c.row.ID, AskedAt: at, Who: w.Who, Question: w.desk.seal(false, question, questionContext(id)),
		})
	})
}

// Assign gives a case to a case worker of the office; to nobody when who is empty.
func (w Worker) Assign(ctx context.Context, at time.Time, ref Ref, who string) error {
	_, err := w.change(ctx, at, ref, func(_ *database.Tx, c *changing) error {
		c.event = event{action: "assigned", was: c.row.Assignee, became: who}
		c.row.Assignee = who
		return nil
	})
	return err
}

// HandOver gives a case with all its history to another office, whose time counts from now. The office that had it sees it no longer.
func (w Worker) HandOver(ctx context.Context, at time.Time, ref Ref, office, why string) error {
	why, err := typed(why, maxNote)
	if err != nil {
		return err
	}
	_, err = w.change(ctx, at, ref, func(tx *database.Tx, c *changing) error {
		if err := w.takes(ctx, tx, c, office); err != nil {
			return err
		}
		c.event = event{action: "handed over", was: w.Office, became: office, why: why}
		c.row.Office, c.row.HandedFrom, c.row.Assignee = office, w.Office, ""
		c.due()
		return nil
	})
	return err
}

// takes asks whether an office may get a case: the answers say whom it complains about.
func (w Worker) takes(ctx context.Context, tx *database.Tx, c *changing, office string) error {
	all, err := w.desk.openOffices(ctx, tx, c.at)
	if err != nil {
		return err
	}
	answers, err := w.desk.openAnswers(c.row.Answers, c.row.Number)
	if err != nil {
		return err
	}
	to, ok := all.Find(office)
	if !ok || office == w.Office || slices.Contains(c.kind.Barred(answers), to.Kind) {
		return ErrOffice
	}
	return nil
}

// Reopen takes a case up again that was decided, closed or merged.
func (w Worker) Reopen(ctx context.Context, at time.Time, ref Ref, why string) (Notice, error) {
	why, err := typed(why, maxNote)
	if err != nil {
		return Notice{}, err
	}
	return w.change(ctx, at, ref, func(_ *database.Tx, c *changing) error {
		if state := c.kind.Statuses[c.row.Status]; !state.Reopens() {
			return &WrongStep{c.row.Status, kinds.Review, state.To}
		}
		c.event = event{action: "reopened", was: string(c.row.Status), became: string(kinds.Review), why: why}
		c.row.Reopened, c.row.MergedInto = c.row.Reopened+1, uuid.NullUUID{}
		c.become(kinds.Review, "")
		return nil
	})
}

// Merge ends a case that is the same as another of the office, which goes on and takes note of it.
func (w Worker) Merge(ctx context.Context, at time.Time, ref Ref, into, why string) (n Notice, err error) {
	err = w.inOffice(ctx, func(tx *database.Tx) error {
		rows, err := holdCases(ctx, tx, w.Office, ref.Number, into)
		if err != nil {
			return err
		}
		if len(rows) != 2 {
			return ErrNotFound
		}
		slices.SortFunc(rows, func(a, b row) int { return strings.Compare(order(a, into), order(b, into)) })
		n, err = w.merge(ctx, tx, at, ref, rows[0], rows[1], why)
		return err
	})
	if err != nil {
		return Notice{}, err
	}
	return n, nil
}

// order puts the case that stays last.
func order(r row, into string) string {
	if r.Number == into {
		return "last"
	}
	return "first"
}

func (w Worker) merge(ctx context.Context, tx *database.Tx, at time.Time, ref Ref, gone, stays row, why string) (Notice, error) {
	if gone.Kind != stays.Kind || stays.ClosedAt.Valid || gone.ClosedAt.Valid {
		return Notice{}, ErrMerge
	}
	n, err := w.desk.changeRow(ctx, tx, w.doer(), at, ref, gone, func(c *changing) error {
		c.event = event{action: "merged", was: string(c.row.Status), became: stays.Number, why: why}
		c.row.MergedInto = uuid.NullUUID{UUID: stays.ID, Valid: true}
		c.become(kinds.Merged, "")
		return nil
	})
	if err != nil {
		return Notice{}, err
	}
	_, err = w.desk.changeRow(ctx, tx, w.doer(), at, Ref{stays.Number, anyVersion}, stays, func(c *changing) error {
		c.event = event{action: "took in", was: gone.Number}
		return nil
	})
	return n, err
}
