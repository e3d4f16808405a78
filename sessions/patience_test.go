package sessions_test

import (
	"testing"
	"time"
)

// A carrier that hangs up early is answered from memory early: here before the database could be asked at all.
func TestACallWithLessPatienceIsAnsweredFromMemorySooner(t *testing.T) {
	w := newWorld(t, testTree)
	s, call := w.process(), newLastCall(t, "+996700000211").call
	call.Begin, call.Patience = true, time.Nanosecond
	if reply := s.Turn(t.Context(), call); reply.Text == "" || w.away.Load() != 1 {
		t.Errorf("shown is %q, and %d calls were answered from memory", reply.Text, w.away.Load())
	}
	if got := w.rows(); got != "people 0, sessions 0, turns 0, applications 0, ticks 0, consents 0" {
		t.Error(got)
	}
}
