package sms

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Draft is a message somebody wants sent. Queue puts it into the outbox, in the transaction of whatever asks for it.
type Draft struct {
	Key       string // says why it is sent, and is unique: the same reason never sends a second message
	Person    people.ID
	Phone     people.Phone
	Text      string
	Language  menus.Language // of the text; "" is the person's
	Class     Class
	Priority  Priority
	Topic     string    // what the person may stop; "" is transactional, which only a full stop mutes
	SendAfter time.Time // zero: at once
	SendUntil time.Time // after this it is no longer useful and expires; zero: Useful after SendAfter
	Channel   string    // the channel it leaves by while that one is up and reaches the number; "" is any, in failover order
	Elsewhere bool      // Phone is not the person's main number: what carriers say of the one says nothing of the other
}

// Useful is how long a message without an end is worth sending: a phone that was off or abroad over a long weekend.
const Useful = 72 * time.Hour

// Class says what happens to a message of which nobody can tell whether it was sent.
type Class string

// The classes. A message with none is sent once.
const (
	Once       Class = "once"       // parked for an operator: a second copy would do harm
	Repeatable Class = "repeatable" // sent one more time: a second copy is harmless, silence is not
)

// Priority orders the outbox: lower leaves first.
type Priority int16

// The priorities.
const (
	Reply     Priority = iota // the answer to what this phone itself just sent; no stop mutes it
	Case                      // news of the person's own application
	Reminder                  // a date the person asked to be reminded of
	Broadcast                 // the same text to many
)

// Reasons why a draft never left, besides those of the guard.
const (
	ReasonStopped = "stopped"       // the person said stop, or the number cannot be sent to
	ReasonExpired = "expired"       // SendUntil came first
	ReasonNoRoute = "no channel"    // no channel reaches the number
	ReasonRefused = "refused"       // the carrier never will send it
	ReasonGone    = "not delivered" // the carrier could not deliver it

	ReasonCancelled = "broadcast cancelled"
)

// Queue stores drafts to be sent once tx commits. A key that was queued before, ever, is left as it is. A draft that the guard
// refuses is stored too, as cancelled with the guard's reason, so that every wish is accounted for; without a guard all are admitted.
func Queue(ctx context.Context, tx *database.Tx, keys *database.Keys, guard *Guard, drafts ...Draft) error {
	rows := make([]queued, len(drafts))
	for i := range drafts {
		row, err := newQueued(keys, drafts[i])
		if err != nil {
			return err
		}
		if guard != nil {
			if row.reason, err = guard.Admit(ctx, tx, drafts[i]); err != nil {
				return fmt.Errorf("admit a message: %w", err)
			}
		}
		rows[i] = row
	}
	return insert(ctx, tx, rows)
}

// queued is a draft as the outbox stores it.
type queued struct {
	Draft
	id          uuid.UUID
	phone, text []byte // sealed
	reason      string // why it may not be sent, or empty
}

func newQueued(keys *database.Keys, d Draft) (queued, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return queued{}, fmt.Errorf("draw an id: %w", err)
	}
	d.Text = menus.Fold(d.Text) // before it is counted: one curly quote would make it twice as long
	return queued{
		Draft: d, id: id,
		phone: keys.Seal([]byte(d.Phone.E164()), d.Person[:]), text: keys.Seal([]byte(d.Text), TextContext(d.Person, d.Priority)),
	}, nil
}

// TextContext is what the text of a message is sealed for: the person, so that a row changed by hand shows nobody another one's words.
// A broadcast says the same to everybody and is sealed once, so it may be queued by one INSERT … SELECT that copies people.phone.
func TextContext(person people.ID, priority Priority) []byte {
	if priority == Broadcast {
		return []byte("broadcast")
	}
	return person[:]
}

func (d *Draft) class() Class {
	if d.Class == "" {
		return Once
	}
	return d.Class
}

// window is the time between which a draft may leave; the outbox itself fills in now for a zero beginning.
func (d *Draft) window() (after, until *string) {
	if !d.SendAfter.IsZero() {
		after = stamp(d.SendAfter)
	}
	if !d.SendUntil.IsZero() {
		until = stamp(d.SendUntil)
	}
	return after, until
}

func stamp(t time.Time) *string {
	s := t.UTC().Format(time.RFC3339Nano)
	return &s
}
