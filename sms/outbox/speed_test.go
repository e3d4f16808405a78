package outbox_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"

	"sapar/database"
	"sapar/sms"
)

// A broadcast queues by one INSERT … SELECT like this one: the text is sealed once, and numbers are copied as they are sealed in people.
const broadcast = `
INSERT INTO outbox (id, key, person_id, phone, text, class, priority, topic, segments, status, send_after, send_until)
SELECT outbox_id(), 'broadcast 1/' || p.id, p.id, p.phone, $1, 'once', 3, 'broadcasts', 1, 'pending', now(), now() + interval '1 day'
FROM people p
ORDER BY p.id`

// The speed of the outbox is measured beside that of a prototype that only claims, posts and stores, in the same run: the ratio counts.
func TestAMillionMessagesAreQueuedAndDrainedFast(t *testing.T) {
	messages, drain, lean := pick(2000, 1_000_000), pick(2000, 200_000), pick(2000, 100_000)
	url := database.NewURL(t)
	owner, err := database.OpenOwner(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	keysFile := filepath.Join(t.TempDir(), "keys.json")
	keys, err := database.LoadKeys(keysFile)
	if err != nil {
		t.Fatal(err)
	}
	var arrived atomic.Int64
	sink := startSink(t, &arrived)
	fillPeople(t, owner, keys, messages)

	start := time.Now()
	if _, err := owner.Exec(broadcast, keys.Seal([]byte("Sapar: 12.12 shailoo"), sms.TextContext([16]byte{}, sms.Broadcast))); err != nil {
		t.Fatal(err)
	}
	queued := time.Since(start)
	if long() && queued > 15*time.Second {
		t.Errorf("queueing %d messages took %v", messages, queued)
	}
	before := prototype(t, owner, sink, lean)
	arrived.Store(0)
	worker := spawn(t, work{Database: url, Keys: keysFile, Carrier: sink, InFlight: 32})
	speed := drained(t, &arrived, int64(drain))
	memory := peak(worker.Process.Pid)
	_ = end(worker, syscall.SIGTERM)
	after := prototype(t, owner, sink, lean)
	var accepted, pending, unaccounted int
	err = owner.QueryRow("SELECT accepted, pending, unaccounted FROM outbox_identity").Scan(&accepted, &pending, &unaccounted)
	if err != nil || accepted < drain || accepted+pending != messages || unaccounted != 0 {
		t.Errorf("%d accepted and %d pending of %d, %d unaccounted, %v", accepted, pending, messages, unaccounted, err)
	}
	ratio := speed / ((before + after) / 2)
	t.Logf("%d messages queued in %.1f s; drained at %.0f/s, prototype %.0f and %.0f/s, ratio %.2f; peak memory of the worker %d MiB", messages,
		queued.Seconds(), speed, before, after, ratio, memory>>20)
	if long() && memory > 64<<20 { // the race detector takes more
		t.Errorf("the worker took %d MiB", memory>>20)
	}
	if long() && ratio < 0.5 {
		t.Errorf("the outbox drains at %.2f of the prototype", ratio)
	}
}

func startSink(t *testing.T, arrived *atomic.Int64) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		n := arrived.Add(1)
		_, _ = io.WriteString(w, `{"id":"ref-`+strconv.FormatInt(n, 10)+`"}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func fillPeople(t *testing.T, owner *database.DB, keys *database.Keys, n int) {
	t.Helper()
	for from := 0; from < n; from += 10000 {
		var ids []string
		var phones, hashes pq.ByteaArray
		for i := from; i < min(from+10000, n); i++ {
			id := [16]byte{1, byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}
			phone := fmt.Sprintf("+9967%08d", i)
			ids, phones, hashes = append(ids, fmt.Sprintf("%x", id)), append(phones, keys.Seal([]byte(phone), id[:])), append(hashes, keys.Hash("phone", phone))
		}
		if _, err := owner.Exec(`INSERT INTO people (id, phone_hash, phone, created_at, agreed_at)
			SELECT *, now(), now() FROM unnest($1::uuid[], $2::bytea[], $3::bytea[])`, pq.StringArray(ids), hashes, phones); err != nil {
			t.Fatal(err)
		}
	}
}

// drained waits until all have arrived, and says how many that were in a second from the first on.
func drained(t *testing.T, arrived *atomic.Int64, n int64) float64 {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	var start time.Time
	late := time.After(5 * time.Minute)
	for {
		got := arrived.Load()
		if got > 0 && start.IsZero() {
			start = time.Now()
		}
		if got >= n {
			return float64(n) / time.Since(start).Seconds()
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d of %d arrived", got, n)
		}
	}
}

// peak is the most memory a process has had, in bytes.
func peak(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kib int
	_, _ = fmt.Sscan(after, &kib)
	return kib << 10
}

// prototype drains a table of its own as fast as this stack can: claims of 500 committed, 32 workers, results stored by 500 or each
// 100 ms. Nothing is sealed, nobody is asked about stops, and nothing has a lease, a class, a priority or a limit.
func prototype(t *testing.T, owner *database.DB, sink string, n int) (perSecond float64) {
	t.Helper()
	for _, statement := range []string{
		`DROP TABLE IF EXISTS lean`,
		`CREATE TABLE lean (id bigint PRIMARY KEY, key text UNIQUE, phone text, text text, status text, attempt int, ref text)`,
		fmt.Sprintf(`INSERT INTO lean SELECT i, 'message ' || i, '+996700000001', 'Sapar: 12.12 shailoo', 'pending', 0, '' FROM generate_series(1, %d) i`, n),
		`CREATE INDEX ON lean (id) WHERE status = 'pending'`, `ANALYZE lean`,
	} {
		if _, err := owner.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	p := lean{t: t, db: owner, client: newClient(), sink: sink, claimed: make(chan leanRow, 500), done: make(chan leanRow, 500)}
	start := time.Now()
	var posting, storing sync.WaitGroup
	go p.claim()
	storing.Go(p.store)
	for range 32 {
		posting.Go(p.post)
	}
	posting.Wait()
	close(p.done)
	storing.Wait()
	return float64(n) / time.Since(start).Seconds()
}

type leanRow struct {
	ID          int64
	Phone, Text string
	ref         string
}

type lean struct {
	t             *testing.T
	db            *database.DB
	client        *http.Client
	sink          string
	claimed, done chan leanRow
}

func (p *lean) claim() {
	defer close(p.claimed)
	for {
		var rows []leanRow
		err := p.db.Select(&rows, `UPDATE lean SET status = 'submitting', attempt = attempt + 1
			WHERE id IN (SELECT id FROM lean WHERE status = 'pending' ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED) RETURNING id, phone, text`)
		if err != nil {
			p.t.Error(err)
		}
		if len(rows) == 0 {
			return
		}
		for _, r := range rows {
			p.claimed <- r
		}
	}
}

func (p *lean) post() {
	for r := range p.claimed {
		form := url.Values{"id": {strconv.FormatInt(r.ID, 10)}, "to": {r.Phone}, "text": {r.Text}}
		request, _ := http.NewRequestWithContext(context.Background(), http.MethodPost, p.sink, strings.NewReader(form.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := p.client.Do(request)
		if err != nil {
			p.t.Error(err)
			return
		}
		r.ref = read(answer).Ref
		answer.Body.Close()
		p.done <- r
	}
}

func (p *lean) store() {
	for first := range p.done {
		ids, refs := pq.Int64Array{first.ID}, pq.StringArray{first.ref}
		timer := time.After(100 * time.Millisecond)
		for full := false; !full && len(ids) < 500; {
			select {
			case r, ok := <-p.done:
				if full = !ok; ok {
					ids, refs = append(ids, r.ID), append(refs, r.ref)
				}
			case <-timer:
				full = true
			}
		}
		if _, err := p.db.Exec(`UPDATE lean l SET status = 'accepted', ref = r.ref FROM unnest($1::bigint[], $2::text[]) AS r (id, ref) WHERE l.id = r.id`, ids, refs); err != nil {
			p.t.Error(err)
		}
	}
}
