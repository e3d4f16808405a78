package applications

import (
	"context"
	"errors"
	"time"

	"sapar/applications/kinds"
	"sapar/applications/record"
	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Filed lists what a person has filed with a PIN, the newest first, in their language. Whoever is shown it has just proved the PIN.
func (d *Desk) Filed(ctx context.Context, person people.ID, lang menus.Language) ([]Filed, error) {
	return d.filedAs(ctx, person, "", lang)
}

// FiledAs finds one application of a person by its number. It is false for a number there is none of and for somebody else's, after the same
// work.
func (d *Desk) FiledAs(ctx context.Context, person people.ID, number string, lang menus.Language) (Filed, bool, error) {
	found, err := d.filedAs(ctx, person, number, lang)
	if err != nil || number == "" || len(found) == 0 {
		return Filed{}, false, err
	}
	return found[0], true, nil
}

// FiledIn is Filed inside a transaction: it sees what that has filed, given or emptied itself.
func (d *Desk) FiledIn(ctx context.Context, tx *database.Tx, person people.ID, lang menus.Language) ([]Filed, error) {
	return d.filedIn(ctx, tx, person, "", lang)
}

func (d *Desk) filedAs(ctx context.Context, person people.ID, number string, lang menus.Language) (out []Filed, err error) {
	err = database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		out, err = d.filedIn(ctx, tx, person, number, lang)
		return err
	})
	return out, err
}

func (d *Desk) filedIn(ctx context.Context, tx *database.Tx, person people.ID, number string, lang menus.Language) (out []Filed, err error) {
	if err := actAs(ctx, tx, actor{person: person}); err != nil {
		return nil, err
	}
	rows, err := readFiled(ctx, tx, person, number, lang)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		f, err := d.shown(r, lang)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, actAs(ctx, tx, nobody)
}

// shown words an application for the person who filed it.
func (d *Desk) shown(r filedRow, lang menus.Language) (f Filed, err error) {
	f = Filed{Number: r.Number, Status: r.Status, Neutral: d.Kinds.Neutral(r.Status, lang, r.Number), FiledAt: r.FiledAt}
	if !r.Listed {
		return f, nil
	}
	kind := d.Kinds.Kind(r.Kind)
	f.Name, f.Text, f.Date = kind.Called.In(lang, menus.Russian), kind.Statuses[r.Status].Fill(lang, r.Date, r.OfficeName), r.Date
	f.Question, err = d.open(r.Question, questionContext(r.QuestionID.UUID))
	return f, err
}

// Owner is who filed an application, for a look-up by number and PIN from any phone: whose PIN is asked for, and nothing else. It is false
// where there is no such application.
func (d *Desk) Owner(ctx context.Context, number string) (people.ID, bool, error) {
	return readOwner(ctx, d.DB, number)
}

// Asked finds the application of a person whose office has asked something by text, the latest, and has no answer yet.
func (d *Desk) Asked(ctx context.Context, person people.ID) (number string, ok bool, err error) {
	err = database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		if err := actAs(ctx, tx, actor{person: person}); err != nil {
			return err
		}
		var asked record.Open
		asked, ok, err = record.OpenQuestion(ctx, tx, person, "", true)
		number = asked.Number
		return err
	})
	return number, ok, err
}

// Reply is what a person texted to a question of the office. Without a number it answers the latest question.
type Reply struct {
	Person people.ID
	Number string
	Text   string
	At     time.Time
}

// errAnswered undoes nothing: somebody else has answered the question meanwhile.
var errAnswered = errors.New("the question has its answer")

// Answer keeps a reply in the case whose question it answers. It is false where nothing was asked, or is answered by now; then the text means
// something else.
func (d *Desk) Answer(ctx context.Context, tx *database.Tx, r Reply) (number string, ok bool, err error) {
	if err := actAs(ctx, tx, actor{person: r.Person}); err != nil {
		return "", false, err
	}
	asked, ok, err := record.OpenQuestion(ctx, tx, r.Person, r.Number, false)
	if err != nil || !ok {
		return "", false, either(err, actAs(ctx, tx, nobody))
	}
	if err := actAs(ctx, tx, actor{office: asked.Office}); err != nil {
		return "", false, err
	}
	_, err = d.change(ctx, tx, byPerson(asked.Office), r.At, Ref{asked.Number, anyVersion}, func(c *changing) error {
		c.event.action = "answered"
		kept, err := record.Answer(ctx, tx, asked.ID, d.seal(c.row.Sensitive, r.Text, answerContext(asked.ID)), r.At)
		if err == nil && !kept {
			err = errAnswered
		}
		return err
	})
	if errors.Is(err, errAnswered) {
		return "", false, actAs(ctx, tx, nobody)
	}
	return asked.Number, err == nil, either(err, actAs(ctx, tx, nobody))
}

// either is the first error of two.
func either(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// Give makes the applications of one person those of another: of somebody who turned out to be the same one.
func (d *Desk) Give(ctx context.Context, tx *database.Tx, from, to people.ID) error {
	return d.forOffices(ctx, tx, from, func(h held) error { return giveTo(ctx, tx, h, to) })
}

// Forget takes the content out of everything a person filed. The rows stay to be counted, without the person.
func (d *Desk) Forget(ctx context.Context, tx *database.Tx, whose people.ID, at time.Time) error {
	return d.forOffices(ctx, tx, whose, func(h held) error { return empty(ctx, tx, h, at, person) })
}

// forOffices does work on a person's applications, office by office: the person may read them only.
func (d *Desk) forOffices(ctx context.Context, tx *database.Tx, person people.ID, work func(held) error) error {
	if err := actAs(ctx, tx, actor{person: person}); err != nil {
		return err
	}
	list, err := readHeld(ctx, tx, person)
	if err != nil {
		return err
	}
	for _, h := range list {
		if err := actAs(ctx, tx, actor{office: h.Office}); err != nil {
			return err
		}
		if err := work(h); err != nil {
			return err
		}
	}
	return actAs(ctx, tx, nobody)
}

// Expire takes the content out of the cases that have been closed for longer than their kind is kept. It reports how many.
func (d *Desk) Expire(ctx context.Context, tx *database.Tx, at time.Time) (n int, err error) {
	kept := d.retention()
	err = forEachOffice(ctx, tx, func(office string) error {
		h, err := readOutdated(ctx, tx, office, kept, at)
		if err != nil || len(h.IDs) == 0 {
			return err
		}
		n += len(h.IDs)
		return empty(ctx, tx, h, at, sapar)
	})
	return n, err
}

func (d *Desk) retention() retention {
	r := retention{other: int(d.Kinds.Kind("").Retention)}
	for _, name := range d.Kinds.Names() {
		r.names, r.days = append(r.names, name), append(r.days, int32(d.Kinds.Kind(name).Retention))
	}
	return r
}

// Expiring tells those whose decision ends soon, as their kind says, and reports how many cases it moved.
func (d *Desk) Expiring(ctx context.Context, at time.Time) (n int, err error) {
	for _, name := range d.Kinds.Names() {
		kind := d.Kinds.Kind(name)
		if kind.Expires == nil {
			continue
		}
		ending, err := d.ending(ctx, kind, at)
		if err != nil {
			return n, err
		}
		for _, line := range ending {
			if err := d.expiring(ctx, line, at); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

func (d *Desk) ending(ctx context.Context, kind *kinds.Kind, at time.Time) (out []Line, err error) {
	until := at.AddDate(0, 0, int(kind.Expires.Before)).Format(time.DateOnly)
	err = database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		return forEachOffice(ctx, tx, func(office string) error {
			found, err := readEnding(ctx, tx, office, kind.Name, kind.Expires.Status, until)
			out = append(out, found...)
			return err
		})
	})
	return out, err
}

// expiring moves one case, unless a case worker has just moved it elsewhere.
func (d *Desk) expiring(ctx context.Context, line Line, at time.Time) error {
	return database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		if err := actAs(ctx, tx, actor{office: line.Office}); err != nil {
			return err
		}
		_, err := d.change(ctx, tx, bySapar(line.Office), at, Ref{line.Number, line.Version}, func(c *changing) error {
			return c.move(Step{To: kinds.Expiring, Date: c.row.Date})
		})
		return err
	})
}
