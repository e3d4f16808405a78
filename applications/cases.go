package applications

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"sapar/applications/kinds"
	"sapar/applications/record"
	"sapar/database"
	"sapar/menus"
)

// Line is a case in a list: nothing in it says who the person is.
type Line struct {
	Number   string
	Kind     string
	Status   kinds.Status
	Office   string
	Assignee string // "" for nobody
	Version  int
	FiledAt  time.Time
	DueAt    time.Time // by when the office should have done the next thing; no time where nothing is to be done
}

// Filter says which cases a list shows, and from where it goes on.
type Filter struct {
	Status    kinds.Status // "" for any
	Mine      bool         // assigned to the viewer
	Open      bool         // not closed
	DueBefore time.Time    // with now: what is overdue; no time for any
	ByDue     bool         // the most urgent first, and only what has a due date; else the newest first
	After     Cursor       // goes on behind this line
	Limit     int          // 1 to 200 lines; 0 is 50
}

// Cursor is the place of a line in a list: when it was filed or is due, by the order of the list, and its number.
type Cursor struct {
	At     time.Time
	Number string
}

// Case is all that a case worker sees of a case.
type Case struct {
	Line
	Tree       string
	Revision   int
	Language   menus.Language
	Channel    string // it was filed by
	Notify     bool   // the person wants a text of each change
	Sensitive  bool
	Phone      string         // the person is reached on; "…56" unless the viewer may see it; "" where there is none
	Answers    []menus.Answer // phones in them likewise
	Date       string         // the status speaks of, yyyy-mm-dd
	HandedFrom string         // office that handed it over last
	MergedInto string         // number of the case that goes on
	Reopened   int            // times
	DecidedAt  time.Time
	ClosedAt   time.Time
	Emptied    bool           // the content is gone
	Next       []kinds.Status // it can move to
	Like       []string       // numbers of this person's other open cases here that say the same
	Events     []Event
	Notes      []Note
	Questions  []Question
}

// Event is one change of a case. Events are numbered from 1 without gaps.
type Event struct {
	N      int
	At     time.Time
	Who    string // a case worker, "person", or "sapar"
	Office string // that the case belonged to
	Action string // filed, moved, asked, answered, assigned, handed over, reopened, merged, took in, emptied
	Was    string // status, assignee, office or number, by the action
	Became string
	Date   string
	Why    string
}

// Note is a remark for the office.
type Note struct {
	At   time.Time
	Who  string
	Text string
}

// Question is what the office asked the person, and the answer.
type Question struct {
	AskedAt    time.Time
	Who        string
	Question   string
	AnsweredAt time.Time // no time while there is no answer
	Answer     string
}

const (
	defaultLines = 50
	maxLines     = 200
)

// List shows cases of the viewer's office. The next page is the same filter after the last line.
func (w Worker) List(ctx context.Context, f Filter) (lines []Line, err error) {
	err = w.inOffice(ctx, func(tx *database.Tx) error {
		lines, err = readLines(ctx, tx, w.Office, w.Who, f.limited())
		return err
	})
	return lines, err
}

func (f Filter) limited() Filter {
	if f.Limit <= 0 {
		f.Limit = defaultLines
	}
	f.Limit = min(f.Limit, maxLines)
	return f
}

// Due lists open cases of all offices that are overdue at a time, or will be within a while: office by office, the most urgent first, at most
// 200 of each.
func (d *Desk) Due(ctx context.Context, at time.Time, within time.Duration) (out []Line, err error) {
	f := Filter{Open: true, ByDue: true, DueBefore: at.Add(within), Limit: maxLines}
	err = database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		return forEachOffice(ctx, tx, func(office string) error {
			lines, err := readLines(ctx, tx, office, "", f)
			out = append(out, lines...)
			return err
		})
	})
	return out, err
}

// ReadMany lists the case workers who read more than so many different cases since a time: somebody may be looking for people, not working. A
// case that was handed over counts where it is now.
func (d *Desk) ReadMany(ctx context.Context, since time.Time, more int) (out []record.Looks, err error) {
	total := map[string]record.Looks{}
	err = database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		return forEachOffice(ctx, tx, func(string) error {
			list, err := record.CountReads(ctx, tx, since)
			for _, l := range list {
				t := total[l.Who]
				total[l.Who] = record.Looks{Who: l.Who, Cases: t.Cases + l.Cases, Phones: t.Phones + l.Phones}
			}
			return err
		})
	})
	for _, who := range slices.Sorted(maps.Keys(total)) {
		if total[who].Cases > more {
			out = append(out, total[who])
		}
	}
	return out, err
}

// Read shows a case, and keeps who read it, when, what for, and whether with its phones. Without a purpose nothing is shown.
func (w Worker) Read(ctx context.Context, at time.Time, number, purpose string) (c Case, err error) {
	purpose, err = typed(purpose, maxNote)
	if err != nil {
		return Case{}, ErrPurpose
	}
	var r row
	err = w.inOffice(ctx, func(tx *database.Tx) error {
		rows, err := holdCases(ctx, tx, w.Office, number)
		if err != nil || len(rows) == 0 {
			return either(err, ErrNotFound)
		}
		r = rows[0]
		id := uuid.New()
		err = record.AddRead(ctx, tx, record.Read{
			ID: id, Case: r.ID, At: at, Who: w.Who, Office: w.Office, Unmasked: w.Unmask,
			Purpose: w.desk.seal(r.Sensitive, purpose, readContext(id)),
		})
		if err != nil {
			return err
		}
		c, err = w.desk.opened(ctx, tx, r)
		return err
	})
	if err != nil {
		return Case{}, err
	}
	return w.withPhone(ctx, c, r)
}

// opened reads all that belongs to a case.
func (d *Desk) opened(ctx context.Context, tx *database.Tx, r row) (Case, error) {
	c := r.shown()
	c.Next = d.Kinds.Kind(r.Kind).Statuses[r.Status].To
	var err error
	if c.Answers, err = d.openAnswers(r.Answers, r.Number); err != nil {
		return Case{}, err
	}
	for _, part := range []func(context.Context, *database.Tx, row, *Case) error{d.readEvents, d.readNotes, d.readQuestions} {
		if err := part(ctx, tx, r, &c); err != nil {
			return Case{}, err
		}
	}
	c.MergedInto, c.Like, err = readRelated(ctx, tx, r)
	return c, err
}

func (d *Desk) readEvents(ctx context.Context, tx *database.Tx, r row, c *Case) error {
	list, err := record.Events(ctx, tx, r.ID)
	for _, e := range list {
		why, err := d.open(e.Why, eventContext(r.ID, e.N))
		if err != nil {
			return err
		}
		c.Events = append(c.Events, Event{e.N, e.At, e.Who, e.Office, e.Action, e.Was, e.Became, e.Date, why})
	}
	return err
}

func (d *Desk) readNotes(ctx context.Context, tx *database.Tx, r row, c *Case) error {
	list, err := record.Notes(ctx, tx, r.ID)
	for _, n := range list {
		text, err := d.open(n.Text, noteContext(n.ID))
		if err != nil {
			return err
		}
		c.Notes = append(c.Notes, Note{n.At, n.Who, text})
	}
	return err
}

func (d *Desk) readQuestions(ctx context.Context, tx *database.Tx, r row, c *Case) error {
	list, err := record.Questions(ctx, tx, r.ID)
	for _, q := range list {
		question, err := d.open(q.Question, questionContext(q.ID))
		if err != nil {
			return err
		}
		answer, err := d.open(q.Answer, answerContext(q.ID))
		if err != nil {
			return err
		}
		c.Questions = append(c.Questions, Question{q.AskedAt, q.Who, question, q.AnsweredAt.Time, answer})
	}
	return err
}

// withPhone adds the number the person is reached on, and masks all numbers for those who may not see them.
func (w Worker) withPhone(ctx context.Context, c Case, r row) (Case, error) {
	if r.PersonID.Valid && w.desk.Phone != nil {
		phone, ok, err := w.desk.Phone(ctx, r.PersonID.UUID)
		if err != nil {
			return Case{}, err
		}
		if ok {
			c.Phone = phone.E164()
		}
	}
	if w.Unmask {
		return c, nil
	}
	w.desk.mask(&c)
	return c, nil
}
