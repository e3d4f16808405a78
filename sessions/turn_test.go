package sessions_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sapar/sessions"
)

func TestTheSameCallbackGetsTheSameBytesAndChangesNothing(t *testing.T) {
	for name, begin := range map[string]func(testing.TB, string) *caller{"whole path": newCall, "last answer": newLastCall} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, testTree)
			s := w.process()
			c := begin(t, "+996700000001")
			type answered struct {
				call  sessions.Call
				reply sessions.Reply
			}
			var seen []answered
			for _, typed := range []string{"", english, "2", "Aizada", "3", "1"} {
				call := c.next(typed)
				seen = append(seen, answered{call, s.Turn(t.Context(), call)})
				if again := s.Turn(t.Context(), call); again != seen[len(seen)-1].reply {
					t.Errorf("%q again shows\n%s\nand not\n%s", typed, again.Text, seen[len(seen)-1].reply.Text)
				}
			}
			shows(t, seen[len(seen)-1].reply, "Received")
			before := w.rows()
			for _, process := range []*sessions.Sessions{s, w.process()} {
				for i := range seen {
					old := seen[len(seen)-1-i]
					if again := process.Turn(t.Context(), old.call); again != old.reply {
						t.Errorf("callback %d again shows\n%s\nand not\n%s", len(seen)-i, again.Text, old.reply.Text)
					}
				}
			}
			if after := w.rows(); after != before {
				t.Errorf("before: %s; after: %s", before, after)
			}
		})
	}
}

func TestCopiesOfACallbackAtOnceAreOneTurn(t *testing.T) {
	w := newWorld(t, testTree)
	replicas := []*sessions.Sessions{w.process(), w.process()}
	for _, copies := range []int{1, 2, 7, 50} {
		c := newCall(t, fmt.Sprintf("+9967000002%02d", copies))
		for _, typed := range []string{"", english, "2", "Aizada", "3", "1"} {
			call := c.next(typed)
			replies := make([]sessions.Reply, copies)
			atOnce(copies, func(i int) { replies[i] = replicas[i%2].Turn(context.Background(), call) })
			for _, r := range replies {
				if r != replies[0] {
					t.Fatalf("%d copies of %q show\n%s\nand\n%s", copies, typed, r.Text, replies[0].Text)
				}
			}
		}
	}
	if got := w.rows(); got != "people 4, sessions 4, turns 24, applications 4, ticks 0, consents 0" {
		t.Error(got)
	}
}

func TestTwoCallbacksAtOnceAreSerialised(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	c := newCall(t, "+996700000003")
	c.dial(s, english)
	one, two := c.next("1"), c.next("1")
	atOnce(200, func(i int) {
		if i%2 == 0 {
			s.Turn(context.Background(), one)
		} else {
			s.Turn(context.Background(), two)
		}
	})
	shows(t, s.Turn(t.Context(), two), "First news")
	if n := w.count("SELECT count(*) FROM turns"); n > 4 {
		t.Errorf("%d turns were stored for 4 callbacks", n)
	}
}

func TestALateOrEarlyStepShowsTheCurrentScreenAndChangesNothing(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	c := newCall(t, "+996700000004")
	c.dial(s, english, "1")
	late, next := c.next("1"), c.next("0")
	current := s.Turn(t.Context(), next) // the callback before it was lost on the way: both steps are taken
	shows(t, current, "News", "1 One")
	before := w.rows()
	if reply := s.Turn(t.Context(), late); reply != current {
		t.Errorf("a late step shows\n%s", reply.Text)
	}
	l := newLastCall(t, "+996700000005")
	l.dial(s, english, "1")
	lost, current := l.next("2"), l.answer(s, "1")
	shows(t, current, "First news")
	for _, process := range []*sessions.Sessions{s, w.process()} {
		if reply := process.Turn(t.Context(), lost); reply != current {
			t.Errorf("a late step shows\n%s", reply.Text)
		}
	}
	if after := w.rows(); after == before || strings.Count(after, "turns 8") != 1 {
		t.Errorf("before: %s; after: %s", before, after)
	}
}

func TestAPathThatComesWithTheCodeIsWalked(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	c := newCall(t, "+996700000006")
	c.begun = true
	shows(t, s.Turn(t.Context(), c.next("1*1")), "First news")
	shows(t, c.answer(s, "0"), "1 One")

	inCode := newCall(t, "+996700000006")
	inCode.call.Code = "*141*1*1#"
	shows(t, inCode.dial(s), "First news")
	shows(t, inCode.answer(s, "0"), "1 One")

	l := newLastCall(t, "+996700000006")
	begin := l.next("1*1")
	shows(t, s.Turn(t.Context(), begin), "First news")
	shows(t, l.answer(s, "0"), "1 One")
}

func TestAPathThatGrewBySeveralStepsIsWalkedFromTheDifference(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	c := newCall(t, "+996700000007")
	c.dial(s)
	c.path = append(c.path, english, "1")
	shows(t, c.answer(s, "1"), "First news")
	if n := w.count("SELECT max(turn) FROM sessions"); n != 2 {
		t.Errorf("%d turns for 2 callbacks", n)
	}
}

func TestAnAnswerMayHoldAStar(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	for _, c := range []*caller{newCall(t, "+996700000008"), newLastCall(t, "+996700000009")} {
		shows(t, c.dial(s, english, "2", "Ai*za*da", "3"), "Name: Ai*za*da", "Count: 3")
		shows(t, c.answer(s, "1"), "Received")
	}
}

func TestAfterItsEndASessionBeginsAnewWithTheSameKey(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	for _, c := range []*caller{newCall(t, "+996700000010"), newLastCall(t, "+996700000011")} {
		last := c.dial(s, english, "1", "2")
		shows(t, last, "Second news")
		if !last.End {
			t.Error("the call goes on")
		}
		shows(t, c.answer(s, "1"), "Home")
		shows(t, c.answer(w.process(), "1"), "News")
	}
	again := newLastCall(t, "+996700000011")
	again.dial(s, "1", "2")
	again.begun = false
	shows(t, again.dial(s, "1"), "News")
}

func TestTheSameKeyOfAnotherPhoneOrChannelIsAnotherSession(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	one, other, elsewhere := newCall(t, "+996700000012"), newCall(t, "+996700000013"), newCall(t, "+996700000012")
	other.call.Key, elsewhere.call.Key, elsewhere.call.Channel = one.call.Key, one.call.Key, "elsewhere"
	one.dial(s, english, "2", "Aizada")
	shows(t, other.dial(s), "Choose")
	shows(t, elsewhere.dial(s), "Last time")
	shows(t, one.answer(s, "3"), "Name: Aizada")
	if n := w.count("SELECT count(*) FROM sessions"); n != 3 {
		t.Errorf("%d sessions", n)
	}
}

func TestReplicasTakeTurnsInOneSession(t *testing.T) {
	w := newWorld(t, testTree)
	replicas := []*sessions.Sessions{w.process(), w.process()}
	for _, c := range []*caller{newCall(t, "+996700000014"), newLastCall(t, "+996700000015")} {
		var reply sessions.Reply
		for i, typed := range []string{"", english, "1", "1", "0", "0", "4", "1", "1", "00", "2", "Aizada", "3", "1"} {
			reply = replicas[i%2].Turn(t.Context(), c.next(typed))
		}
		shows(t, reply, "Received")
	}
	if got := w.rows(); got != "people 2, sessions 2, turns 28, applications 2, ticks 2, consents 0" {
		t.Error(got)
	}
}

func TestAStepThatIsNumberedWithoutNumbersStillGoesOn(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	c := newLastCall(t, "+996700000016")
	step := func(seq, typed string, begin bool) sessions.Reply {
		call := c.call
		call.Seq, call.Input, call.Begin = seq, typed, begin
		return s.Turn(t.Context(), call)
	}
	step("a-1", "", true)
	shows(t, step("b-7", english, false), "Home")
	news := step("99999999999999999999", "1", false)
	shows(t, news, "News")
	if again := step("99999999999999999999", "1", false); again != news {
		t.Errorf("again:\n%s", again.Text)
	}
	shows(t, step("c", "1", false), "First news")
}

func TestACarrierThatNumbersNothingRepeatsWithinTwoSeconds(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	c := newLastCall(t, "+996700000017")
	say := func(s *sessions.Sessions, typed string, begin bool) sessions.Reply {
		call := c.call
		call.Input, call.Begin = typed, begin
		return s.Turn(t.Context(), call)
	}
	say(s, "", true)
	say(s, english, false)
	w.later(3 * time.Second)
	shows(t, say(s, "1", false), "1 One")
	w.later(time.Second)
	shows(t, say(s, "1", false), "1 One")
	shows(t, say(w.process(), "1", false), "1 One")
	w.later(3 * time.Second)
	shows(t, say(s, "1", false), "First news")
}
