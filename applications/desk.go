package applications

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"sapar/applications/kinds"
	"sapar/applications/offices"
	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Desk files applications and does the work on them. One serves the whole program.
type Desk struct {
	DB    *database.DB
	Keys  *database.Keys
	Kinds *kinds.Kinds
	// Send queues the text message of a change in the transaction of the change, so that neither is without the other. Nil sends nothing.
	Send func(context.Context, *database.Tx, Notice) error
	// Phone finds the number a person is reached on, for case workers; false where there is none. Nil finds none.
	Phone func(context.Context, people.ID) (people.Phone, bool, error)

	mu      sync.Mutex
	offices offices.Offices
	readAt  time.Time
}

// NewDesk makes a desk with the kinds the program knows.
func NewDesk(db *database.DB, keys *database.Keys) (*Desk, error) {
	known, err := kinds.BuiltIn()
	if err != nil {
		return nil, err
	}
	return &Desk{DB: db, Keys: keys, Kinds: known}, nil
}

// fresh is how long offices are remembered: an operator's change reaches the next filings within a minute.
const fresh = time.Minute

// openOffices are the offices that take cases.
func (d *Desk) openOffices(ctx context.Context, tx *database.Tx, at time.Time) (offices.Offices, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if age := at.Sub(d.readAt); d.offices != nil && age >= 0 && age < fresh {
		return d.offices, nil
	}
	list, err := offices.Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	d.offices, d.readAt = list, at
	return list, nil
}

// forEachOffice does work on the cases of one office after the other, in tx: no transaction ever sees the cases of two.
func forEachOffice(ctx context.Context, tx *database.Tx, work func(office string) error) error {
	ids, err := offices.Every(ctx, tx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := actAs(ctx, tx, actor{office: id}); err != nil {
			return err
		}
		if err := work(id); err != nil {
			return err
		}
	}
	return actAs(ctx, tx, nobody)
}

// seal is the one place that knows how content is sealed: that of sensitive kinds so that only case workers open it. What is empty stays so:
// it is how a table says that something is gone.
func (d *Desk) seal(sensitive bool, plain, context string) []byte {
	switch {
	case plain == "":
		return []byte{}
	case sensitive:
		return d.Keys.SealSensitive([]byte(plain), []byte(context))
	}
	return d.Keys.Seal([]byte(plain), []byte(context))
}

func (d *Desk) open(sealed []byte, context string) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	plain, err := d.Keys.Open(sealed, []byte(context))
	return string(plain), err
}

// The contexts of what is sealed: a value moved to another row or column does not open.
func answersContext(number string) string { return "application " + number }

func eventContext(id fmt.Stringer, n int) string {
	return fmt.Sprintf("application event %s/%d", id, n)
}
func noteContext(id fmt.Stringer) string     { return "application note " + id.String() }
func questionContext(id fmt.Stringer) string { return "application question " + id.String() }
func answerContext(id fmt.Stringer) string   { return "application answer " + id.String() }
func readContext(id fmt.Stringer) string     { return "application read " + id.String() }

func (d *Desk) sealAnswers(sensitive bool, number string, answers []menus.Answer) ([]byte, error) {
	text, err := json.Marshal(answers)
	if err != nil {
		return nil, fmt.Errorf("write answers: %w", err)
	}
	return d.seal(sensitive, string(text), answersContext(number)), nil
}

func (d *Desk) openAnswers(sealed []byte, number string) (answers []menus.Answer, err error) {
	text, err := d.open(sealed, answersContext(number))
	if err != nil || text == "" {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &answers); err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	return answers, nil
}

// fingerprint is a keyed hash of what makes applications of a kind the same; none for a kind that does not say.
func (d *Desk) fingerprint(kind *kinds.Kind, answers []menus.Answer) []byte {
	same := kind.Same(answers)
	if len(same) == 0 {
		return []byte{}
	}
	return d.Keys.Hash(append([]string{"same application", kind.Name}, same...)...)
}
