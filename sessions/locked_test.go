package sessions_test

import (
	"errors"
	"testing"

	"sapar/sessions"
)

// Somebody who holds a row, as an operator at work may, holds up whoever needs it and nobody else.
func TestARowThatIsHeldTooLongDoesNotSendEverybodyToTheMemory(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	c := newCall(t, "+996700000951")
	shows(t, c.dial(s, english, "1"), "1 One")
	const number = "+996700000952"
	answered(t, s, texted(t, number, "0", "hello"))
	held, err := w.db.Beginx()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Rollback() }()
	if _, err := held.Exec("SELECT 1 FROM sessions FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	hides(t, s.Turn(t.Context(), c.next("1")), "saved")
	if _, err := s.Text(t.Context(), texted(t, number, "1", english)); !errors.Is(err, sessions.ErrLater) {
		t.Errorf("a text whose session is held: %v", err)
	}
	if s.Away() || w.away.Load() != 1 {
		t.Errorf("away: %t, %d calls answered from memory", s.Away(), w.away.Load())
	}
	shows(t, newCall(t, "+996700000953").dial(s, english, "1"), "1 One") // is stored meanwhile
	if n := w.count("SELECT count(*) FROM sessions"); n != 3 {
		t.Errorf("%d sessions", n)
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	answered(t, s, texted(t, number, "1", english))
	shows(t, s.Turn(t.Context(), c.next("0")), "1 One")
}
