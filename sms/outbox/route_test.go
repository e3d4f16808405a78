package outbox_test

import (
	"context"
	"testing"
	"time"

	"sapar/sms"
)

// textAsker is a carrier that is asked by text, and does not know.
type textAsker struct {
	poster
	texts chan string
}

func (a *textAsker) Ask(_ context.Context, m sms.Outgoing) sms.Outcome {
	a.texts <- m.Text
	return sms.Outcome{Result: sms.Unknown}
}

// second adds a channel after the first.
func (w *world) second() {
	second := w.options.Channels[0]
	second.Name, second.Failover = "two", 1
	w.options.Channels = append(w.options.Channels, second)
}

func TestWhatSurelyWasNotSentIsTriedByTheNextChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.second()
	w.setCarrier(&poster{"http://127.0.0.1:1", newClient()})
	id, _ := w.queue(sms.Draft{Priority: sms.Reply, Channel: "one"})
	w.start()
	if r := w.untilStatus(id, sms.Taken); r.Channel != "two" || r.Attempt != 2 {
		t.Errorf("stored %+v", r)
	}
}

// The first channel's breaker opens while messages wait for it.
func TestAMessageBoundToAChannelInTroubleGoesElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.second()
	w.setCarrier(&poster{"http://127.0.0.1:1", newClient()})
	for range 8 { // enough to trip the breaker
		w.queue(sms.Draft{Priority: sms.Case})
	}
	w.exec("UPDATE outbox SET channel = 'one', wanted = 'one'")
	w.start()
	w.until("all have left", func() bool { return len(w.carrier.Times()) == 8 })
}

func TestWhatWaitsForAChannelThatIsGoneLeavesByAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.queue(sms.Draft{Channel: "retired"})
	w.start()
	if r := w.untilStatus(id, sms.Taken); r.Channel != "one" {
		t.Errorf("stored %+v", r)
	}
}

func TestACountryThatIsNotAllowedIsSentNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.Prefixes = []string{"7", "90"}
	id, _ := w.queue(sms.Draft{Priority: sms.Broadcast})
	w.start()
	if r := w.untilStatus(id, sms.Cancelled); r.Reason != sms.ReasonCountry || len(w.carrier.All()) != 0 {
		t.Errorf("stored %+v", r)
	}
}

// What nobody can claim, since its channel is in trouble, expires all the same.
func TestWhatWaitsForAChannelInTroubleExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	past := sms.Draft{SendAfter: time.Now().Add(-2 * time.Hour), SendUntil: time.Now().Add(-time.Hour)}
	free, _ := w.queue(past)
	past.Channel = "one"
	bound, _ := w.queue(past)
	w.exec("INSERT INTO outbox_buckets (channel, tokens, filled_at, held_until) VALUES ('one', 0, now(), now() + interval '1 hour')")
	w.start()
	w.untilStatus(free, sms.Expired)
	w.untilStatus(bound, sms.Expired)
}
