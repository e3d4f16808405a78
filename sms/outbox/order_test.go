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

// The bound is kept from before the first message to the last one's arrival, so a machine that is slow makes no false alarm; the long
// proof looks at each second too.
func TestTheRateHoldsForAllReplicasTogether(t *testing.T) {
	w := newWorld(t)
	const rate, messages = 100, 250
	w.options.Channels[0].Rate = rate
	for range messages {
		w.queue(sms.Draft{Priority: sms.Broadcast})
	}
	start := time.Now()
	w.start()
	w.start()
	w.until("all have left", func() bool { return len(w.carrier.All()) == messages })
	all := w.carrier.All()
	took := all[messages-1].At.Sub(start).Seconds()
	if most := rate*took + rate/10 + 1; messages > most {
		t.Errorf("%d segments in %.1f s, at most %.0f may leave", messages, took, most)
	}
	if got := float64(messages-1) / all[messages-1].At.Sub(all[0].At).Seconds(); long() && got < rate*0.9 {
		t.Errorf("%.1f segments a second, the limit is %d", got, rate)
	}
	for i := range messages - rate*6/5 {
		if long() && all[i+rate*6/5].At.Sub(all[i].At) < time.Second {
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
	start := time.Now()
	w.start()
	w.until("all have left", func() bool { return len(w.carrier.All()) == 10 })
	if took := w.carrier.All()[9].At.Sub(start); took < 1600*time.Millisecond {
		t.Errorf("100 segments at 50 a second took %v", took)
	}
}

// A carrier that answers nothing of a broadcast holds up no reply.
func TestAReplyOvertakesAStuckBroadcast(t *testing.T) {
	w := newWorld(t)
	over := make(chan bool)
	w.carrier.Answer = func(r testcarrier.Received) testcarrier.Answer {
		if r.Form.Get("text") == "reply" {
			return testcarrier.Accepted
		}
		return testcarrier.Before(func(testcarrier.Received) { <-over }, testcarrier.Accepted)
	}
	w.options.Post, w.options.Lease = time.Minute, 2*time.Minute
	for range 100 {
		w.queue(sms.Draft{Priority: sms.Broadcast})
	}
	w.start()
	t.Cleanup(func() { close(over) })
	w.until("the broadcast is under way", func() bool { return len(w.carrier.All()) > 10 })
	for range 3 {
		overtakes(t, w)
	}
}

// Where a channel is so slow that a broadcast takes minutes, a reply borrows from the bucket.
func TestAReplyOvertakesASlowBroadcast(t *testing.T) {
	w := newWorld(t)
	w.options.Channels[0].Rate = 4
	for range 400 {
		w.queue(sms.Draft{Priority: sms.Broadcast})
	}
	w.start()
	w.until("the broadcast is under way", func() bool { return len(w.carrier.All()) > 2 })
	for range 3 {
		overtakes(t, w)
	}
	if left := len(w.carrier.All()); left > 300 {
		t.Errorf("%d of 400 of the broadcast left before the replies", left)
	}
}

// overtakes queues a reply and waits until it has left; on a machine that does nothing else that takes less than a second.
func overtakes(t *testing.T, w *world) {
	t.Helper()
	queued := time.Now()
	id, _ := w.queue(sms.Draft{Priority: sms.Reply, Text: "reply"})
	w.until("the reply has left", func() bool { return w.carrier.Got(id.String()) == 1 })
	if took := time.Since(queued); long() && took > time.Second {
		t.Errorf("the reply left after %v", took)
	}
}
