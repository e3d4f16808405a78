package sessions

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/google/uuid"

	"sapar/people"
)

// fillPerson takes the person from what was read; a phone that is not known gets an id that its first turn stores, also where somebody was
// known by it until they were forgotten.
func (s *store) fillPerson(p *people.Person, row *sessionRow) error {
	if !row.PersonID.Valid {
		id := p.ID
		if !p.New || id == uuid.Nil {
			drawn, err := uuid.NewV7()
			if err != nil {
				return fmt.Errorf("draw an id: %w", err)
			}
			id = drawn
		}
		*p = people.Person{ID: id, New: true, HasPIN: row.HasPIN, Standing: people.Standing{Stopped: row.Stopped}}
		return nil
	}
	*p = people.Person{
		ID: row.PersonID.UUID, Language: row.Language, Script: row.Script, Ticks: make(map[string]bool, len(row.Ticks)),
		HasPIN: row.HasPIN, Standing: people.Standing{Agreed: row.Agreed, State: people.NumberState(row.Number), Stopped: row.Stopped},
	}
	for _, item := range row.Ticks {
		p.Ticks[item] = true
	}
	return nil
}

// fillHeld takes what the person's latest other session may have left: its own dialogue, unless it ended, and the one it carried on.
// One that cannot be opened is not offered; the call goes on without it.
func (s *store) fillHeld(sess *session, row *sessionRow) {
	sess.held = nil
	if len(row.HeldState) == 0 {
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

// fillState takes the state that was read. What was answered in memory while the database was away stays, unless another replica moved the
// session. A state that an older program wrote is none: the person begins anew.
func (s *store) fillState(sess *session, row *sessionRow) error {
	if row.State == nil || row.Owner != row.PersonID { // forgotten, never there, or of whoever had this phone before
		if !sess.ahead || row.State != nil {
			sess.saved, sess.begun, sess.ended, sess.ahead = saved{}, false, false, false
		}
		return nil
	}
	if len(row.State) == 0 { // it was kept long enough (sessions/history)
		sess.saved, sess.begun, sess.ended, sess.ahead = saved{}, false, false, false
		return nil
	}
	kept, err := unseal(s.keys, sess.id, row.State)
	if errors.Is(err, errOldState) {
		slog.Warn("a session of an older program begins anew", "session", sess.id)
		sess.saved, sess.begun, sess.ended, sess.ahead = saved{}, false, false, false
		return nil
	}
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	if !sess.wentOn(row.Turn, &kept) {
		sess.saved, sess.ended, sess.begun, sess.ahead = kept, row.Ended, true, false
	}
	return nil
}
