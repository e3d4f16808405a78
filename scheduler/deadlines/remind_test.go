package deadlines_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/hours"
	"sapar/sms"
)

func TestTheCalendarOfOneMigrant(t *testing.T) {
	w := newWorld(t)
	w.now = at("2026-12-01T12:00:00+03:00")
	id := w.somebody(russian, "ru", menus.Russian)
	for rule, event := range map[string]string{
		reg: "2026-12-01", "ru-fingerprint-medical": "2026-12-01", "consular-registration": "2026-12-01",
		"ru-contract-extension": "2027-05-31", "passport-expiry": "2027-09-01",
	} {
		w.waits(id, rule, event)
	}
	w.crosses(id, "ru-90-per-year", "2026-12-01", false)
	for day := at("2026-12-02T09:00:00+03:00"); day.Before(at("2027-09-02T12:00:00+03:00")); day = day.Add(12 * time.Hour) {
		w.now = day
		switch day.Format("2006-01-02 15") {
		case "2027-02-10 09":
			w.crosses(id, "ru-90-per-year", "2027-02-10", true)
		case "2027-02-24 09":
			w.crosses(id, "ru-90-per-year", "2027-02-24", false)
			w.waits(id, reg, "2027-02-24")
		}
		w.remind()
		w.become(sms.Delivered)
	}
	got := w.calendar(moscow)
	t.Log("\n" + strings.Join(got, "\n"))
	var days []string
	for _, line := range got {
		day, rest, _ := strings.Cut(line, "  Sapar: ")
		days = append(days, day[:10]+" "+strings.Fields(rest)[0])
	}
	want := []string{
		"2026-12-08 встаньте", "2026-12-12 встаньте", "2026-12-14 встаньте", // consular
		"2026-12-23 встаньте", "2026-12-23 медосмотр", "2026-12-27 встаньте", "2026-12-27 медосмотр", "2026-12-29 встаньте", "2026-12-29 медосмотр",
		"2027-03-05 паспорт",
		"2027-03-18 встаньте", "2027-03-22 встаньте", "2027-03-24 встаньте", // registration after the trip
		"2027-04-06 90-й", "2027-04-10 90-й", "2027-04-12 90-й",
		"2027-05-02 новый", "2027-05-24 новый", "2027-05-28 новый", "2027-05-30 новый", // 1 May is a holiday
		"2027-06-03 паспорт", "2027-08-02 паспорт",
	}
	slices.Sort(want)
	slices.Sort(days)
	if !slices.Equal(days, want) {
		t.Errorf("reminded on\n%s\nnot on\n%s", strings.Join(days, "\n"), strings.Join(want, "\n"))
	}
}

// rulesOf are rules that hundreds wait for, with the days from the entry to their dates.
var rulesOf = []struct {
	rule string
	days int
}{{reg, 0}, {"ru-contract-extension", 60}, {"consular-registration", 0}, {"medicine-refill", 50}}

func TestThreeRunnersAndAJumpingClockRemindOfEverythingOnce(t *testing.T) {
	w := newWorld(t)
	start := at("2026-12-01T10:00:00+03:00")
	w.now = start
	n, spread := 24, 5 // people, and days on which they came
	if os.Getenv("SAPAR_LONG") != "" {
		n, spread = 4000, 50
	}
	countries := []string{"ru", "kg", "kr", "us"}
	place := map[people.ID]string{}
	var stopped people.ID
	for i := range n {
		country := countries[i%len(countries)]
		id := w.somebody(fmt.Sprintf("+99670%07d", i), country, menus.Kyrgyz)
		place[id] = country
		for _, r := range rulesOf {
			w.waits(id, r.rule, start.AddDate(0, 0, i%spread+r.days).Format(time.DateOnly))
		}
		stopped = id
	}
	jumps := []time.Duration{0, 0, 24 * time.Hour, 0, -24 * time.Hour, 0, 25 * time.Hour, 0}
	var stoppedAt time.Time
	for step := range (65 + spread) * 4 {
		w.now = start.Add(time.Duration(step)*6*time.Hour + jumps[step%len(jumps)])
		if step == 70 {
			stoppedAt = w.now
			_, err := people.Stop(t.Context(), w.db, stopped, people.Wish{Channel: "test", At: w.now})
			w.ok(err)
		}
		var wait sync.WaitGroup
		for runner := range 3 {
			wait.Go(func() {
				ctx, die := context.WithCancel(t.Context())
				defer die()
				if runner == 0 { // dies in the middle, wherever that is
					time.AfterFunc(time.Duration(rand.IntN(20))*time.Millisecond, die)
				}
				if _, err := w.desk.Remind(ctx, w.now); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		w.remind() // the next minute's: what the dead one held is free again
		w.now = start.Add(time.Duration(step) * 6 * time.Hour)
		w.become(sms.Delivered)
	}
	// Registration and consular registration have three reminders each, the contract four, the refill three: none of them before it was asked for.
	if got, want := w.count("SELECT count(*) FROM deadline_reminders"), n*(3+3+4+3); got != want {
		t.Errorf("%d reminders were thought of, not %d", got, want)
	}
	t.Logf("%d reminders over %d due dates", w.count("SELECT count(*) FROM outbox"), w.count("SELECT count(DISTINCT due) FROM deadlines"))
	if n := w.count("SELECT count(*) FROM deadlines WHERE state <> 'past'"); n > 0 {
		t.Errorf("%d deadlines are not past", n)
	}
	skipped := w.count("SELECT count(*) FROM deadline_reminders WHERE skipped <> ''")
	mine := w.count("SELECT count(*) FROM deadline_reminders WHERE skipped = 'stopped' AND holder = $1", stopped)
	if mine == 0 || skipped != mine {
		t.Errorf("%d are skipped, %d because of the stop", skipped, mine)
	}
	w.decent(place, stopped, stoppedAt)
}

// decent checks that every message left by day, once, and none after a stop.
func (w *world) decent(place map[people.ID]string, stopped people.ID, stoppedAt time.Time) {
	w.Helper()
	seen := map[string]bool{}
	for _, m := range w.outbox() {
		if m.Person == stopped && m.After.After(stoppedAt) && m.Status != "cancelled" {
			w.Errorf("%s leaves after a stop", m.Key)
		}
		zone := hours.Zone(place[m.Person], "")
		if hours.Quiet(m.After, zone) || hours.Quiet(m.Until.Add(-time.Second), zone) || m.Until.Sub(m.After) > 13*time.Hour {
			w.Errorf("%s leaves from %s until %s", m.Key, m.After.In(zone), m.Until.In(zone))
		}
		said := fmt.Sprint(m.Person, m.text, m.After.In(zone).Format(time.DateOnly))
		if seen[said] || !strings.HasSuffix(m.Key, "/1") {
			w.Errorf("%s says the same on one day twice", m.Key)
		}
		seen[said] = true
	}
}
