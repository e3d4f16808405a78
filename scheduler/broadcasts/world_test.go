package broadcasts_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/broadcasts"
	"sapar/sms"
	"sapar/sms/outbox"
)

// world is a database with people in it, and a desk.
type world struct {
	t     *testing.T
	url   string
	keys  *database.Keys
	path  string
	db    *database.DB
	owner *database.DB
	now   time.Time
	desk  *broadcasts.Desk
}

// morning is a working day's in Moscow and Bishkek; messages leave by the database's clock, so it is today's.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, url: database.NewURL(t), path: filepath.Join(t.TempDir(), "keys.json"), now: time.Now()}
	var err error
	if w.keys, err = database.LoadKeys(w.path); err != nil {
		t.Fatal(err)
	}
	if w.db, err = database.Open(t.Context(), w.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.db.Close() })
	if w.owner, err = database.OpenOwner(t.Context(), w.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.owner.Close() })
	w.desk = &broadcasts.Desk{DB: w.db, Keys: w.keys, Now: func() time.Time { return w.now }, Approval: 2_000_000, Lease: time.Second}
	return w
}

// people makes people whose numbers can be opened, somewhere. All of them share a few sealed numbers' worth of work.
func (w *world) people(n int, country, zone string, language menus.Language) {
	w.t.Helper()
	const step = 20_000
	for from := 0; from < n; from += step {
		var ids []string
		var hashes, phones pq.ByteaArray
		for i := from; i < min(n, from+step); i++ {
			id, err := uuid.NewV7() // as those of people are drawn: neighbours came to us at about one time
			w.must(err)
			phone, _ := people.NewPhone(fmt.Sprintf("+99670%07d", i))
			ids, hashes, phones = append(ids, id.String()), append(hashes, id[:]), append(phones, w.keys.Seal([]byte(phone.E164()), id[:]))
		}
		w.exec(`INSERT INTO people (id, phone_hash, phone, language, country, zone, created_at, agreed_at)
			SELECT *, $4, $5, $6, now(), now() FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) p`, pq.StringArray(ids), hashes, phones, language, country, zone)
	}
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.owner.Exec(query, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	if err := w.owner.Get(&n, query, args...); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) until(what string, so func() bool) {
	w.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(pick(20*time.Second, 5*time.Minute))
	for !so() {
		select {
		case <-tick.C:
		case <-late:
			w.t.Fatalf("still not: %s", what)
		}
	}
}

var text = menus.Wording{menus.Kyrgyz: "Жума күнү консул келет", menus.Russian: "В пятницу приедет консул", menus.English: "The consul comes on Friday"}

func plan() broadcasts.Plan {
	return broadcasts.Plan{Name: "visit", Topic: people.Broadcasts, Text: text, By: "aida", Urgent: true}
}

func (w *world) create(p broadcasts.Plan) int {
	w.t.Helper()
	number, _, err := w.desk.Create(w.t.Context(), p)
	if err != nil {
		w.t.Fatal(err)
	}
	return number
}

func (w *world) start(p broadcasts.Plan) int {
	w.t.Helper()
	number := w.create(p)
	w.must(w.desk.Start(w.t.Context(), number, true))
	return number
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// adds checks that what was looked at is queued or skipped, that the outbox says the same, and that nobody has two.
func (w *world) adds(number, targets int) {
	w.t.Helper()
	p, err := w.desk.Progress(w.t.Context(), number)
	if err != nil || p.Targets != targets || p.Queued+p.Skipped != targets {
		w.t.Errorf("%+v, want %d targets, %v", p, targets, err)
	}
	rows := w.count("SELECT count(*) FROM outbox WHERE batch = $1", number)
	doubled := w.count("SELECT count(*) FROM (SELECT person_id FROM outbox WHERE batch = $1 GROUP BY 1 HAVING count(*) > 1) d", number)
	if unsent := w.count("SELECT count(*) FROM outbox WHERE batch = $1 AND reason <> '' AND attempt = 0 AND status = 'cancelled' AND reason <> $2", number, sms.ReasonCancelled); rows != targets || doubled != 0 || unsent != p.Skipped {
		w.t.Errorf("%d rows for %d targets, %d doubled, %d skipped and %d counted", rows, targets, doubled, unsent, p.Skipped)
	}
}

// sink is a carrier that counts what it is sent.
type sink struct {
	mu   sync.Mutex
	wait time.Duration
	got  map[uuid.UUID]int
	to   map[string]string
	all  int
}

func newSink() *sink { return &sink{got: map[uuid.UUID]int{}, to: map[string]string{}} }

func (s *sink) Read(*http.Request) (sms.Message, error) {
	return sms.Message{}, errors.ErrUnsupported
}
func (s *sink) Answer(http.ResponseWriter, string) error { return errors.ErrUnsupported }
func (s *sink) Replies() bool                            { return false }
func (s *sink) ReadReport(*http.Request) (sms.Report, error) {
	return sms.Report{}, errors.ErrUnsupported
}

func (s *sink) Send(_ context.Context, m sms.Outgoing) sms.Outcome {
	if s.wait > 0 {
		<-time.After(s.wait)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got[m.ID]++
	s.to[m.To] = m.Text
	s.all++
	return sms.Outcome{Result: sms.Accepted, Ref: m.ID.String()}
}

func (s *sink) sent() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

func (s *sink) doubled() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all - len(s.got)
}

// send runs an outbox until the test ends.
func (w *world) send(s *sink) {
	w.t.Helper()
	o, err := outbox.New(w.t.Context(), outbox.Options{
		DB: w.db, Keys: w.keys, Poll: 10 * time.Millisecond,
		Channels: []sms.Channel{{Name: "sink", Prefixes: []string{"+"}, Senders: map[string]string{"+": "Sapar"}, Carrier: s}},
	})
	w.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
		if n := w.count("SELECT unaccounted FROM outbox_identity"); n != 0 {
			w.t.Errorf("%d rows of the outbox contradict themselves", n)
		}
	})
}
