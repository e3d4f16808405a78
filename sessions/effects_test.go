package sessions_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"sapar/menus"
	"sapar/sessions"
)

func TestACallKeepsItsRevisionAcrossAPublish(t *testing.T) {
	w := newWorld(t, testTree)
	s, shelf := w.processWithShelf()
	old := newCall(t, "+996700000018")
	old.dial(s, english, "1")
	w.publish(strings.ReplaceAll(testTree, "First news", "Other news"))
	if err := shelf.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	shows(t, old.answer(s, "1"), "First news")
	shows(t, newCall(t, "+996700000019").dial(s, english, "1", "1"), "Other news")
	old.answer(s, "0")
	shows(t, old.answer(w.process(), "1"), "First news")
	if n := w.count("SELECT count(DISTINCT revision) FROM sessions"); n != 2 {
		t.Errorf("%d revisions", n)
	}
}

func TestAnEffectThatFailsStoresNothingAndTheScreenIsTrue(t *testing.T) {
	for name, failure := range map[string]func() error{
		"error": func() error { return errors.New("no room") },
		"panic": func() error { panic("no room") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, testTree)
			s := w.process()
			c := newCall(t, "+996700000020")
			c.dial(s, english, "2", "Aizada", "3")
			before := w.rows()
			w.effects = func(ctx context.Context, tx *sqlx.Tx, turned sessions.Turned, e menus.Effect) error {
				if err := w.carryOut(ctx, tx, turned, e); err != nil {
					return err
				}
				return failure()
			}
			reply := c.answer(s, "1")
			shows(t, reply, "cannot be saved", "112")
			hides(t, reply, "Received")
			if after := w.rows(); after != before {
				t.Errorf("before: %s; after: %s", before, after)
			}
			if s.Away() {
				t.Error("one effect that fails is taken for the database being away")
			}
			w.effects = w.carryOut
			shows(t, c.answer(s, "1"), "Received")
			if n := w.count("SELECT count(*) FROM applications"); n != 1 {
				t.Errorf("%d applications", n)
			}
		})
	}
}

func TestANumberThatIsTakenIsDrawnAgain(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	draws := []uint64{1, 1, 1, 1, 1, 1, 1, 2}
	w.number = func() string { // what is drawn for a dialogue is the same as for the other; a later draw is free
		n := draws[0]
		if len(draws) > 1 {
			draws = draws[1:]
		}
		return menus.NewNumber(n)
	}
	one := newCall(t, "+996700000021")
	shows(t, one.dial(s, english, "2", "Aizada", "3", "1"), "Received "+grouped(menus.NewNumber(1)))
	other := newCall(t, "+996700000022")
	draws = []uint64{1, 1, 1, 1, 1, 1, 1, 2}
	shows(t, other.dial(s, english, "2", "Bermet", "3", "1"), "Received "+grouped(menus.NewNumber(2)))
	if n := w.count("SELECT count(*) FROM applications"); n != 2 {
		t.Errorf("%d applications", n)
	}
}

func grouped(number string) string { return number[:3] + "-" + number[3:6] + "-" + number[6:] }

func TestACarrierThatHangsUpStopsNothing(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	c := newCall(t, "+996700000023")
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	shows(t, s.Turn(gone, c.next("")), "Choose")
	if s.Away() || w.away.Load() > 0 {
		t.Error("a carrier that hangs up is taken for the database being away")
	}
	if n := w.count("SELECT count(*) FROM turns"); n != 1 {
		t.Errorf("%d turns", n)
	}
}

func TestSessionsLeaveNothingRunningWhenTheyClose(t *testing.T) {
	w := newWorld(t, testTree)
	newCall(t, "+996700000024").dial(w.process(), english, "1") // opens the connections
	before := runtime.NumGoroutine()
	s := w.process()
	newCall(t, "+996700000025").dial(s, english, "1")
	s.Close()
	end := time.NewTimer(5 * time.Second)
	defer end.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > before {
		select {
		case <-end.C:
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		case <-tick.C:
		}
	}
	shows(t, newCall(t, "+996700000026").dial(s), "Choose")
}
