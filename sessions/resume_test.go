package sessions_test

import (
	"testing"
	"time"
)

// offer is the question a dropped dialogue is taken up with.
const offer = "Last time the line dropped."

func TestADroppedFormIsOfferedFor72HoursWithoutItsContent(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	newCall(t, "+996700000101").dial(s, english, "2", "Aizada")
	w.later(72 * time.Hour)
	c := newCall(t, "+996700000101")
	asked := c.dial(w.process())
	shows(t, asked, offer, "1 Continue", "2 Start over")
	hides(t, asked, "Aizada", "Name", "Form", "many")
	shows(t, c.answer(s, "1"), "How many")
	shows(t, c.answer(s, "4"), "Name: Aizada", "Count: 4")

	w.later(72*time.Hour + time.Second)
	shows(t, newCall(t, "+996700000101").dial(s), "Home")
}

func TestInformationIsOfferedForTenMinutes(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	newCall(t, "+996700000102").dial(s, english, "1", "1")
	w.later(10 * time.Minute)
	c := newCall(t, "+996700000102")
	shows(t, c.dial(s), offer)
	shows(t, c.answer(s, "1"), "First news")
	w.later(10*time.Minute + time.Second)
	shows(t, newCall(t, "+996700000102").dial(s), "Home")
}

func TestASensitiveBranchIsNeverOfferedAndLeavesNoTrace(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	newCall(t, "+996700000103").dial(s, english, "3", "1", "Aizada")
	w.later(time.Second)
	shows(t, newCall(t, "+996700000103").dial(s), "Home")
	if n := w.count("SELECT count(*) FROM turns WHERE node LIKE 'secret%'"); n > 0 {
		t.Errorf("%d turns name a sensitive branch", n)
	}
}

func TestStartingOverOrEndingLeavesNothingToOffer(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	newCall(t, "+996700000104").dial(s, english, "2", "Aizada")
	w.later(time.Minute)
	c := newCall(t, "+996700000104")
	c.dial(s)
	shows(t, c.answer(s, "2"), "Home")
	w.later(time.Minute)
	c = newCall(t, "+996700000104")
	shows(t, c.dial(s), "Home")
	c.answer(s, "2")
	if reply := c.answer(s, "000"); !reply.End {
		t.Errorf("000 shows\n%s", reply.Text)
	}
	w.later(time.Minute)
	c = newCall(t, "+996700000104")
	shows(t, c.dial(s, "2", "Aizada", "3", "1"), "Received")
	w.later(time.Minute)
	shows(t, newCall(t, "+996700000104").dial(s), "Home")
}

func TestAnOfferThatIsDroppedIsOfferedAgain(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	newCall(t, "+996700000105").dial(s, english, "2", "Aizada")
	for range 3 {
		w.later(time.Hour)
		shows(t, newCall(t, "+996700000105").dial(s), offer)
	}
	w.later(time.Hour)
	c := newCall(t, "+996700000105")
	shows(t, c.dial(s, "1", "3"), "Name: Aizada")
	shows(t, c.answer(s, "1"), "Received")
}

func TestANoticeThatACallIsOverKeepsItsDialogue(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	c := newCall(t, "+996700000106")
	c.dial(s, english, "2", "Aizada")
	if err := s.Drop(t.Context(), c.call); err != nil {
		t.Fatal(err)
	}
	if n := w.count("SELECT count(*) FROM sessions WHERE dropped_at IS NOT NULL"); n != 1 {
		t.Errorf("%d sessions are noted as dropped", n)
	}
	w.later(time.Minute)
	shows(t, newCall(t, "+996700000106").dial(s, "1"), "How many")

	ended := newCall(t, "+996700000107")
	ended.dial(s, english, "000")
	before := w.rows()
	if err := s.Drop(t.Context(), ended.call); err != nil {
		t.Fatal(err)
	}
	unknown := newCall(t, "+996700000108")
	if err := s.Drop(t.Context(), unknown.call); err != nil {
		t.Fatal(err)
	}
	if after := w.rows(); after != before {
		t.Errorf("before: %s; after: %s", before, after)
	}
	if n := w.count("SELECT count(*) FROM sessions WHERE dropped_at IS NOT NULL"); n != 1 {
		t.Errorf("%d sessions are noted as dropped", n)
	}
}

func TestADialogueTakenUpInAnOldRevisionKeepsIt(t *testing.T) {
	w := newWorld(t, testTree)
	s, shelf := w.processWithShelf()
	newCall(t, "+996700000109").dial(s, english, "2", "Aizada")
	w.publish(testTree + "# a new revision\n")
	if err := shelf.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	c := newCall(t, "+996700000109")
	c.dial(s, "1", "3")
	shows(t, c.answer(s, "1"), "Received")
	if n := w.count("SELECT revision FROM applications"); n != 1 {
		t.Errorf("filed under revision %d", n)
	}
}

func TestADroppedFormOutlivesAPrintedCodeDialledInBetween(t *testing.T) {
	w := newWorld(t, testTree)
	s := w.process()
	newCall(t, "+996700000110").dial(s, english, "2", "Aizada")
	w.later(time.Hour)
	printed := newCall(t, "+996700000110")
	printed.call.Code = "*141*1#"
	shows(t, printed.dial(s), "News")
	printed.answer(s, "000")
	w.later(time.Hour)
	c := newCall(t, "+996700000110")
	shows(t, c.dial(w.process()), offer)
	shows(t, c.answer(s, "1"), "How many")
}
