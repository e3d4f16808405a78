package outbox_test

import (
	"testing"

	"sapar/menus"
	"sapar/people"
	"sapar/sms"
)

// How fast a million are queued and leave, and in how much memory, is measured by sapar bench sms.
func TestABroadcastReachesEverybodyOnce(t *testing.T) {
	const everybody = 2000
	w := newWorld(t)
	for range everybody {
		w.person()
	}
	w.exec("UPDATE people SET agreed_at = now()")
	mailing := sms.Mailing{Key: "broadcast 1", Text: menus.Wording{menus.Russian: "Sapar: 12.12 shailoo"}, Topic: people.Broadcasts}
	for range 2 { // again after a crash, say
		if err := sms.QueueBroadcast(t.Context(), w.db, w.keys, nil, mailing, sms.Span{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	w.until("everybody's message is accepted", func() bool {
		var accepted int
		if err := w.db.Get(&accepted, "SELECT accepted FROM outbox_identity"); err != nil {
			t.Fatal(err)
		}
		return accepted == everybody
	})
	times := w.carrier.Times()
	for id, n := range times {
		if n != 1 {
			t.Errorf("message %s came %d times", id, n)
		}
	}
	if len(times) != everybody {
		t.Errorf("%d messages came, not %d", len(times), everybody)
	}
}
