package sessions

import (
	"fmt"
	"log/slog"

	"github.com/google/uuid"

	"sapar/people"
)

// fillPerson takes the person from what was read; a phone that is not known gets an id that its first turn stores.
func (s *store) fillPerson(p *people.Person, row *sessionRow) error {
	p.New = !row.PersonID.Valid
	if p.New {
		if p.ID == uuid.Nil {
			id, err := uuid.NewV7()
			if err != nil {
				return fmt.Errorf("draw an id: %w", err)
			}
			p.ID = id
		}
		return nil
	}
	*p = people.Person{ID: row.PersonID.UUID, Language: row.Language, Script: row.Script, Ticks: make(map[string]bool, len(row.Ticks))}
	for _, item := range row.Ticks {
		p.Ticks[item] = true
	}
	return nil
}

// fillHeld takes what the person's latest other session may have left: its own dialogue, unless it ended, and the one it carried on.
// One that cannot be opened is not offered; the call goes on without it.
func (s *store) fillHeld(sess *session, row *sessionRow) {
	sess.held = nil
	if row.HeldState == nil {
		return
	}
	held, err := unseal(s.keys, row.HeldID.UUID, row.HeldState)
	if err != nil {
		slog.Error("open dropped session", "session", row.HeldID.UUID, "error", err)
		return
	}
	if !row.HeldEnded {
		sess.held = append(sess.held, leftOver{held.State, row.HeldAt.Time})
	}
	if held.Left != nil {
		sess.held = append(sess.held, *held.Left)
	}
}
