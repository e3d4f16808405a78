package applications_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sapar/applications"
	"sapar/applications/kinds"
	"sapar/database"
	"sapar/menus"
)

func TestPhonesAreMaskedUnlessTheViewerMaySeeThemAndEveryLookIsKept(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("guardianship")
	const office = "leylek-raion"
	for _, purpose := range []string{"", "   "} {
		if _, err := w.worker(office).Read(t.Context(), noon, a.Number, purpose); !errors.Is(err, applications.ErrPurpose) {
			t.Errorf("%q: %v", purpose, err)
		}
	}
	masked := w.read(office, a.Number)
	clear, err := w.desk.As(applications.Viewer{Who: "Aida", Office: office, Unmask: true}).Read(t.Context(), noon, a.Number, "to call the carer")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		applications.Case
		phone, carer string
	}{{masked, "…56", "…56"}, {clear, "+996700123456", "+996777123456"}} {
		carer := slices.IndexFunc(c.Answers, func(a menus.Answer) bool { return a.Name == "carer_phone" })
		if c.Phone != c.phone || c.Answers[carer].Value != c.carer || c.Answers[7].Value != "Kanykei-the-canary" {
			t.Errorf("%q, %+v", c.Phone, c.Answers)
		}
	}
	if n := w.count("SELECT count(*) FROM application_reads WHERE NOT unmasked AND who = 'worker of leylek-raion' AND purpose <> '' AND at = $1", noon); n != 1 {
		t.Errorf("%d masked looks are kept", n)
	}
	if n := w.count("SELECT count(*) FROM application_reads WHERE unmasked AND who = 'Aida' AND office = 'leylek-raion'"); n != 1 {
		t.Errorf("%d looks at phones are kept", n)
	}
	unknown := w.application("unheard-of", w.person())
	unknown.Answers = []menus.Answer{{Name: "a", Value: "0777 123 456"}, {Name: "b", Value: "2015"}, {Name: "c", Value: "ask 0777 123 456"}}
	w.file(unknown)
	if c := w.read("national", unknown.Number); c.Answers[0].Value != "…56" || c.Answers[1].Value != "2015" || c.Answers[2].Value != "ask …56" {
		t.Errorf("%+v", c.Answers)
	}
}

func TestWhoReadsManyCasesIsNamed(t *testing.T) {
	w := newWorld(t)
	for i := range 6 {
		a, _ := w.filed([]string{"guardianship", "complaint"}[i%2])
		office := []string{"leylek-raion", "national"}[i%2]
		for range 3 { // the same case again is no further one
			if _, err := w.desk.As(applications.Viewer{Who: "Curious", Office: office, Unmask: i < 2}).Read(t.Context(), noon, a.Number, "look"); err != nil {
				t.Fatal(err)
			}
		}
		if i < 2 {
			w.read(office, a.Number)
		}
	}
	for more, want := range map[int]string{5: "[{Curious 6 2}]", 6: "[]"} {
		if got, err := w.desk.ReadMany(t.Context(), noon, more); err != nil || fmt.Sprint(got) != want {
			t.Errorf("more than %d: %v, %v", more, got, err)
		}
	}
	if got, err := w.desk.ReadMany(t.Context(), noon.Add(time.Second), 0); err != nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// A server that only answers phones has no key to open what it stores of sensitive kinds.
func TestAProcessWithoutTheSecondKeyFilesAndAnswersButDoesNotRead(t *testing.T) {
	w := newWorld(t)
	whole := w.desk.Keys
	w.desk.Keys = w.phoneKeys()
	a, receipt := w.filed("rights_report")
	office, worker := receipt.Office, w.worker(receipt.Office)
	if list, err := w.desk.Filed(t.Context(), a.PersonID, "ru"); err != nil || len(list) != 1 || list[0].Name != "Нарушение прав" {
		t.Errorf("%+v, %v", list, err)
	}
	ref := applications.Ref{Number: a.Number, Version: 1}
	if _, err := worker.Ask(t.Context(), noon, ref, "Until when?"); err != nil {
		t.Fatal(err)
	}
	w.inTx(func(tx *database.Tx) error {
		_, _, err := w.desk.Answer(t.Context(), tx, applications.Reply{Person: a.PersonID, Text: "tomorrow", At: noon})
		return err
	})
	if _, err := worker.Read(t.Context(), noon, a.Number, "no key"); !errors.Is(err, database.ErrSensitive) {
		t.Errorf("it was read: %v", err)
	}
	ref.Version = 3
	if err := worker.HandOver(t.Context(), noon, ref, "national", "no key"); !errors.Is(err, database.ErrSensitive) {
		t.Errorf("it was handed over without a look at whom it is about: %v", err)
	}
	w.desk.Keys = whole
	if c := w.read(office, a.Number); c.Answers[3].Value != "Tomsk-canary" || c.Questions[0].Answer != "tomorrow" || !c.Sensitive {
		t.Errorf("%+v", c)
	}
	w.desk.Keys = otherKeys(t)
	if _, err := worker.Read(t.Context(), noon, a.Number, "a wrong key"); err == nil {
		t.Error("a wrong key opens it")
	}
}

// A list is walked page by page while it is as long as it is: no line is left out or comes twice, in any order and with any filter.
func TestAListIsWalkedPageByPageWithoutGapsOrRepeats(t *testing.T) {
	w := newWorld(t)
	const office = "national"
	for i := range 60 {
		a := w.application([]string{"callback", "complaint", "unheard-of"}[i%3], w.person())
		a.FiledAt = noon.Add(time.Duration(i/4) * time.Hour) // four at the same moment
		w.file(a)
		switch i % 5 {
		case 1:
			w.move(office, a.Number, "review")
		case 2:
			w.move(office, a.Number, "withdrawn", "closed")
		}
		if i%6 == 0 {
			if err := w.worker(office).Assign(t.Context(), noon, w.ref(office, a.Number), "worker of national"); err != nil {
				t.Fatal(err)
			}
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		f := applications.Filter{
			Status: kinds.Status(rapid.SampledFrom([]string{"", "received", "review", "closed"}).Draw(r, "status")),
			Mine:   rapid.Bool().Draw(r, "mine"), Open: rapid.Bool().Draw(r, "open"), ByDue: rapid.Bool().Draw(r, "by due"),
			Limit: rapid.IntRange(1, 25).Draw(r, "limit"),
		}
		if rapid.Bool().Draw(r, "due before") {
			f.DueBefore = noon.AddDate(0, 0, rapid.IntRange(0, 4).Draw(r, "days"))
		}
		var got []string
		for {
			lines, err := w.worker(office).List(t.Context(), f)
			if err != nil {
				r.Fatal(err)
			}
			for _, l := range lines {
				got = append(got, l.Number)
				f.After = applications.Cursor{At: l.FiledAt, Number: l.Number}
				if f.ByDue {
					f.After.At = l.DueAt
				}
			}
			if len(lines) < f.Limit {
				break
			}
		}
		f.After, f.Limit = applications.Cursor{}, 200
		all, err := w.worker(office).List(t.Context(), f)
		if err != nil {
			r.Fatal(err)
		}
		if want := matching(t, all, f); !slices.Equal(got, want) || !ordered(all, f.ByDue) {
			r.Errorf("%+v: %d lines in pages, %d at once", f, len(got), len(want))
		}
	})
}

// matching are the numbers of lines, each of which must fit the filter.
func matching(t *testing.T, lines []applications.Line, f applications.Filter) (numbers []string) {
	t.Helper()
	for _, l := range lines {
		closed := l.Status == "closed"
		if f.Status != "" && l.Status != f.Status || f.Mine && l.Assignee == "" || f.Open && closed || l.Office != "national" ||
			!f.DueBefore.IsZero() && (l.DueAt.IsZero() || !l.DueAt.Before(f.DueBefore)) {
			t.Errorf("%+v does not fit %+v", l, f)
		}
		numbers = append(numbers, l.Number)
	}
	return numbers
}

func ordered(lines []applications.Line, byDue bool) bool {
	return slices.IsSortedFunc(lines, func(a, b applications.Line) int {
		if byDue {
			return a.DueAt.Compare(b.DueAt)
		}
		return b.FiledAt.Compare(a.FiledAt)
	})
}

func TestAlarmsNameWhatIsDueInEveryOffice(t *testing.T) {
	w := newWorld(t)
	report, _ := w.filed("rights_report")  // due after a day
	referral, _ := w.filed("guardianship") // after three
	closed, _ := w.filed("callback")
	w.move("national", closed.Number, "withdrawn", "closed")
	for _, c := range []struct {
		at     time.Time
		within time.Duration
		want   string
	}{
		{noon, time.Hour, ""},
		{noon, 25 * time.Hour, "ru-novosibirsk-cg " + report.Number},
		{noon.AddDate(0, 0, 4), 0, "leylek-raion " + referral.Number + ", ru-novosibirsk-cg " + report.Number},
	} {
		lines, err := w.desk.Due(t.Context(), c.at, c.within)
		var got []string
		for _, l := range lines {
			got = append(got, l.Office+" "+l.Number)
		}
		if err != nil || strings.Join(got, ", ") != c.want {
			t.Errorf("%v within %v: %v, %v", c.at, c.within, got, err)
		}
	}
}

func TestAPersonSeesTheirOwnApplicationsInTheirLanguage(t *testing.T) {
	w := newWorld(t)
	a, _ := w.filed("guardianship")
	w.filed("guardianship")
	late := w.application("callback", a.PersonID)
	late.FiledAt = noon.Add(time.Hour)
	w.file(late)
	w.move("leylek-raion", a.Number, "appointment 2026-12-01")
	list, err := w.desk.Filed(t.Context(), a.PersonID, "en")
	if err != nil || len(list) != 2 || list[0].Number != late.Number {
		t.Fatalf("%+v, %v", list, err)
	}
	want := applications.Filed{
		Number: a.Number, Name: "Child guardian", Status: "appointment", Date: "2026-12-01", FiledAt: list[1].FiledAt,
		Text:    "A visit to the children's home is planned for 01.12.2026: Leylek: social department.",
		Neutral: kinds.Spoken(a.Number) + ": a day has been set. Details are in the menu.",
	}
	if list[1] != want {
		t.Errorf("%+v", list[1])
	}
	silent := w.application("guardianship", a.PersonID)
	silent.Listed = false
	w.file(silent)
	f, ok, err := w.desk.FiledAs(t.Context(), a.PersonID, silent.Number, "en")
	if err != nil || !ok || f.Name+f.Text+f.Question != "" || f.Neutral != kinds.Spoken(silent.Number)+": received, waiting to be looked at." {
		t.Errorf("without a PIN: %+v, %v", f, err)
	}
	if again, err := w.desk.Filed(t.Context(), a.PersonID, "en"); err != nil || len(again) != 2 {
		t.Errorf("%d are listed, %v", len(again), err)
	}
	for lang, text := range map[menus.Language]string{"ky": "Лейлек: социалдык бөлүм", "ru": "назначен на 01.12.2026", "uz": "Laylak: ijtimoiy bo'lim"} {
		if f, ok, err := w.desk.FiledAs(t.Context(), a.PersonID, a.Number, lang); err != nil || !ok || !strings.Contains(f.Text, text) {
			t.Errorf("%s: %v %v", lang, fmt.Sprint(f.Text), err)
		}
	}
}
