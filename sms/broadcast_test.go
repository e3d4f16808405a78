package sms_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/sms"
)

// crowd is a database with people in it.
type crowd struct {
	t    *testing.T
	db   *database.DB
	keys *database.Keys
}

func newCrowd(t *testing.T) *crowd {
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return &crowd{t, database.New(t), keys}
}

// add makes n people who read Kyrgyz.
func (c *crowd) add(n int, agreed bool, state people.NumberState) {
	c.t.Helper()
	c.exec(`INSERT INTO people (id, phone_hash, phone, language, number_state, created_at, agreed_at)
		SELECT id, uuid_send(id), '', 'ky', $2, now(), CASE WHEN $3 THEN now() END
		FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $1)) p`, n, state, agreed)
}

func (c *crowd) exec(query string, args ...any) {
	c.t.Helper()
	if _, err := c.db.Exec(query, args...); err != nil {
		c.t.Fatal(err)
	}
}

func (c *crowd) count(query string) (n int) {
	c.t.Helper()
	if err := c.db.Get(&n, query); err != nil {
		c.t.Fatal(err)
	}
	return n
}

var mailing = sms.Mailing{
	Key: "elections", Topic: people.Elections, Base: menus.Russian,
	Text: menus.Wording{menus.Kyrgyz: "12-декабрда шайлоо", menus.Russian: "12 декабря выборы"},
}

func (c *crowd) queue(guard *sms.Guard) (total sms.Chunk, err error) {
	total.Skipped = map[string]int{}
	err = sms.QueueBroadcast(c.t.Context(), c.db, c.keys, guard, mailing, sms.Span{}, func(_ *database.Tx, chunk sms.Chunk) error {
		total.Targets, total.Queued, total.Segments = total.Targets+chunk.Targets, total.Queued+chunk.Queued, total.Segments+chunk.Segments
		for reason, n := range chunk.Skipped {
			total.Skipped[reason] += n
		}
		return nil
	})
	return total, err
}

func TestABroadcastAccountsForEverybody(t *testing.T) {
	c := newCrowd(t)
	c.add(7, true, people.NumberFine)
	c.add(2, false, people.NumberFine)
	c.add(3, true, people.NumberBad)
	c.add(4, true, people.NumberOptedOut)
	c.exec(`INSERT INTO stops (person_id, topic, stopped_at, channel)
		SELECT id, t, now(), 'test' FROM (SELECT id FROM people WHERE agreed_at IS NOT NULL AND number_state = '' LIMIT 2) p, unnest(ARRAY['', 'elections']) t`)
	got, err := c.queue(nil)
	want := map[string]int{sms.ReasonNeverAgreed: 2, sms.ReasonBadNumber: 3, sms.ReasonStopped: 6}
	if err != nil || got.Targets != 16 || got.Queued != 5 || got.Segments != 5 || fmt.Sprint(got.Skipped) != fmt.Sprint(want) {
		t.Errorf("%+v, %v", got, err)
	}
	if n := c.count("SELECT count(*) FROM outbox WHERE status = 'pending' AND reason = '' AND language = 'ky' AND text IS NULL"); n != 5 {
		t.Errorf("%d are queued", n)
	}
}

func TestABroadcastGoesOnAfterACrashAndQueuesNobodyTwice(t *testing.T) {
	c := newCrowd(t)
	c.add(25_000, true, people.NumberFine)
	crash := errors.New("crash")
	var last people.ID
	err := sms.QueueBroadcast(t.Context(), c.db, c.keys, nil, mailing, sms.Span{}, func(_ *database.Tx, chunk sms.Chunk) error {
		if last != uuid.Nil {
			return crash
		}
		last = chunk.Last
		return nil
	})
	if n := c.count("SELECT count(*) FROM outbox"); !errors.Is(err, crash) || n != 10_000 {
		t.Fatalf("%d after the crash, %v", n, err)
	}
	got, err := c.queue(nil) // from the beginning
	if err != nil || got.Targets != 25_000 || got.Queued != 15_000 || c.count("SELECT count(DISTINCT person_id) FROM outbox") != 25_000 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = c.queue(nil); err != nil || got.Queued != 0 || got.Targets != 25_000 {
		t.Errorf("once more: %+v, %v", got, err)
	}
}

func TestABroadcastQueuedByTwoAtOnceQueuesNobodyTwice(t *testing.T) {
	c := newCrowd(t)
	c.add(15_000, true, people.NumberFine)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := c.queue(nil); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if n := c.count("SELECT count(*) FROM outbox"); n != 15_000 {
		t.Errorf("%d are queued", n)
	}
}

func TestABroadcastStopsWhereTheBudgetEnds(t *testing.T) {
	c := newCrowd(t)
	c.add(15_000, true, people.NumberFine)
	limits := sms.DefaultLimits()
	limits.DailySegments = 12_000
	_, err := c.queue(sms.NewGuard(c.db, c.keys, limits, time.Now))
	if n := c.count("SELECT count(*) FROM outbox"); !errors.Is(err, sms.ErrBudget) || n != 10_000 {
		t.Errorf("%d are queued, %v", n, err)
	}
	if _, err := c.queue(nil); err != nil {
		t.Error(err)
	}
	if n := c.count("SELECT count(*) FROM outbox"); n != 15_000 {
		t.Errorf("%d are queued on the next day", n)
	}
}
