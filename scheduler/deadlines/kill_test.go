package deadlines_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/deadlines"
	"sapar/scheduler/hours"
	"sapar/sms"
)

// pick chooses the size of an experiment.
func pick[T any](short, full T) T {
	if os.Getenv("SAPAR_LONG") != "" {
		return full
	}
	return short
}

// Three replicas run the job over one database; each is killed or frozen in turn, the clock jumps by a day forth and back and by 25 hours, and some
// people say stop in the midst: each reminder is thought of once, leaves by day, and not after a stop.
func TestKilledAndFrozenReplicasRemindOfEverythingOnce(t *testing.T) {
	begun := time.Now()
	n, spread, harms := pick(154, 3850), pick(4, 170), pick(4, 45)
	r := newReplicas(t, pick(1200*time.Millisecond, 20*time.Second))
	start := at("2026-12-01T10:00:00+03:00")
	_, err := r.owner.Exec("UPDATE test_clock SET speed = $1", pick(1500, 300)) // a slot that comes in vain is a short wait
	r.ok(err)
	r.now = start
	place := r.fill(n, spread, start)
	ids := slices.Collect(maps.Keys(place))
	r.start()
	step := pick(12*time.Hour, 6*time.Hour) + 7*time.Minute // never the same slot again
	jumps := []time.Duration{0, 0, 24 * time.Hour, 0, -24 * time.Hour, 0, 25 * time.Hour, 0}
	steps := int(time.Duration(70+spread) * 24 * time.Hour / step)
	jumped, reminders := 0, n*13
	for i := range steps {
		base := start.Add(time.Duration(i) * step)
		now := base.Add(jumps[i%len(jumps)])
		if jumps[i%len(jumps)] != 0 {
			jumped++
		}
		_, err = r.owner.Exec(setClock, now)
		r.ok(err)
		if busy := r.due(now) > 0; busy && r.frozen == nil && (r.kills+r.froze)*reminders < harms*r.count("SELECT count(*) FROM deadline_reminders") {
			<-time.After(time.Duration(rand.IntN(80)) * time.Millisecond)
			r.harm()
		}
		if len(r.stops) < n*i/steps/20 {
			r.stop(ids[len(r.stops)], base)
		}
		r.done(now)
		r.leave(base)
	}
	r.end()
	r.whole(place, reminders, jumped, begun)
}

// fill makes people who wait for four rules each.
func (w *world) fill(n, spread int, start time.Time) map[people.ID]string {
	w.Helper()
	countries := []string{"ru", "kg", "kr", "us"}
	place := map[people.ID]string{}
	for i := range n {
		country := countries[i%len(countries)]
		id := w.somebody(fmt.Sprintf("+99670%07d", i), country, menus.Kyrgyz)
		place[id] = country
		w.tx(func(ctx context.Context, tx *database.Tx) error {
			for _, r := range rulesOf {
				event := start.AddDate(0, 0, i%spread+r.days).Format(time.DateOnly)
				if err := w.desk.Wait(ctx, tx, deadlines.Wish{Person: id, Rule: r.rule, Event: event, At: w.now}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return place
}

// whole counts what is doubled, missing, at night, or after a stop.
func (r *replicas) whole(place map[people.ID]string, reminders, jumped int, begun time.Time) {
	r.Helper()
	doubled, night, after, seen := 0, 0, 0, map[string]bool{}
	for _, m := range r.outbox() {
		zone := hours.Zone(place[m.Person], "")
		said := fmt.Sprint(m.Person, m.text, m.After.In(zone).Format(time.DateOnly))
		if seen[said] || !strings.HasSuffix(m.Key, "/1") {
			doubled++
		}
		seen[said] = true
		if hours.Quiet(m.After, zone) || hours.Quiet(m.Until.Add(-time.Second), zone) || m.Until.Sub(m.After) > 13*time.Hour {
			night++
		}
		if stopped, ok := r.stops[m.Person]; ok && m.Status != "cancelled" && m.After.After(stopped) {
			after++
		}
	}
	for id, at := range r.stoppedReally { // what is queued after a stop is refused at once
		after += r.count("SELECT count(*) FROM outbox WHERE person_id = $1 AND created_at > $2 AND (status <> 'cancelled' OR reason <> $3)", id, at, sms.ReasonStopped)
	}
	thought := r.count("SELECT count(*) FROM deadline_reminders")
	left := r.count("SELECT count(*) FROM outbox WHERE status = 'delivered'")
	skipped := r.count("SELECT count(*) FROM outbox WHERE status = 'cancelled' AND reason IN ('stopped', 'muted')")
	missing := reminders - left - skipped
	r.Logf("three processes, %d kills, %d freezes of %s, %d jumps of the clock\n"+
		"| reminders | due dates | sent | not sent because of a stop | doubled | missing | in quiet hours | after STOP | time |\n"+
		"| %d | %d | %d | %d | %d | %d | %d | %d | %.0f s |", r.kills, r.froze, r.freeze, jumped,
		thought, r.count("SELECT count(DISTINCT due) FROM deadlines"), left, skipped, doubled, missing, night, after, time.Since(begun).Seconds())
	if thought != reminders || doubled+night+after != 0 || missing != 0 || r.count("SELECT count(*) FROM deadlines WHERE state <> 'past'") != 0 || len(r.stops) == 0 {
		r.Errorf("%d thought of, %d wanted; by what became of them: %q", thought, reminders, r.became())
	}
}

// became counts the reminders by why they were skipped and how their message stands.
func (r *replicas) became() (out []string) {
	r.Helper()
	r.ok(r.db.Select(&out, `SELECT concat_ws(' ', count(*), r.skipped, o.status, o.reason) FROM deadline_reminders r
		LEFT JOIN outbox o ON o.person_id = r.holder AND o.key = 'remind/' || r.id || '/' || r.tries GROUP BY r.skipped, o.status, o.reason`))
	return out
}
