package applications_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"

	"sapar/applications"
	"sapar/applications/kinds"
	"sapar/database"
	"sapar/menus"
)

func TestEachKindFindsItsOfficeByItsAnswers(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ kind, drop, set, office string }{
		{"guardianship", "", "", "leylek-raion"},
		{"guardianship", "raion", "", "batken"},
		{"guardianship", "raion", "oblast=osh-city", "osh-city"},
		{"guardianship", "", "raion=nowhere", "batken"},
		{"guardianship", "raion", "oblast=nowhere", "national"},
		{"rights_report", "", "", "ru-novosibirsk-cg"},
		{"rights_report", "region", "", "ru-moscow-embassy"},
		{"rights_report", "", "region=elsewhere", "ru-moscow-embassy"},
		{"rights_report", "region", "country=other", "national"},
		{"detained", "", "", "kz-astana-embassy"},
		{"child_abroad", "", "", "national"}, // no post in Türkiye here
		{"complaint", "", "", "national"},
		{"complaint", "", "office=village_hall", "national"},
		{"callback", "", "", "national"},
		{"unheard-of", "", "", "national"},
	} {
		a := w.application(c.kind, w.person())
		a.Answers = changed(a.Answers, c.drop, c.set)
		if r := w.file(a); r.Office != c.office {
			t.Errorf("%s without %q, with %q: %s, not %s", c.kind, c.drop, c.set, r.Office, c.office)
		}
	}
}

// changed drops an answer, and gives another one a value, as name=value.
func changed(answers []menus.Answer, drop, set string) []menus.Answer {
	out := slices.DeleteFunc(slices.Clone(answers), func(a menus.Answer) bool { return a.Name == drop })
	for i := range out {
		if name := out[i].Name + "="; len(set) > len(name) && set[:len(name)] == name {
			out[i].Value = set[len(name):]
		}
	}
	return out
}

func TestAFilingHasItsFirstEventItsTermAndItsConfirmation(t *testing.T) {
	w := newWorld(t)
	a, receipt := w.filed("guardianship")
	if want := noon.AddDate(0, 0, 3); !receipt.Due.Equal(want) || receipt.Like != nil {
		t.Errorf("%+v", receipt)
	}
	want := applications.Notice{
		Key: "case/" + a.Number + "/1", Person: a.PersonID, Number: a.Number, Language: menus.Kyrgyz,
		Text: kinds.Spoken(a.Number) + " кабыл алынды, каралышын күтүүдө.",
	}
	if receipt.Notice != want {
		t.Errorf("%+v", receipt.Notice)
	}
	c := w.read("leylek-raion", a.Number)
	if c.Version != 1 || len(c.Events) != 1 || c.Events[0].Action != "filed" || c.Events[0].Who != "person" || c.Channel != "kannel" {
		t.Errorf("%+v", c)
	}
	silent := w.application("rights_report", w.person())
	silent.Notify = false
	if r := w.file(silent); r.Notice != (applications.Notice{}) {
		t.Errorf("nobody asked for %+v", r.Notice)
	}
	if len(w.sent) != 0 {
		t.Errorf("a filing is confirmed by its caller, not by %v", w.sent)
	}
}

func TestATakenNumberFilesNothing(t *testing.T) {
	w := newWorld(t)
	first, _ := w.filed("guardianship")
	second := w.application("complaint", w.person())
	second.Number = first.Number
	err := database.InTx(t.Context(), w.desk.DB, func(tx *database.Tx) error {
		_, err := w.desk.File(t.Context(), tx, second)
		return err
	})
	if !errors.Is(err, applications.ErrNumberTaken) || w.count("SELECT count(*) FROM application_events") != 1 {
		t.Errorf("%v", err)
	}
}

func TestNobodyFilesOnceTheyAreForgotten(t *testing.T) {
	w := newWorld(t)
	a := w.application("callback", w.person())
	w.exec("UPDATE people SET forgotten_at = now() WHERE id = $1", a.PersonID)
	err := database.InTx(t.Context(), w.desk.DB, func(tx *database.Tx) error {
		_, err := w.desk.File(t.Context(), tx, a)
		return err
	})
	if !errors.Is(err, applications.ErrForgotten) || w.count("SELECT count(*) FROM applications") != 0 {
		t.Errorf("%v", err)
	}
}

func TestATurnListsWhatItHasFiledItself(t *testing.T) {
	w := newWorld(t)
	a := w.application("callback", w.person())
	w.inTx(func(tx *database.Tx) error {
		if _, err := w.desk.File(t.Context(), tx, a); err != nil {
			return err
		}
		list, err := w.desk.FiledIn(t.Context(), tx, a.PersonID, menus.Kyrgyz)
		var seen int
		if err == nil {
			err = tx.Get(&seen, "SELECT count(*) FROM applications")
		}
		if len(list) != 1 || list[0].Number != a.Number || seen != 0 {
			t.Errorf("%+v, and %d cases are seen afterwards", list, seen)
		}
		return err
	})
}

func TestATurnSeesNoCaseAfterItHasFiled(t *testing.T) {
	w := newWorld(t)
	w.inTx(func(tx *database.Tx) error {
		if _, err := w.desk.File(t.Context(), tx, w.application("guardianship", w.person())); err != nil {
			return err
		}
		var n int
		err := tx.Get(&n, "SELECT count(*) FROM applications")
		if n != 0 {
			t.Errorf("%d cases", n)
		}
		return err
	})
}

func TestAFilingThatSaysTheSameIsSuggestedAsADuplicate(t *testing.T) {
	w := newWorld(t)
	first, _ := w.filed("guardianship")
	again := w.application("guardianship", first.PersonID)
	again.Answers = changed(again.Answers, "departure", "village=маргун айылы")
	if r := w.file(again); !slices.Equal(r.Like, []string{first.Number}) {
		t.Errorf("the same children are like %v", r.Like)
	}
	if c := w.read("leylek-raion", again.Number); !slices.Equal(c.Like, []string{first.Number}) {
		t.Errorf("the office sees %v", c.Like)
	}
	for name, a := range map[string]applications.Application{
		"other children": {Kind: "guardianship", PersonID: first.PersonID, Answers: changed(again.Answers, "", "children.1.birth_year=2016")},
		"another kind":   {Kind: "complaint", PersonID: first.PersonID, Answers: answersOf["complaint"]},
		"another person": {Kind: "guardianship", PersonID: w.person(), Answers: again.Answers},
	} {
		a.Number, a.FiledAt = menus.NewNumber(w.drawn.Add(1)), noon
		if r := w.file(a); r.Like != nil {
			t.Errorf("%s is like %v", name, r.Like)
		}
	}
}

func TestAnswersAreSealedAndThoseOfSensitiveKindsWithTheSecondKey(t *testing.T) {
	w := newWorld(t)
	for kind, sensitive := range map[string]bool{"guardianship": false, "rights_report": true, "detained": true, "complaint": true, "callback": false} {
		a, _ := w.filed(kind)
		var row struct {
			Answers   []byte `db:"answers"`
			Sensitive bool   `db:"sensitive"`
		}
		w.get(&row, "SELECT answers, sensitive FROM applications WHERE number = $1", a.Number)
		if row.Sensitive != sensitive || bytes.Contains(row.Answers, []byte(a.Answers[0].Value)) {
			t.Errorf("%s: sensitive %v", kind, row.Sensitive)
		}
	}
}

// repeated files as a carrier brings it: again, when a busy machine let a lock wait for too long.
func (w *world) repeated(a applications.Application) (err error) {
	for range 20 {
		err = database.InTx(context.Background(), w.desk.DB, func(tx *database.Tx) error {
			_, err := w.desk.File(context.Background(), tx, a)
			return err
		})
		if err == nil || errors.Is(err, applications.ErrNumberTaken) {
			break
		}
	}
	return err
}

// Copies of the same filings arrive at the same time and in any order, as carriers repeat them; each is one case.
func TestThousandsOfFilingsRepeatedAndShuffledAreAsManyCases(t *testing.T) {
	filings := 1_000
	if os.Getenv("SAPAR_LONG") != "" {
		filings = 10_000
	}
	w := newWorld(t)
	var all []applications.Application
	for i := range filings {
		a := w.application([]string{"guardianship", "rights_report", "complaint", "callback"}[i%4], w.person())
		for range 1 + i%4 {
			all = append(all, a)
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var wg sync.WaitGroup
	var mu sync.Mutex
	stored := map[string]int{}
	for worker := range 8 {
		wg.Go(func() {
			for i := worker; i < len(all); i += 8 {
				err := w.repeated(all[i])
				if errors.Is(err, applications.ErrNumberTaken) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				stored[all[i].Number]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	got := fmt.Sprint(len(stored), w.count("SELECT count(*) FROM applications"), w.count("SELECT count(*) FROM application_events"))
	if want := fmt.Sprint(filings, filings, filings); got != want {
		t.Errorf("%s, not %s", got, want)
	}
	for number, n := range stored {
		if n != 1 {
			t.Errorf("%s was stored %d times", number, n)
		}
	}
	w.checkEvents()
	t.Logf("%d filings, %d copies: %s", filings, len(all), got)
}
