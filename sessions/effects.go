package sessions

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// Effects carries out what a turn asks for, in the transaction of the turn; the program's main hands it over.
type Effects func(ctx context.Context, tx *database.Tx, turned Turned, effect menus.Effect) error

// ErrAgain is what an effect returns when the turn must be taken once more with another reference number.
var ErrAgain = errors.New("take the turn again")

// Refused is what an effect returns that cannot be carried out as the person wants it: the turn is taken again, and says so.
type Refused struct{ Why menus.Refusal }

func (r Refused) Error() string { return "refused: " + string(r.Why) }

// Turned is what effects are told of the turn that asks for them.
type Turned struct {
	Person   people.ID
	Channel  string
	Tree     string
	Revision int
	Language menus.Language
	At       time.Time
	Session  uuid.UUID
	Turn     int
	Phone    people.Phone
}

// learn keeps in memory what an effect changed. After what changes whose phone this is, the person is read again.
func (s *session) learn(e menus.Effect) {
	switch {
	case e.Speak != nil:
		s.person.Language, s.person.Script = e.Speak.Language, e.Speak.Script
	case e.Tick != nil:
		s.person.SetTick(e.Tick.Item, e.Tick.Done)
	case e.Wish != nil && e.Wish.Topic == "":
		s.person.Standing.Stopped = !e.Wish.Send
	case e.SetPIN != nil, e.Join != nil, e.File != nil && e.File.PIN != "":
		s.person.HasPIN = true
	case e.Move != nil:
		s.known = false
	case e.Forget != nil:
		*s = session{id: s.id, phone: s.phone, last: s.last}
	}
}
