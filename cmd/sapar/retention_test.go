package main

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sapar/sms"
	"sapar/sms/ledger"
)

func TestChoresTakeAwayWhatWasKeptLongEnoughAndAllAddsUp(t *testing.T) {
	var later atomic.Int64
	r := startSending(t, func() time.Time { return time.Now().Add(time.Duration(later.Load())) })
	r.live(goneNumber)
	eventually(t, 20*time.Second, "what waits is sent", func() bool {
		return r.count("SELECT count(*) FROM outbox WHERE status IN ('pending', 'submitting', 'unknown')") == 0
	})
	kept := map[string]int{}
	for _, table := range []string{"people", "applications", "application_events", "outbox", "inbox"} {
		kept[table] = r.count("SELECT count(*) FROM " + table)
	}
	later.Store(int64(ledger.Kept + sms.Useful + 24*time.Hour))
	if err := r.chores(t.Context(), r.now()); err != nil {
		t.Fatal(err)
	}
	for table, n := range kept {
		if now := r.count("SELECT count(*) FROM " + table); n == 0 || now != n {
			t.Errorf("%d rows in %s, not %d", now, table, n)
		}
	}
	if n := r.count("SELECT count(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM inbox x WHERE x.session_id = s.id)"); n != 0 {
		t.Errorf("%d dialled sessions are left", n)
	}
	for where, plain := range r.opened(r.keys) {
		table, _, _ := strings.Cut(where, ".")
		if len(plain) > 0 && (table == "sessions" || table == "turns" || table == "inbox" || table == "outbox") {
			t.Errorf("%s is kept", where)
		}
	}
	if said, err := r.verifies(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
	shows(t, says(t, r.phone("form", goneNumber)), "Sapar", "1 ")
	x := &texter{t: t, server: r, number: goneNumber}
	if status, reply := x.post("a new one", "START"); status != 200 || reply == "" {
		t.Errorf("%d, %q", status, reply)
	}
}
