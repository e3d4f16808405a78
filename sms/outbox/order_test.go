package outbox_test

import (
	"strings"
	"testing"
	"time"

	"sapar/sms"
	"sapar/sms/testcarrier"
)

func TestMoreUrgentMessagesLeaveFirst(t *testing.T) {
	w := newWorld(t)
	w.options.InFlight = 1
	var want []string
	for _, p := range []sms.Priority{sms.Broadcast, sms.Reminder, sms.Case} {
		id, _ := w.queue(sms.Draft{Priority: p})
		want = append([]string{id.String()}, want...)
	}
	w.start()
	w.until("all have left", func() bool { return len(w.carrier.All()) == 3 })
	for i, got := range w.carrier.All() {
		if got.Form.Get("id") != want[i] {
			t.Errorf("place %d", i)
		}
	}
}

func TestTheRateHoldsForAllReplicasTogether(t *testing.T) {
	w := newWorld(t)
	const rate, messages = 100, 250
	w.options.Channels[0].Rate = rate
	for range messages {
		w.queue(sms.Draft{Priority: sms.Broadcast})
	}
	w.start()
	w.start()
	w.until("all have left", func() bool { return len(w.carrier.All()) == messages })
	all := w.carrier.All()
	took := all[messages-1].At.Sub(all[0].At).Seconds()
	if got := float64(messages-1) / took; got > rate*1.05 || long() && got < rate*0.9 {
		t.Errorf("%.1f segments a second, the limit is %d", got, rate)
	}
	for i := range messages - rate*6/5 {
		if all[i+rate*6/5].At.Sub(all[i].At) < time.Second {
			t.Fatalf("more than %d in the second after message %d", rate*6/5, i)
		}
	}
}

func TestLongMessagesCountBySegments(t *testing.T) {
	w := newWorld(t)
	w.options.Channels[0].Rate = 50
	for range 10 {
		w.queue(sms.Draft{Priority: sms.Broadcast, Text: strings.Repeat("Ы", 67*10)})
	}
	w.start()
	w.until("all have left", func() bool { return len(w.carrier.All()) == 10 })
	all := w.carrier.All()
	if took := all[9].At.Sub(all[0].At); took < 1600*time.Millisecond {
		t.Errorf("100 segments at 50 a second took %v", took)
	}
}

// A reply overtakes a broadcast; on a machine that does nothing else it leaves within a second.
func TestAReplyOvertakesABroadcast(t *testing.T) {
	for name, slow := range map[string]bool{"limited channel": false, "slow carrier": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if slow {
				w.carrier.Answer = func(testcarrier.Received) testcarrier.Answer {
					return testcarrier.Before(func(testcarrier.Received) { <-time.After(300 * time.Millisecond) }, testcarrier.Accepted)
				}
			} else {
				w.options.Channels[0].Rate = 20
			}
			for range 400 {
				w.queue(sms.Draft{Priority: sms.Broadcast})
			}
			w.start()
			w.until("the broadcast is under way", func() bool { return len(w.carrier.All()) > 10 })
			for range 3 {
				queued := time.Now()
				id, _ := w.queue(sms.Draft{Priority: sms.Reply})
				w.until("the reply has left", func() bool { return w.carrier.Got(id.String()) == 1 })
				if took := time.Since(queued); long() && took > time.Second {
					t.Errorf("the reply left after %v", took)
				}
				if left := len(w.carrier.All()); left > 300 {
					t.Errorf("%d of 400 of the broadcast left before the reply", left)
				}
			}
		})
	}
}
