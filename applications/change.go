package applications

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sapar/applications/kinds"
	"sapar/applications/record"
	"sapar/database"
	"sapar/menus"
)

// Ref is a case as it was read: a change is refused when the case has another version by now. Versions count from 1.
type Ref struct {
	Number  string
	Version int
}

// anyVersion is for changes that overwrite nothing which somebody may have read.
const anyVersion = -1

// Step is a move to another status.
type Step struct {
	To   kinds.Status
	Date string // yyyy-mm-dd, of a visit or until when a decision holds; "" for a status without
	Why  string // for the office's own record; may be empty
}

// Who changes cases besides case workers.
const (
	sapar  = "sapar"
	person = "person"
)

// doer is who changes a case, in the name of which office.
type doer struct{ who, office string }

func byPerson(office string) doer { return doer{person, office} }
func bySapar(office string) doer  { return doer{sapar, office} }

// changing is a case that is being changed: the row as it will be, and the event that says so.
type changing struct {
	row   row
	kind  *kinds.Kind
	at    time.Time
	event event
	tells bool   // the person is told the new status
	text  string // or this
}

type event struct {
	action, was, became, date, why string
}

// change runs one change of a case in tx: it holds the row, lets f alter it, and writes it back with one event and at most one text.
func (d *Desk) change(ctx context.Context, tx *database.Tx, by doer, at time.Time, ref Ref, f func(*changing) error) (Notice, error) {
	rows, err := holdCases(ctx, tx, by.office, ref.Number)
	if err != nil {
		return Notice{}, err
	}
	if len(rows) == 0 {
		return Notice{}, ErrNotFound
	}
	return d.changeRow(ctx, tx, by, at, ref, rows[0], f)
}

// changeRow is change for a case that is held already.
func (d *Desk) changeRow(ctx context.Context, tx *database.Tx, by doer, at time.Time, ref Ref, held row, f func(*changing) error) (Notice, error) {
	c := &changing{row: held, kind: d.Kinds.Kind(held.Kind), at: at}
	switch {
	case held.EmptiedAt.Valid:
		return Notice{}, ErrEmptied
	case ref.Version != anyVersion && ref.Version != held.Version:
		return Notice{}, ErrChanged
	}
	if err := f(c); err != nil {
		return Notice{}, err
	}
	if err := d.addEvent(ctx, tx, by, c); err != nil {
		return Notice{}, err
	}
	if err := saveCase(ctx, tx, by.office, c.row); err != nil {
		return Notice{}, err
	}
	return d.tell(ctx, tx, c)
}

func (d *Desk) addEvent(ctx context.Context, tx *database.Tx, by doer, c *changing) error {
	if utf8.RuneCountInString(c.event.why) > maxNote {
		return ErrText
	}
	c.row.Version++
	why := d.seal(c.row.Sensitive, c.event.why, eventContext(c.row.ID, c.row.Version))
	return record.AddEvent(ctx, tx, record.Event{
		Case: c.row.ID, N: c.row.Version, At: c.at, Who: by.who, Office: by.office, Action: c.event.action, Was: c.event.was,
		Became: c.event.became, Date: c.event.date, Why: why,
	})
}

// tell queues the text of a change, if the person wants texts.
func (d *Desk) tell(ctx context.Context, tx *database.Tx, c *changing) (Notice, error) {
	text := c.text
	if c.tells {
		text = d.Kinds.Neutral(c.row.Status, c.row.Language, c.row.Number)
	}
	if text == "" || !c.row.Notify || !c.row.PersonID.Valid {
		return Notice{}, nil
	}
	n := Notice{Key: noticeKey(c.row.Number, c.row.Version), Person: c.row.PersonID.UUID, Number: c.row.Number, Language: c.row.Language, Text: text}
	if d.Send == nil {
		return n, nil
	}
	return n, d.Send(ctx, tx, n)
}

// move brings a case to a status that its own leads to.
func (c *changing) move(step Step) error {
	if allowed := c.kind.Statuses[c.row.Status].To; !slices.Contains(allowed, step.To) {
		return &WrongStep{c.row.Status, step.To, allowed}
	}
	_, err := time.Parse(time.DateOnly, step.Date)
	if needs := c.kind.Statuses[step.To].Date; needs && err != nil || !needs && step.Date != "" {
		return ErrDate
	}
	c.event = event{"moved", string(c.row.Status), string(step.To), step.Date, step.Why}
	c.become(step.To, step.Date)
	return nil
}

// become sets a status with all that hangs on it.
func (c *changing) become(status kinds.Status, date string) {
	state := c.kind.Statuses[status]
	c.row.Status, c.row.Date, c.tells = status, date, true
	c.due()
	if !state.Decided && !state.Final {
		c.row.DecidedAt = sql.NullTime{}
	} else if state.Decided && !c.row.DecidedAt.Valid {
		c.row.DecidedAt = moment(c.at)
	}
	c.row.ClosedAt = sql.NullTime{}
	if state.Final {
		c.row.ClosedAt = moment(c.at)
	}
}

// due counts the time of the office anew.
func (c *changing) due() {
	date, _ := time.ParseInLocation(time.DateOnly, c.row.Date, c.at.Location())
	c.row.DueAt = moment(c.kind.Statuses[c.row.Status].DueAt(c.at, date))
}

// moment is a time for a column that may hold none.
func moment(at time.Time) sql.NullTime { return sql.NullTime{Time: at, Valid: !at.IsZero()} }

// How long a text of the office may be, in characters. A question goes out as a text message.
const (
	maxNote     = 2000
	maxQuestion = 160
)

// typed cleans what a case worker typed, and refuses what is empty or too long.
func typed(text string, longest int) (string, error) {
	text = strings.TrimSpace(menus.Fold(text))
	if text == "" || utf8.RuneCountInString(text) > longest {
		return "", ErrText
	}
	return text, nil
}
