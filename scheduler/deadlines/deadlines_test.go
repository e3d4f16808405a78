package deadlines_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/deadlines"
	"sapar/scheduler/hours"
	"sapar/sms"
	"sapar/sms/ledger"
)

var moscow = hours.Zone("ru", "")

const (
	russian  = "+79161112233"
	kyrgyz   = "+996700111222"
	ban, reg = "ru-ban-check", "ru-registration"
)

func TestAfterALongOutageNobodyGetsMoreThanTheOneReminderThatIsOfUse(t *testing.T) {
	w := newWorld(t)
	id := w.somebody(russian, "ru", menus.Russian)
	w.waits(id, "ru-contract-extension", "2027-05-31")
	w.now = at("2027-05-29T15:00:00+03:00") // 30, 7 and 3 days before have passed
	if counts := w.remind(); counts["queued"] != 1 || counts[deadlines.ReasonLate] != 2 {
		t.Errorf("%v", counts)
	}
	if got := w.calendar(moscow); len(got) != 1 || !strings.HasPrefix(got[0], "2027-05-29 15:00") {
		t.Errorf("%q", got)
	}
	if counts := w.remind(); len(counts) != 0 {
		t.Errorf("a second run did %v", counts)
	}
	w.now = at("2027-06-02T09:00:00+03:00")
	if counts := w.remind(); counts[deadlines.ReasonLate] != 1 || counts["past"] != 1 {
		t.Errorf("%v", counts)
	}
}

func TestWhatIsAskedForLateIsNotRemindedOfAtOnce(t *testing.T) {
	w := newWorld(t)
	id := w.somebody(russian, "ru", menus.Russian)
	w.now = at("2026-12-24T12:00:00+03:00")
	w.waits(id, reg, "2026-12-01")
	w.now = at("2026-12-27T09:30:00+03:00")
	if counts := w.remind(); counts["queued"] != 1 || counts[deadlines.ReasonTold] != 1 {
		t.Errorf("%v", counts)
	}
}

func TestWhatIsEndedIsNotSent(t *testing.T) {
	for _, end := range []func(w *world, id people.ID){
		func(w *world, id people.ID) { w.end(id, deadlines.Done) },
		func(w *world, id people.ID) { w.end(id, deadlines.Left) },
		func(w *world, id people.ID) { w.waits(id, reg, "2026-12-20") },
		func(w *world, id people.ID) {
			w.tx(func(ctx context.Context, tx *database.Tx) error {
				w.ok(ledger.Forget(ctx, tx, id))
				return deadlines.Forget(ctx, tx, id)
			})
		},
	} {
		w := newWorld(t)
		id := w.somebody(russian, "ru", menus.Russian)
		w.waits(id, reg, "2026-12-01")
		w.now = at("2026-12-23T03:00:00+03:00").Add(6 * time.Hour)
		w.remind()
		if n := w.count("SELECT count(*) FROM outbox WHERE status = 'pending'"); n != 1 {
			t.Fatalf("%d messages wait", n)
		}
		end(w, id)
		if n := w.count("SELECT count(*) FROM outbox WHERE status = 'pending'"); n != 0 {
			t.Errorf("%d messages wait still", n)
		}
		w.now = at("2026-12-29T10:00:00+03:00")
		if counts := w.remind(); counts["queued"] != 0 {
			t.Errorf("%v", counts)
		}
	}
}

func (w *world) end(person people.ID, state deadlines.State) {
	w.Helper()
	lines, err := w.desk.List(w.Context(), w.db, person, menus.Russian, w.now)
	if w.ok(err); len(lines) != 1 {
		w.Fatalf("%d deadlines", len(lines))
	}
	w.tx(func(ctx context.Context, tx *database.Tx) error {
		if ok, err := w.desk.End(ctx, tx, people.ID{1}, lines[0].ID, state, w.now); ok || err != nil {
			w.Error("somebody else ends it", err)
		}
		ok, err := w.desk.End(ctx, tx, person, lines[0].ID, state, w.now)
		if !ok {
			w.Error("it does not end")
		}
		return err
	})
}

func TestTheSameDateAgainIsNoSecondDeadline(t *testing.T) {
	w := newWorld(t)
	id := w.somebody(russian, "ru", menus.Russian)
	w.waits(id, reg, "2026-12-01")
	w.now = at("2026-12-23T09:00:00+03:00")
	w.remind()
	w.become(sms.Delivered)
	w.waits(id, reg, "2026-12-02")
	w.waits(id, reg, "2026-12-01")
	for _, when := range []string{"2026-12-23T12:00:00+03:00", "2026-12-27T12:00:00+03:00"} {
		w.now = at(when)
		w.remind()
		w.become(sms.Delivered)
	}
	if n := w.count("SELECT count(*) FROM deadlines"); n != 2 {
		t.Errorf("%d deadlines", n)
	}
	if got := w.calendar(moscow); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

func TestARuleIsOffUntilItIsConfirmedAndAgainWhenThatIsTakenBack(t *testing.T) {
	w := newWorld(t)
	id := w.somebody(russian, "ru", menus.Russian)
	wait := func(rule string) error {
		return database.InTx(t.Context(), w.db, func(tx *database.Tx) error {
			return w.desk.Wait(t.Context(), tx, deadlines.Wish{Person: id, Rule: rule, Event: "2027-03-01", At: w.now})
		})
	}
	if err := wait("ru-new-contract"); !errors.Is(err, deadlines.ErrOff) {
		t.Errorf("an unconfirmed rule: %v", err)
	}
	if err := wait("no-such-rule"); !errors.Is(err, deadlines.ErrOff) {
		t.Errorf("no rule: %v", err)
	}
	w.ok(w.desk.Say(t.Context(), "ru-new-contract", "aida", true, w.now))
	w.ok(wait("ru-new-contract"))
	w.ok(w.desk.Say(t.Context(), "ru-new-contract", "aida", false, w.now.Add(time.Second)))
	w.now = at("2027-03-03T10:00:00+03:00")
	if counts := w.remind(); counts[deadlines.ReasonOff] != 1 || counts["queued"] != 0 {
		t.Errorf("%v", counts)
	}
	standings, err := w.desk.Standings(t.Context())
	w.ok(err)
	for _, s := range standings {
		if s.Rule.ID == "ru-new-contract" && (s.On || s.Word.Who != "aida") {
			t.Errorf("it stands as %+v", s)
		}
	}
}

func TestADumpTellsNobodysRule(t *testing.T) {
	w := newWorld(t)
	id := w.somebody(russian, "ru", menus.Russian)
	w.waits(id, "medicine-refill", "2027-01-30")
	w.waits(id, reg, "2026-12-01")
	w.crosses(id, "ru-90-per-year", "2026-12-01", false)
	w.now = at("2026-12-23T10:00:00+03:00")
	w.remind()
	for _, table := range []string{"deadlines", "deadline_reminders", "stays", "outbox"} {
		var rows []string
		w.ok(w.db.Select(&rows, "SELECT r::text FROM "+table+" r"))
		if len(rows) == 0 {
			t.Errorf("%s is empty", table)
		}
		for _, word := range []string{"medicine", "refill", "ru-", "registration", "2027-01-30", "RU"} {
			if strings.Contains(strings.Join(rows, "\n"), word) {
				t.Errorf("%s tells %s", table, word)
			}
		}
	}
	if n := w.count("SELECT count(*) FROM deadlines WHERE due IS NULL"); n != 2 {
		t.Errorf("%d deadlines do not tell their day", n)
	}
}

func TestWhatIsAnsweredIsTheLatestReminderThatWasSent(t *testing.T) {
	w := newWorld(t)
	id := w.somebody(russian, "ru", menus.Russian)
	w.waits(id, reg, "2026-12-01")
	long := w.now.AddDate(0, 0, -30)
	answered := func(since time.Time) string {
		line, ok, err := w.desk.Answered(t.Context(), id, since, w.now, menus.Russian)
		if w.ok(err); !ok {
			return ""
		}
		return line.Rule
	}
	w.now = at("2026-12-23T09:00:00+03:00")
	w.remind()
	if got := answered(long); got != "" {
		t.Errorf("%s is answered before it is sent", got)
	}
	w.become(sms.Sent)
	w.now = at("2026-12-23T10:00:00+03:00")
	if got := answered(long); got != reg {
		t.Errorf("%q is answered", got)
	}
	if got := answered(w.now.Add(-time.Minute)); got != "" {
		t.Errorf("%s is answered though something was opened since", got)
	}
	w.end(id, deadlines.Done)
	if got := answered(long); got != "" {
		t.Errorf("%s is answered twice", got)
	}
}

func TestWhoTurnsOutToBeAnotherBringsTheirDeadlines(t *testing.T) {
	w := newWorld(t)
	from, to := w.somebody("+996700000001", "ru", menus.Kyrgyz), w.somebody(russian, "ru", menus.Kyrgyz)
	w.waits(from, reg, "2026-12-01")
	w.waits(from, "passport-expiry", "2027-09-01")
	w.waits(to, reg, "2026-12-03")
	w.crosses(from, "ru-90-per-year", "2026-12-01", false)
	w.tx(func(ctx context.Context, tx *database.Tx) error { return w.desk.Give(ctx, tx, from, to) })
	lines, err := w.desk.List(t.Context(), w.db, to, menus.English, w.now)
	w.ok(err)
	var got []string
	for _, l := range lines {
		got = append(got, l.Rule+" "+l.Due.Format(time.DateOnly))
	}
	if want := "[ru-registration 2027-01-01 ru-90-per-year 2027-03-31 passport-expiry 2027-09-01]"; fmt.Sprint(got) != want {
		t.Errorf("%v, not %s", got, want)
	}
	w.waits(to, reg, "2026-12-01")
	if n := w.count("SELECT count(*) FROM deadlines WHERE state = 'waiting' AND person_id = $1", to); n != 3 {
		t.Errorf("%d deadlines wait", n)
	}
}

func TestBordersAreCrossedInOrder(t *testing.T) {
	w := newWorld(t)
	id := w.somebody(russian, "ru", menus.Russian)
	cross := func(day string, out bool) error {
		return database.InTx(t.Context(), w.db, func(tx *database.Tx) error {
			return w.desk.Cross(t.Context(), tx, deadlines.Crossing{Person: id, Rule: "ru-90-per-year", Day: day, Out: out, At: w.now})
		})
	}
	if err := cross("2026-12-01", true); !errors.Is(err, deadlines.ErrDate) {
		t.Errorf("who never came leaves: %v", err)
	}
	w.ok(cross("2026-11-01", false))
	if err := cross("2026-11-20", false); !errors.Is(err, deadlines.ErrDate) {
		t.Errorf("who is there comes: %v", err)
	}
	if err := cross("2026-10-20", true); !errors.Is(err, deadlines.ErrDate) {
		t.Errorf("who leaves before they came: %v", err)
	}
	days, err := w.desk.Days(t.Context(), id, "ru-90-per-year", w.now)
	if w.ok(err); days.Used != 31 || days.Left != 59 || days.Limit.Format(time.DateOnly) != "2027-03-31" || days.Since.Format(time.DateOnly) != "2026-11-01" {
		t.Errorf("%+v", days)
	}
	w.ok(cross("2026-11-20", true))
	if days, err = w.desk.Days(t.Context(), id, "ru-90-per-year", w.now); err != nil || days.Used != 20 || days.There || !days.Limit.IsZero() {
		t.Errorf("%+v, %v", days, err)
	}
	if _, err := w.desk.Days(t.Context(), id, "tr-90-180", w.now); !errors.Is(err, deadlines.ErrOff) {
		t.Errorf("a rule that is off: %v", err)
	}
}
