package sessions_test

import (
	"strings"
	"testing"
	"time"

	"sapar/sessions"
	"sapar/sessions/history"
)

// expires takes away what is outdated now, twice, as two replicas do: the second finds nothing.
func (w *world) expires(want history.Gone) {
	w.t.Helper()
	for _, want := range []history.Gone{want, {}} {
		if gone, err := history.Expire(w.t.Context(), w.db, w.now()); err != nil || gone != want {
			w.t.Errorf("gone are %+v, not %+v, %v", gone, want, err)
		}
	}
	w.checkChains()
}

func TestSessionsGoWholeOnceTheyWereKeptLongEnough(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	read := newCall(t, "+996700000901")
	shows(t, read.dial(s, english, "1", "2"), "Second news") // ends
	shows(t, newCall(t, "+996700000902").dial(s, english, "2", "Aizada"), "How many")
	const carries = "+996700000903" // a read page that ended, behind a form that was left
	shows(t, newCall(t, carries).dial(s, english, "2", "Aizada"), "How many")
	w.expires(history.Gone{})
	w.later(history.OpenKept - time.Minute)
	w.expires(history.Gone{})
	w.later(2 * time.Minute)
	w.expires(history.Gone{Sessions: 2}) // the forms; nobody is offered one
	hides(t, newCall(t, carries).dial(s), "1 Continue", "How many")
	w.later(history.ClosedKept - history.OpenKept)
	w.expires(history.Gone{Sessions: 2})
	if n := w.count("SELECT count(*) FROM turns") + w.count("SELECT count(*) FROM sessions"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	if n := w.count("SELECT count(*) FROM people"); n != 3 {
		t.Errorf("%d people", n)
	}
}

// All texts of a phone are one session. Its chain goes on, and a text that is brought again after its words are gone changes nothing.
func TestTextsLoseTheirWordsAndTheirChainGoesOn(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	const number = "+996700000904"
	for i, text := range []string{"hello", english, "form", "Aizada"} {
		answered(t, s, texted(t, number, string(rune('0'+i)), text))
	}
	w.later(history.OpenKept + time.Minute)
	w.expires(history.Gone{Sessions: 1})
	reply := answered(t, s, texted(t, number, "9", "3"))
	if reply == "" || strings.Contains(reply, "Received") || strings.Contains(reply, "How many") {
		t.Errorf("the form goes on with its answers gone:\n%s", reply)
	}
	w.later(history.WordsKept - history.OpenKept)
	w.expires(history.Gone{Sessions: 1, Texts: 4}) // the fifth came four days later
	if n := w.count("SELECT count(*) FROM inbox WHERE length(raw) + length(text) > 0"); n != 1 {
		t.Errorf("%d texts have their words", n)
	}
	if n := w.count("SELECT count(*) FROM turns WHERE length(reply) > 0 OR node <> ''"); n != 1 {
		t.Errorf("%d turns say something", n)
	}
	before := w.rows()
	if reply, err := s.Text(t.Context(), texted(t, number, "3", "Aizada")); err != nil || reply != (sessions.Reply{}) {
		t.Errorf("a text of long ago is answered with %q, %v", reply.Text, err)
	}
	if after := w.rows(); after != before {
		t.Errorf("%s became %s", before, after)
	}
	answered(t, w.process(), texted(t, number, "10", "hello"))
	w.later(history.WordsKept + time.Minute)
	w.expires(history.Gone{Sessions: 1, Texts: 2})
}
