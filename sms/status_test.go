package sms_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"sapar/database"
	"sapar/people"
	"sapar/sms"
)

var statuses = []sms.Status{
	sms.Pending, sms.Submitting, sms.InDoubt, sms.Taken, sms.Sent, sms.Delivered, sms.Undelivered, sms.Failed, sms.Expired, sms.Cancelled,
}

func TestTheTableKnowsTheSameOrder(t *testing.T) {
	db := database.New(t)
	for _, s := range statuses {
		var rank int
		if err := db.Get(&rank, "SELECT outbox_rank($1)", s); err != nil || rank != s.Rank() {
			t.Errorf("%s has rank %d in the table, %d here, %v", s, rank, s.Rank(), err)
		}
	}
}

// Whatever carriers report, in whatever order and however often, a message only moves forward, and where it ends does not depend on the order
// of two reports: the furthest counts.
func TestReportsMoveAMessageOnlyForward(t *testing.T) {
	db := database.New(t)
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	rapid.Check(t, func(t *rapid.T) {
		key := uuid.NewString()
		phone, _ := people.NewPhone("+996700000001")
		must(t, database.InTx(ctx, db, func(tx *database.Tx) error {
			return sms.Queue(ctx, tx, keys, nil, sms.Draft{Key: key, Person: uuid.New(), Phone: phone, Text: "Салам"})
		}))
		begin := rapid.SampledFrom(statuses).Draw(t, "begin")
		ref := uuid.NewString()
		_, err := db.Exec(`UPDATE outbox SET status = $2, attempt = 1, channel = 'one', ref = $3, lease_until = now(), ask_after = now(), reason = 'test'
			WHERE key = $1`, key, begin, ref)
		must(t, err)
		last := begin
		for i, s := range rapid.SliceOfN(rapid.SampledFrom(statuses), 1, 12).Draw(t, "reports") {
			moved, err := sms.Apply(ctx, db, "one", sms.Report{Ref: ref, Status: s})
			must(t, err)
			var now sms.Status
			must(t, db.Get(&now, "SELECT status FROM outbox WHERE key = $1", key))
			want := last
			if s.Reportable() && s.Rank() > last.Rank() {
				want = s
			}
			if now != want || moved != (want != last) {
				t.Fatalf("report %d, %s after %s: the message is %s, moved %v", i, s, last, now, moved)
			}
			last = now
		}
	})
}

// What a late word of a worker may do to a message whose attempt it still is: forward, or back to pending from under way and in doubt only.
func TestResultsNeverUndoAnEnd(t *testing.T) {
	db := database.New(t)
	for _, old := range statuses {
		for _, next := range statuses {
			for _, park := range []bool{false, true} {
				var moves bool
				if err := db.Get(&moves, "SELECT outbox_moves($1, $2, $3)", old, next, park); err != nil {
					t.Fatal(err)
				}
				back := next.Rank() <= old.Rank() && next != old
				allowed := next == sms.Pending && (old == sms.Submitting || old == sms.InDoubt)
				if moves && back && !allowed || moves && old.Final() && next.Rank() <= old.Rank() {
					t.Error(fmt.Sprint(old, " → ", next))
				}
			}
		}
	}
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
