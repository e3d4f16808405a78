package sessions_test

import (
	"fmt"
	"testing"
	"time"

	"sapar/sessions"
)

// round is a caller of a carrier whose sessions and steps have numbers of a few bits.
type round struct {
	*caller
	w *world
	s *sessions.Sessions
}

func newRound(t *testing.T, number string) *round {
	t.Helper()
	w := newWorld(t, testTree)
	return &round{newLastCall(t, number), w, w.process()}
}

// step sends a callback; a step below 0 has no number.
func (r *round) step(step int, typed string) sessions.Reply {
	call := r.call
	call.Input, call.Begin, call.Window = typed, typed == "", time.Minute
	if step >= 0 {
		call.Seq = fmt.Sprint(step)
	}
	return r.s.Turn(r.t.Context(), call)
}

func (r *round) rows(want string) {
	r.t.Helper()
	if got := r.w.rows(); got != want {
		r.t.Errorf("there are %s; want %s", got, want)
	}
}

func TestAMessageThatIsBroughtAgainChangesNothing(t *testing.T) {
	r := newRound(t, "+996700000201")
	r.step(0, "")
	for i, typed := range []string{english, "1", "1", "0", "0", "2", "Aizada", "3", "1"} {
		reply := r.step(i+1, typed)
		r.w.later(20 * time.Second)
		if again := r.step(i+1, typed); again != reply {
			t.Errorf("%q again shows\n%s\nnot\n%s", typed, again.Text, reply.Text)
		}
		r.s = r.w.process() // which remembers nothing
		if again := r.step(i+1, typed); again != reply {
			t.Errorf("%q after a restart shows\n%s\nnot\n%s", typed, again.Text, reply.Text)
		}
	}
	r.rows("people 1, sessions 1, turns 10, applications 1, ticks 0, consents 0")
}

func TestAMessageThatComesLateGetsTheAnswerItHad(t *testing.T) {
	r := newRound(t, "+996700000202")
	r.step(0, "")
	home := r.step(1, english)
	r.step(2, "1")
	if again := r.step(1, english); again != home {
		t.Errorf("the earlier step shows\n%s", again.Text)
	}
	shows(t, r.step(3, "1"), "First news")
	r.rows("people 1, sessions 1, turns 4, applications 0, ticks 0, consents 0")
}

func TestNumbersOfStepsComeRound(t *testing.T) {
	r := newRound(t, "+996700000203")
	r.step(126, "")
	r.step(127, english)
	shows(t, r.step(0, "1"), "1 One")
	shows(t, r.step(1, "1"), "First news")
	r.s = r.w.process()
	shows(t, r.step(2, "0"), "1 One")
}

func TestANumberOfASessionIsUsedAgain(t *testing.T) {
	r := newRound(t, "+996700000204")
	r.step(0, "")
	r.step(1, english)
	r.step(2, "2")
	r.step(3, "Aizada")
	r.w.later(10 * time.Second) // the call is lost, and the next one has the same number
	shows(t, r.step(0, ""), offer)
	shows(t, r.step(1, "1"), "How many")
	r.w.later(time.Hour)
	shows(t, r.step(0, ""), offer)
	r.w.later(2 * time.Minute)
	shows(t, r.step(0, ""), offer)
}

func TestAFirstMessageIsNewWhenItsSessionWentOn(t *testing.T) {
	r := newRound(t, "+996700000205")
	first := r.step(-1, "")
	r.w.later(30 * time.Second)
	if again := r.step(-1, ""); again != first {
		t.Errorf("again it shows\n%s", again.Text)
	}
	r.rows("people 1, sessions 1, turns 1, applications 0, ticks 0, consents 0")
	r.step(-1, english)
	r.step(-1, "1")
	shows(t, r.step(-1, ""), offer)
}

func TestAMessageThatIsBroughtAgainToAnotherReplicaChangesNothing(t *testing.T) {
	r := newRound(t, "+996700000206")
	replicas := []*sessions.Sessions{r.w.process(), r.w.process()}
	r.s = replicas[0]
	r.step(0, "")
	r.step(1, english)
	for i, typed := range []string{"1", "1", "0", "0"} {
		r.s = replicas[i%2]
		reply := r.step(i+2, typed)
		r.s = replicas[(i+1)%2]
		if again := r.step(i+2, typed); again != reply {
			t.Errorf("%q again shows\n%s\nnot\n%s", typed, again.Text, reply.Text)
		}
	}
	r.rows("people 1, sessions 1, turns 6, applications 0, ticks 0, consents 0")
}
