package deadlines_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/deadlines"
	"sapar/scheduler/hours"
	"sapar/sms"
)

type world struct {
	*testing.T
	url  string // of the database
	path string // of the keys
	db   *database.DB
	keys *database.Keys
	desk *deadlines.Desk
	now  time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, url: database.NewURL(t), path: filepath.Join(t.TempDir(), "keys"), now: at("2026-12-01T12:00:00+03:00")}
	keys, err := database.LoadKeys(w.path)
	w.ok(err)
	w.db, err = database.Open(t.Context(), w.url)
	w.ok(err)
	t.Cleanup(func() { w.db.Close() })
	w.keys = keys
	limits := sms.DefaultLimits()
	limits.DailySegments = 1_000_000
	guard := sms.NewGuard(w.db, keys, limits, func() time.Time { return w.now })
	w.desk, err = deadlines.New(w.db, keys, guard)
	w.ok(err)
	return w
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) exec(query string, args ...any) {
	w.Helper()
	_, err := w.db.Exec(query, args...)
	w.ok(err)
}

func (w *world) count(query string, args ...any) (n int) {
	w.Helper()
	w.ok(w.db.Get(&n, query, args...))
	return n
}

func (w *world) tx(do func(ctx context.Context, tx *database.Tx) error) {
	w.Helper()
	w.ok(database.InTx(w.Context(), w.db, func(tx *database.Tx) error { return do(w.Context(), tx) }))
}

// somebody is a person with a phone in a country.
func (w *world) somebody(e164, country string, lang menus.Language) people.ID {
	w.Helper()
	id := uuid.New()
	w.exec("INSERT INTO people (id, phone_hash, phone, language, country, zone, created_at, agreed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
		id, w.keys.Hash("phone", e164), w.keys.Seal([]byte(e164), id[:]), lang, country, hours.Zone(country, "").String(), w.now)
	return id
}

func (w *world) waits(person people.ID, rule, event string) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *database.Tx) error {
		return w.desk.Wait(ctx, tx, deadlines.Wish{Person: person, Rule: rule, Event: event, At: w.now})
	})
}

func (w *world) crosses(person people.ID, rule, day string, out bool) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *database.Tx) error {
		return w.desk.Cross(ctx, tx, deadlines.Crossing{Person: person, Rule: rule, Day: day, Out: out, At: w.now})
	})
}

func (w *world) remind() deadlines.Counts {
	w.Helper()
	counts, err := w.desk.Remind(w.Context(), w.now)
	w.ok(err)
	return counts
}

// become is what becomes of the messages that could leave by now.
func (w *world) become(status sms.Status) {
	w.Helper()
	w.exec(`UPDATE outbox SET status = $1, attempt = 1, tried_at = send_after, sent_at = send_after, reason = CASE WHEN $1 IN ('failed', 'expired') THEN 'refused' ELSE '' END
		WHERE status = 'pending' AND send_after <= $2`, status, w.now)
}

// sent is a message as it stands in the outbox.
type sent struct {
	Key    string    `db:"key"`
	Person people.ID `db:"person_id"`
	Phone  []byte    `db:"phone"`
	Sealed []byte    `db:"text"`
	Status string    `db:"status"`
	Reason string    `db:"reason"`
	After  time.Time `db:"send_after"`
	Until  time.Time `db:"send_until"`
	text   string
}

func (w *world) outbox() (all []sent) {
	w.Helper()
	w.ok(w.db.Select(&all, "SELECT key, person_id, phone, text, status, reason, send_after, send_until FROM outbox ORDER BY send_after, id"))
	for i := range all {
		text, err := w.keys.Open(all[i].Sealed, sms.TextContext(all[i].Person, sms.Reminder))
		w.ok(err)
		all[i].text = string(text)
	}
	return all
}

// calendar lists the messages that were not taken back, with their hours where somebody is.
func (w *world) calendar(zone *time.Location) (out []string) {
	w.Helper()
	for _, m := range w.outbox() {
		if m.Status != "cancelled" {
			out = append(out, fmt.Sprintf("%s  %s", m.After.In(zone).Format("2006-01-02 15:04"), m.text))
		}
	}
	return out
}
