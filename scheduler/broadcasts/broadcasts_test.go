package broadcasts_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/broadcasts"
	"sapar/scheduler/hours"
	"sapar/sms"
)

func long() bool { return os.Getenv("SAPAR_LONG") != "" }

// pick chooses the size of an experiment.
func pick[T any](short, full T) T {
	if long() {
		return full
	}
	return short
}

func TestBeforeSendingPeopleSegmentsAndReasonsAreCounted(t *testing.T) {
	w := newWorld(t)
	w.people(30, "RU", "Europe/Moscow", menus.Russian)
	w.people(20, "RU", "Europe/Moscow", menus.Kyrgyz)
	w.people(10, "KZ", "", menus.Uzbek)
	w.exec("UPDATE people SET agreed_at = NULL WHERE id IN (SELECT id FROM people WHERE country = 'RU' LIMIT 5)")
	w.exec("UPDATE people SET number_state = 'bad' WHERE id IN (SELECT id FROM people WHERE agreed_at IS NOT NULL AND country = 'RU' LIMIT 3)")
	p := plan()
	p.Segment.Country = "RU"
	p.Text = maps.Clone(text)
	p.Text[menus.Russian] = strings.Repeat("Длинно. ", 10) // 80 characters: two segments
	c, err := w.desk.Preview(t.Context(), p)
	if err != nil || c.People != 50 || c.Reached != 42 || c.Skipped[sms.ReasonNeverAgreed] != 5 || c.Skipped[sms.ReasonBadNumber] != 3 {
		t.Fatalf("%+v, %v", c, err)
	}
	total := 0
	for _, g := range c.Groups {
		if want := map[menus.Language]int{menus.Russian: 2, menus.Kyrgyz: 1}[g.Reader]; g.Segments != want || g.Language != g.Reader {
			t.Errorf("%+v", g)
		}
		total += g.People * g.Segments
	}
	if total != c.Segments || w.count("SELECT count(*) FROM broadcasts") != 0 {
		t.Errorf("%d segments, %d told; or the preview was kept", total, c.Segments)
	}
	number := w.start(p)
	w.must(w.desk.Queue(t.Context(), number))
	w.adds(number, 50)
	if got, err := w.desk.Progress(t.Context(), number); err != nil || got.Segments != c.Segments || fmt.Sprint(got.Reasons) != fmt.Sprint(c.Skipped) {
		t.Errorf("counted %+v, queued %+v, %v", c, got, err)
	}
}

func TestManyPeopleNeedASecondPerson(t *testing.T) {
	w := newWorld(t)
	w.people(30, "RU", "", menus.Russian)
	w.desk.Approval = 20
	number := w.create(plan())
	if err := w.desk.Start(t.Context(), number, false); !errors.Is(err, broadcasts.ErrApproval) {
		t.Errorf("without: %v", err)
	}
	if err := w.desk.Approve(t.Context(), number, "aida"); !errors.Is(err, broadcasts.ErrSelf) {
		t.Errorf("by herself: %v", err)
	}
	w.must(w.desk.Approve(t.Context(), number, "bakyt"))
	w.people(10, "RU", "", menus.Kyrgyz)
	if err := w.desk.Start(t.Context(), number, false); !errors.Is(err, broadcasts.ErrApproval) {
		t.Errorf("to a third more than approved: %v", err)
	}
	w.exec("DELETE FROM people WHERE language = 'ky'")
	w.must(w.desk.Start(t.Context(), number, false))
	if err := w.desk.Approve(t.Context(), number, "bakyt"); !errors.Is(err, broadcasts.ErrState) {
		t.Errorf("after the start: %v", err)
	}
}

func TestTheSameTextWithinADayIsAskedAbout(t *testing.T) {
	w := newWorld(t)
	w.people(3, "RU", "", menus.Russian)
	first, second := w.create(plan()), w.create(plan())
	w.must(w.desk.Start(t.Context(), first, false))
	var same broadcasts.ErrSame
	if err := w.desk.Start(t.Context(), second, false); !errors.As(err, &same) || same.Number != first {
		t.Errorf("%v", err)
	}
	if c, err := w.desk.Preview(t.Context(), plan()); err != nil || c.Same != first {
		t.Errorf("the preview says %d, %v", c.Same, err)
	}
	w.must(w.desk.Start(t.Context(), second, true))
	w.now = w.now.Add(25 * time.Hour)
	w.must(w.desk.Start(t.Context(), w.create(plan()), false))
}

func TestEachIsSentToAtTheirDecentHourOrSkippedWithAReason(t *testing.T) {
	w := newWorld(t)
	w.people(4, "KR", "", menus.Russian)                  // 01:00 of the next day
	w.people(3, "RU", "Europe/Moscow", menus.Kyrgyz)      // 19:00
	w.people(2, "US", "America/New_York", menus.Uzbek)    // 11:00
	w.people(5, "RU", "Asia/Kamchatka", menus.English)    // 04:00
	w.now = time.Date(2026, 12, 2, 16, 0, 0, 0, time.UTC) // a Wednesday
	p := plan()
	p.Urgent, p.Ends = false, w.now.Add(6*time.Hour)
	number := w.start(p)
	w.must(w.desk.Queue(t.Context(), number))
	w.adds(number, 14)
	if n := w.count("SELECT count(*) FROM outbox WHERE status = 'cancelled' AND reason = $1", sms.ReasonNoHour); n != 4 { // Seoul wakes at 23:00, an hour late
		t.Errorf("%d have no decent hour", n)
	}
	var rows []struct {
		Zone  string
		After time.Time
		Night int
	}
	w.must(w.owner.Select(&rows, "SELECT p.zone, o.send_after AS after, o.night FROM outbox o JOIN people p ON p.id = o.person_id WHERE o.status = 'pending'"))
	for _, r := range rows {
		zone := hours.Of(r.Zone, "", "")
		if hours.Quiet(r.After, zone) || r.After.Before(w.now) || r.After.After(p.Ends) {
			t.Errorf("%s: %v", r.Zone, r.After.In(zone))
		}
		if local := r.After.UTC().Truncate(24 * time.Hour).Add(time.Duration(r.Night) * time.Minute).In(zone); local.Hour() != hours.Night {
			t.Errorf("%s: night begins at %v", r.Zone, local)
		}
	}
	if len(rows) != 10 {
		t.Errorf("%d wait", len(rows))
	}
}

func TestOnEachOnesOwnClock(t *testing.T) {
	w := newWorld(t)
	w.people(2, "RU", "Europe/Moscow", menus.Russian)
	w.people(2, "RU", "Asia/Vladivostok", menus.Kyrgyz)
	w.now = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	p := plan()
	p.Urgent, p.Local = false, time.Date(2026, 12, 3, 10, 0, 0, 0, time.UTC)
	number := w.start(p)
	w.must(w.desk.Queue(t.Context(), number))
	n := w.count("SELECT count(*) FROM outbox o JOIN people p ON p.id = o.person_id WHERE to_char(o.send_after AT TIME ZONE p.zone, 'YYYY-MM-DD HH24:MI') = '2026-12-03 10:00'")
	if n != 4 {
		t.Errorf("%d at ten", n)
	}
}

func TestAtNightABroadcastWaitsInTheOutbox(t *testing.T) {
	w := newWorld(t)
	w.people(20, "RU", "", menus.Russian)
	number := w.start(plan())
	w.must(w.desk.Queue(t.Context(), number))
	utc := time.Now().UTC()
	night := (utc.Hour()*60 + utc.Minute() - 60 + 1440) % 1440 // began an hour ago
	w.exec("UPDATE outbox SET night = $1 WHERE id IN (SELECT id FROM outbox LIMIT 15)", night)
	w.exec("UPDATE outbox SET night = $1 WHERE night IS NULL AND id IN (SELECT id FROM outbox WHERE night IS NULL LIMIT 2)", (night+120)%1440)
	s := newSink()
	w.send(s)
	w.until("the others are sent", func() bool { return s.sent() == 5 })
	w.until("those asleep wait until morning", func() bool {
		return w.count("SELECT count(*) FROM outbox WHERE status = 'pending' AND send_after > now() + interval '9 hours 58 minutes' AND send_after < now() + interval '10 hours 1 minute'") == 15
	})
}

func TestPauseResumeAndCancelHoldAtOnce(t *testing.T) {
	w := newWorld(t)
	people := pick(2_000, 1_000_000)
	w.people(people, "RU", "", menus.Russian)
	w.exec("VACUUM ANALYZE people")
	number := w.start(plan())
	w.must(w.desk.Queue(t.Context(), number))
	s := newSink()
	s.wait = 5 * time.Millisecond
	w.send(s)
	w.until("some are sent", func() bool { return s.sent() > pick(200, 10_000) })
	paused := time.Now()
	w.must(errors.Join(w.desk.Pause(t.Context(), number), w.desk.Pause(t.Context(), number))) // a second click
	w.until("nothing is under way", func() bool { return w.count("SELECT count(*) FROM outbox WHERE status = 'submitting'") == 0 })
	w.within(2*time.Second, "a pause while it is sent", paused)
	still := s.sent()
	<-time.After(300 * time.Millisecond)
	if s.sent() != still || still == people {
		t.Errorf("%d sent, and %d during the pause", still, s.sent()-still)
	}
	_, err := w.desk.Tend(t.Context())
	w.must(err)
	w.must(w.desk.Resume(t.Context(), number))
	w.until("more are sent", func() bool { return s.sent() > pick(600, 20_000) })
	cancelled := time.Now()
	w.must(w.desk.Cancel(t.Context(), number))
	w.within(time.Second, "to cancel", cancelled)
	w.until("nothing is under way", func() bool { return w.count("SELECT count(*) FROM outbox WHERE status = 'submitting'") == 0 })
	still = s.sent()
	sweeping := 0
	w.until("what waits is marked", func() bool { // the job is run again each minute, also after a disk that was too slow
		counts, err := w.desk.Tend(t.Context())
		sweeping += counts["cancelled"]
		return err == nil && sweeping > 0
	})
	w.until("what was bound or claimed in that moment is cancelled too", func() bool {
		return w.count("SELECT count(*) FROM outbox WHERE status IN ('pending', 'submitting')") == 0
	})
	if w.count("SELECT count(*) FROM outbox WHERE status = 'cancelled' AND reason = $1", sms.ReasonCancelled) != people-still || s.sent() != still || s.doubled() != 0 {
		out, err := w.desk.Outcome(t.Context(), number)
		t.Errorf("%d sent of %d, %d when cancelled, %d doubled: %v, %v", s.sent(), people, still, s.doubled(), out, err)
	}
	w.adds(number, people)
	if err := w.desk.Resume(t.Context(), number); !errors.Is(err, broadcasts.ErrState) {
		t.Errorf("after the end: %v", err)
	}
}

func TestABroadcastEndsWhenAllOfItIsSent(t *testing.T) {
	w := newWorld(t)
	w.people(300, "RU", "", menus.Russian)
	number := w.start(plan())
	s := newSink()
	w.send(s)
	w.until("it is done", func() bool {
		_, err := w.desk.Tend(t.Context())
		w.must(err)
		b, err := w.desk.Read(t.Context(), number)
		w.must(err)
		return b.State == broadcasts.Done
	})
	if s.sent() != 300 || s.doubled() != 0 {
		t.Errorf("%d sent, %d doubled", s.sent(), s.doubled())
	}
	w.adds(number, 300)
}

func TestABroadcastLongerThanTheBudgetGoesOnTheNextDay(t *testing.T) {
	w := newWorld(t)
	w.people(3_000, "RU", "", menus.Russian)
	limits := sms.DefaultLimits()
	limits.DailySegments = 2_000
	w.desk.Guard = sms.NewGuard(w.db, w.keys, limits, w.desk.Now)
	p := plan()
	p.Ends = w.now.Add(96 * time.Hour)
	number := w.start(p)
	for day := 0; ; day++ {
		w.must(w.desk.Queue(t.Context(), number))
		got, err := w.desk.Progress(t.Context(), number)
		w.must(err)
		if got.AllQueued {
			break
		}
		b, err := w.desk.Read(t.Context(), number)
		if err != nil || b.Note != broadcasts.NoteBudget || got.Segments > (day+1)*2_000 || got.Segments < (day+1)*1_500 || day > 3 {
			t.Fatalf("day %d: %+v, note %q, %v", day, got, b.Note, err)
		}
		w.now = w.now.Add(24 * time.Hour)
	}
	w.adds(number, 3_000)
}

func TestATestGoesToThreeNumbersAtMost(t *testing.T) {
	w := newWorld(t)
	w.people(1, "RU", "", menus.English)
	phone, _ := people.NewPhone("+996700000000")
	w.exec("UPDATE people SET phone_hash = $1", w.keys.Hash("phone", phone.E164()))
	w.desk.Guard = sms.NewGuard(w.db, w.keys, sms.DefaultLimits(), w.desk.Now)
	number := w.create(plan())
	stranger, _ := people.NewPhone("+996700000009")
	got, err := w.desk.Test(t.Context(), number, []people.Phone{phone, stranger})
	if err != nil || len(got) != 2 || got[0].Reason != "" || got[0].Language != menus.English || got[1].Reason != sms.ReasonNeverAgreed {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := w.desk.Test(t.Context(), number, []people.Phone{phone, phone, phone, phone}); err == nil {
		t.Error("four numbers")
	}
	s := newSink()
	w.send(s)
	w.until("it arrives", func() bool { return s.sent() == 1 })
	if s.to[phone.E164()] != text[menus.English] {
		t.Errorf("%q", s.to)
	}
}
