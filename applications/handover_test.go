package applications_test

import (
	"errors"
	"testing"

	"sapar/applications"
	"sapar/applications/kinds"
)

func TestAHandOverKeepsTheHistoryAndTheOldOfficeSeesItNoLonger(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("guardianship")
	old, ctx := w.worker("leylek-raion"), t.Context()
	w.move("leylek-raion", a.Number, "review")
	if err := old.Note(ctx, noon, a.Number, "Moved to Osh, says the neighbour"); err != nil {
		t.Fatal(err)
	}
	if err := old.Assign(ctx, noon, w.ref("leylek-raion", a.Number), "Aida"); err != nil {
		t.Fatal(err)
	}
	for _, office := range []string{"leylek-raion", "nowhere", ""} {
		if err := old.HandOver(ctx, noon, w.ref("leylek-raion", a.Number), office, "they moved"); !errors.Is(err, applications.ErrOffice) {
			t.Errorf("to %q: %v", office, err)
		}
	}
	if err := old.HandOver(ctx, noon.AddDate(0, 0, 3), w.ref("leylek-raion", a.Number), "alay-raion", "they moved"); err != nil {
		t.Fatal(err)
	}
	if _, err := old.Read(ctx, noon, a.Number, "still mine?"); !errors.Is(err, applications.ErrNotFound) {
		t.Errorf("the old office reads it: %v", err)
	}
	if _, err := old.Move(ctx, noon, applications.Ref{Number: a.Number}, applications.Step{To: "refused"}); !errors.Is(err, applications.ErrNotFound) {
		t.Errorf("the old office moves it: %v", err)
	}
	c := w.read("alay-raion", a.Number)
	if len(c.Events) != 4 || c.Events[3].Was != "leylek-raion" || c.Events[3].Why != "they moved" || len(c.Notes) != 1 || c.HandedFrom != "leylek-raion" {
		t.Errorf("%+v", c)
	}
	if c.Assignee != "" || !c.DueAt.Equal(noon.AddDate(0, 0, 10)) {
		t.Errorf("assigned to %q, due %v", c.Assignee, c.DueAt)
	}
	w.checkEvents()
}

func TestAComplaintIsNeverHandedToThoseItIsAbout(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("complaint") // about a consulate
	for office, want := range map[string]error{"kz-almaty-cg": applications.ErrOffice, "ru-moscow-embassy": applications.ErrOffice, "batken": nil} {
		if err := w.worker("national").HandOver(t.Context(), noon, w.ref("national", a.Number), office, "closer"); !errors.Is(err, want) {
			t.Errorf("to %s: %v", office, err)
		}
		if want == nil {
			if err := w.worker(office).HandOver(t.Context(), noon, w.ref(office, a.Number), "national", "back"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAClosedCaseIsReopenedAndTwoThatAreTheSameBecomeOne(t *testing.T) {
	w := newWorld(t)
	const office = "leylek-raion"
	first, _ := w.filed("guardianship")
	second := w.application("guardianship", first.PersonID)
	w.file(second)
	other := w.application("guardianship", w.person())
	other.Answers = changed(other.Answers, "", "raion=batken-raion")
	w.file(other)
	worker, ctx := w.worker(office), t.Context()
	for _, into := range []string{other.Number, second.Number, "0000000000"} {
		if _, err := worker.Merge(ctx, noon, w.ref(office, second.Number), into, ""); !errors.Is(err, applications.ErrNotFound) {
			t.Errorf("into %s: %v", into, err)
		}
	}
	if _, err := worker.Reopen(ctx, noon, w.ref(office, second.Number), "why not"); err == nil {
		t.Error("an open case was reopened")
	}
	n, err := worker.Merge(ctx, noon, w.ref(office, second.Number), first.Number, "the same children")
	if err != nil || n.Number != second.Number {
		t.Fatalf("%+v, %v", n, err)
	}
	gone, stays := w.read(office, second.Number), w.read(office, first.Number)
	if gone.Status != kinds.Merged || gone.MergedInto != first.Number || gone.ClosedAt.IsZero() || stays.Version != 2 || stays.Events[1].Was != second.Number {
		t.Errorf("%+v, %+v", gone.Line, stays.Line)
	}
	if _, err := worker.Merge(ctx, noon, w.ref(office, first.Number), second.Number, ""); !errors.Is(err, applications.ErrMerge) {
		t.Errorf("into one that is merged: %v", err)
	}
	if n, err = worker.Reopen(ctx, noon, w.ref(office, second.Number), "not the same after all"); err != nil || n.Text == "" {
		t.Fatalf("%+v, %v", n, err)
	}
	if c := w.read(office, second.Number); c.Status != kinds.Review || c.Reopened != 1 || c.MergedInto != "" || !c.ClosedAt.IsZero() || c.DueAt.IsZero() {
		t.Errorf("%+v", c.Line)
	}
	w.checkEvents()
}
