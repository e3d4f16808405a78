package applications_test

import (
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sapar/applications"
	"sapar/database"
	"sapar/people"
)

func otherKeys(t *testing.T) *database.Keys {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// hexed is a text as Postgres shows it in a bytea.
func hexed(text string) string { return hex.EncodeToString([]byte(text)) }

// contents are the columns that hold what people wrote, and whether they still hold anything.
const contents = `
SELECT (SELECT count(*) FROM applications WHERE answers <> '' OR person_id IS NOT NULL OR fingerprint <> '' OR language <> '')
    + (SELECT count(*) FROM application_events WHERE why <> '') + (SELECT count(*) FROM application_notes WHERE text <> '')
    + (SELECT count(*) FROM application_questions WHERE question <> '' OR answer <> '')
    + (SELECT count(*) FROM application_reads WHERE purpose <> '')`

// told is a case with content in every column that can hold some.
func (w *world) told(kind string) applications.Application {
	w.t.Helper()
	a, receipt := w.filed(kind)
	worker, ctx := w.worker(receipt.Office), w.t.Context()
	if err := worker.Note(ctx, noon, a.Number, "canary-note"); err != nil {
		w.t.Fatal(err)
	}
	if _, err := worker.Ask(ctx, noon, w.ref(receipt.Office, a.Number), "canary-question?"); err != nil {
		w.t.Fatal(err)
	}
	w.inTx(func(tx *database.Tx) error {
		_, ok, err := w.desk.Answer(ctx, tx, applications.Reply{Person: a.PersonID, Number: a.Number, Text: "canary-answer", At: noon})
		if !ok {
			w.t.Error("no answer was kept")
		}
		return err
	})
	step := applications.Step{To: "withdrawn", Why: "canary-why"}
	if _, err := worker.Move(ctx, noon, w.ref(receipt.Office, a.Number), step); err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) forget(person people.ID) {
	w.t.Helper()
	w.inTx(func(tx *database.Tx) error { return w.desk.Forget(w.t.Context(), tx, person, noon) })
}

// dump is everything that stands in the case tables, as text.
func (w *world) dump() string {
	w.t.Helper()
	var all strings.Builder
	for _, table := range w.caseTables() {
		var text string
		w.get(&text, "SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM "+table+" t")
		all.WriteString(text)
	}
	return all.String()
}

func TestWhoIsForgottenLeavesRowsToCountAndNothingElse(t *testing.T) {
	w := newWorld(t)
	a := w.told("guardianship")
	report := w.application("rights_report", a.PersonID)
	w.file(report)
	if n := w.count(contents); n == 0 {
		t.Fatal("there is nothing to forget")
	}
	events := w.count("SELECT count(*) FROM application_events")
	w.forget(a.PersonID)
	if n := w.count(contents); n != 0 {
		t.Errorf("%d rows still hold something", n)
	}
	if dump := w.dump(); strings.Contains(dump, a.PersonID.String()) {
		t.Error("the person stands in the dump")
	}
	if n := w.count("SELECT count(*) FROM applications WHERE kind <> '' AND office <> '' AND closed_at IS NOT NULL AND due_at IS NULL AND emptied_at = $1", noon); n != 2 {
		t.Errorf("%d rows are left to count", n)
	}
	if n := w.count("SELECT count(*) FROM application_events"); n != events+2 {
		t.Errorf("%d events of %d", n, events)
	}
	w.exec("DELETE FROM people WHERE id = $1", a.PersonID)
	w.checkEvents()
	if _, ok, err := w.desk.Owner(t.Context(), a.Number); ok || err != nil {
		t.Errorf("the number still leads to somebody: %v", err)
	}
	c := w.read("leylek-raion", a.Number)
	if !c.Emptied || c.Answers != nil || c.Phone != "" || c.Notes[0].Text != "" || c.Questions[0].Answer != "" {
		t.Errorf("%+v", c)
	}
	if _, err := w.worker("leylek-raion").Reopen(t.Context(), noon, w.ref("leylek-raion", a.Number), "again"); !errors.Is(err, applications.ErrEmptied) {
		t.Errorf("it was reopened: %v", err)
	}
}

func TestForgettingOnePersonTouchesNobodyElse(t *testing.T) {
	w := newWorld(t)
	kept := w.told("guardianship")
	before := w.count(contents)
	w.forget(w.told("complaint").PersonID)
	w.forget(w.person())
	if n := w.count(contents); n != before {
		t.Errorf("%d of %d rows still hold something", n, before)
	}
	if c := w.read("leylek-raion", kept.Number); c.Notes[0].Text != "canary-note" || c.Events[len(c.Events)-1].Why != "canary-why" {
		t.Errorf("%+v", c)
	}
}

func TestNothingThatWasWrittenStandsInPlainText(t *testing.T) {
	w := newWorld(t)
	for _, kind := range []string{"guardianship", "rights_report"} {
		w.told(kind)
	}
	dump := w.dump()
	for _, canary := range []string{"canary", "Маргун", "777123456", "79131234567"} {
		for _, form := range []string{canary, hexed(canary)} {
			if strings.Contains(dump, form) {
				t.Errorf("%s stands in the dump", canary)
			}
		}
	}
}

func TestContentGoesWhenItsTimeIsOver(t *testing.T) {
	w := newWorld(t)
	for _, kind := range []string{"guardianship", "callback", "unheard-of"} {
		a := w.told(kind)
		office := map[string]string{"guardianship": "leylek-raion"}[kind]
		if office == "" {
			office = "national"
		}
		w.move(office, a.Number, "closed")
	}
	w.told("complaint") // withdrawn, and not closed
	for _, c := range []struct{ days, want int }{{365, 0}, {366, 1}, {366, 0}, {1825, 0}, {1826, 2}, {9999, 0}} {
		var n int
		w.inTx(func(tx *database.Tx) (err error) {
			n, err = w.desk.Expire(t.Context(), tx, noon.Add(time.Duration(c.days)*24*time.Hour))
			return err
		})
		if n != c.want {
			t.Errorf("after %d days %d cases are emptied, not %d", c.days, n, c.want)
		}
	}
	if n := w.count("SELECT count(*) FROM applications WHERE answers <> ''"); n != 1 {
		t.Errorf("%d cases still hold something", n)
	}
	w.checkEvents()
}

func TestApplicationsFollowAPersonWhoTurnsOutToBeAnother(t *testing.T) {
	w := newWorld(t)
	a := w.told("guardianship")
	to := w.person()
	w.inTx(func(tx *database.Tx) error { return w.desk.Give(t.Context(), tx, a.PersonID, to) })
	if _, ok, err := w.desk.FiledAs(t.Context(), to, a.Number, "ky"); !ok || err != nil {
		t.Errorf("%v", err)
	}
	if list, err := w.desk.Filed(t.Context(), a.PersonID, "ky"); len(list) != 0 || err != nil {
		t.Errorf("%v %v", list, err)
	}
}
