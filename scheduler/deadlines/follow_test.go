package deadlines_test

import (
	"strings"
	"testing"
	"time"

	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/hours"
	"sapar/sms"
)

func TestARussianNumberThatGotNothingGetsItADayLaterAndSoDoesTheOneAtHome(t *testing.T) {
	w := newWorld(t)
	id := w.somebody(russian, "ru", menus.Russian)
	w.further(id, kyrgyz)
	w.waits(id, "ru-contract-extension", "2027-05-31")
	w.now = at("2027-05-24T09:00:00+03:00")
	w.remind()
	w.become(sms.Undelivered)
	w.now = at("2027-05-24T21:30:00+03:00")
	if counts := w.remind(); counts["again"] != 1 || counts["home"] != 1 {
		t.Errorf("%v", counts)
	}
	all := w.outbox()
	if len(all) != 3 {
		t.Fatalf("%d messages", len(all))
	}
	for _, m := range all[1:] {
		e164, err := w.keys.Open(m.Phone, m.Person[:])
		w.ok(err)
		home := strings.HasSuffix(m.Key, "/home")
		if home != (string(e164) == kyrgyz) || !home && m.After.Sub(all[0].After) <= 24*time.Hour {
			t.Errorf("%s from %s", m.Key, m.After)
		}
		if hours.Quiet(m.After, moscow) {
			t.Errorf("%s by night", m.Key)
		}
	}
	if n := w.count("SELECT count(*) FROM outbox WHERE elsewhere AND key LIKE '%/home'"); n != 1 {
		t.Errorf("%d are known to go to another number", n)
	}
	w.now = at("2027-05-25T21:30:00+03:00")
	w.become(sms.Delivered)
	if counts := w.remind(); len(counts) != 0 {
		t.Errorf("what arrived is sent again: %v", counts)
	}
}

// further is a second number that agreed.
func (w *world) further(id people.ID, e164 string) {
	w.Helper()
	hash := w.keys.Hash("phone", e164)
	w.exec("INSERT INTO numbers (phone_hash, phone, person_id, agreed_at, added_at) VALUES ($1, $2, $3, $4, $4)", hash, w.keys.Seal([]byte(e164), hash), id, w.now)
}

func TestWhatIsPrivateNeverGoesHomeAndAnotherNumberGetsNothingTwice(t *testing.T) {
	w := newWorld(t)
	id := w.somebody("+905321112233", "tr", menus.Uzbek)
	w.further(id, kyrgyz)
	w.waits(id, "medicine-refill", "2027-01-30")
	w.now = at("2027-01-16T10:00:00+03:00")
	w.remind()
	w.become(sms.Undelivered)
	w.now = at("2027-01-16T21:30:00+03:00")
	if counts := w.remind(); len(counts) != 0 {
		t.Errorf("%v", counts)
	}
}

func TestAMessageThatNeverLeftIsTriedTheNextDay(t *testing.T) {
	w := newWorld(t)
	id := w.somebody(kyrgyz, "kr", menus.Kyrgyz)
	w.waits(id, "kr-alien-registration", "2026-12-01")
	w.now = at("2027-02-21T09:00:00+09:00")
	w.remind()
	w.exec("UPDATE outbox SET status = 'expired', reason = 'expired'")
	w.now = at("2027-02-21T21:10:00+09:00")
	if counts := w.remind(); counts["again"] != 1 {
		t.Errorf("%v", counts)
	}
	if got := w.calendar(hours.Zone("kr", "")); len(got) != 2 || !strings.HasPrefix(got[1], "2027-02-22 08:00") {
		t.Errorf("%q", got)
	}
}
