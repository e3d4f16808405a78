package outbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/sms"
	"sapar/sms/testcarrier"
)

func TestAMessageIsSentOnceAndDelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.queue(sms.Draft{Text: "Салам"})
	w.start()
	r := w.untilStatus(id, sms.Taken)
	if r.Ref != "ref-1" || r.Attempt != 1 || r.Channel != "one" {
		t.Errorf("stored %+v", r)
	}
	got := w.carrier.All()
	if len(got) != 1 || got[0].Form.Get("text") != "Салам" || got[0].Form.Get("from") != "Sapar" ||
		got[0].Form.Get("report") != "http://sapar/sms/one/status/"+id.String() {
		t.Errorf("the carrier got %+v", got)
	}
	w.report(sms.Report{Ref: "ref-1", Status: sms.Delivered})
	w.untilStatus(id, sms.Delivered)
}

func TestTheSameKeyIsSentOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	person, phone := w.person()
	for range 3 {
		w.queue(sms.Draft{Key: "case 12 received", Person: person, Phone: phone})
	}
	id, _ := w.queue(sms.Draft{})
	w.start()
	w.untilStatus(id, sms.Taken)
	w.until("both are sent", func() bool { return len(w.carrier.All()) >= 2 })
	if n := len(w.carrier.All()); n != 2 {
		t.Errorf("%d messages left", n)
	}
}

func TestOutcomesOfTheCarrier(t *testing.T) {
	t.Parallel()
	refusal := func(code string) testcarrier.Answer {
		return func(_ *testcarrier.Carrier, w http.ResponseWriter, _ testcarrier.Received) {
			w.Header().Set("X-Code", code)
			w.WriteHeader(http.StatusBadRequest)
		}
	}
	for _, c := range []struct {
		name   string
		answer testcarrier.Answer
		status sms.Status
		number string
		times  int // it reaches the carrier, at least; 0 is exactly once
	}{
		{"refused", refusal("30007"), sms.Failed, "", 0},
		{"the number opted out", refusal("21610"), sms.Failed, "opted out", 0},
		{"a bad number", refusal("21211"), sms.Failed, "bad", 0},
		{"429 is tried again", testcarrier.TooMany(0), sms.Pending, "", 2},
		{"an error of the carrier", testcarrier.Says(502, "text/plain", "bad gateway"), sms.InDoubt, "", 0},
		{"a reset after the bytes", testcarrier.Resets, sms.InDoubt, "", 0},
		{"no answer", testcarrier.Hangs, sms.InDoubt, "", 0},
		{"a slow drip", testcarrier.Drips(20 * time.Millisecond), sms.InDoubt, "", 0},
		{"200 and HTML", testcarrier.Says(200, "text/html", "<p>login</p>"), sms.InDoubt, "", 0},
		{"200 without an id", testcarrier.Says(200, "application/json", "{}"), sms.InDoubt, "", 0},
		{"JSON that is cut off", testcarrier.Says(200, "application/json", `{"id":"re`), sms.InDoubt, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.options.Post, w.options.Lease = 300*time.Millisecond, 5*time.Second
			w.carrier.Answer = func(testcarrier.Received) testcarrier.Answer { return c.answer }
			id, person := w.queue(sms.Draft{})
			stop := w.start()
			if c.times > 0 {
				w.until("it is tried again", func() bool { return len(w.carrier.All()) >= c.times })
				stop()
			}
			r := w.untilStatus(id, c.status)
			if c.status == sms.InDoubt {
				w.until("it is parked", func() bool { r = w.row(id); return r.Parked })
			}
			if n := len(w.carrier.All()); c.times == 0 && n != 1 {
				t.Errorf("it reached the carrier %d times", n)
			}
			var number string
			if err := w.db.Get(&number, "SELECT number_state FROM people WHERE id = $1", person); err != nil || number != c.number {
				t.Errorf("the number is %q, %v; want %q", number, err, c.number)
			}
		})
	}
}

func TestARefusedConnectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.queue(sms.Draft{})
	w.setCarrier(&poster{"http://127.0.0.1:1", newClient()})
	stop := w.start()
	w.until("an attempt failed", func() bool { r := w.row(id); return r.Status == sms.Pending && r.Attempt > 0 })
	stop()
	w.setCarrier(&poster{w.carrier.URL, newClient()})
	w.start()
	w.untilStatus(id, sms.Taken)
}

func TestADoubtIsResolvedByAsking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.askable()
	w.carrier.Answer = func(testcarrier.Received) testcarrier.Answer { return testcarrier.Resets }
	id, _ := w.queue(sms.Draft{})
	w.start()
	if r := w.untilStatus(id, sms.Taken); r.Ref != "asked-"+id.String() || r.Attempt != 1 {
		t.Errorf("stored %+v", r)
	}
}

func TestADoubtThatNeverReachedTheCarrierIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.askable()
	id, _ := w.queue(sms.Draft{})
	w.exec(`UPDATE outbox SET status = 'submitting', attempt = 1, channel = 'one', lease_until = now() - interval '1 s', tried_at = now()`)
	w.start()
	if r := w.untilStatus(id, sms.Taken); r.Attempt != 2 || w.carrier.Got(id.String()) != 1 {
		t.Errorf("stored %+v, the carrier got it %d times", r, w.carrier.Got(id.String()))
	}
}

func TestWhatNobodyKnowsIsParkedOrSentOnceMoreByItsClass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.carrier.Answer = func(testcarrier.Received) testcarrier.Answer { return testcarrier.Says(500, "", "") }
	once, _ := w.queue(sms.Draft{})
	repeatable, _ := w.queue(sms.Draft{Class: sms.Repeatable})
	w.start()
	w.until("both are parked", func() bool { return w.row(once).Parked && w.row(repeatable).Parked })
	if n := w.carrier.Got(once.String()); n != 1 {
		t.Errorf("the message of class once reached the carrier %d times", n)
	}
	if n := w.carrier.Got(repeatable.String()); n != 2 || !w.row(repeatable).Repeated {
		t.Errorf("the repeatable message reached the carrier %d times: %+v", n, w.row(repeatable))
	}
	w.report(sms.Report{ID: once, Status: sms.Delivered})
	if r := w.row(once); r.Status != sms.Delivered || r.Parked {
		t.Errorf("a report later: %+v", r)
	}
}

func TestWhatIsTooLateExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.queue(sms.Draft{SendAfter: time.Now().Add(-2 * time.Hour), SendUntil: time.Now().Add(-time.Hour)})
	w.start()
	w.untilStatus(id, sms.Expired)
	if n := len(w.carrier.All()); n != 0 {
		t.Errorf("%d left", n)
	}
}

func TestANumberNoChannelServesFailsVisibly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.Channels[0].Prefixes = []string{"+7"}
	id, _ := w.queue(sms.Draft{})
	w.start()
	if r := w.untilStatus(id, sms.Failed); r.Reason != sms.ReasonNoRoute {
		t.Errorf("stored %+v", r)
	}
}

func TestAnotherChannelTakesOverWhileTheFirstIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.options.Channels[0]
	second.Name, second.Failover = "two", 1
	w.options.Channels = append(w.options.Channels, second)
	w.setCarrier(&poster{"http://127.0.0.1:1", newClient()})
	var last uuid.UUID
	for range 40 {
		last, _ = w.queue(sms.Draft{})
	}
	w.start()
	if r := w.untilStatus(last, sms.Taken); r.Channel != "two" {
		t.Errorf("stored %+v", r)
	}
	w.until("all have left", func() bool { return len(w.carrier.Times()) == 40 })
}

func TestAStopBetweenClaimAndPostSendsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.InFlight = 1
	var second, reply uuid.UUID
	person, phone := w.person()
	w.carrier.Answer = func(r testcarrier.Received) testcarrier.Answer {
		if r.N > 1 {
			return testcarrier.Accepted
		}
		return testcarrier.Before(func(testcarrier.Received) { // the second is claimed by now, and waits for the first
			w.until("the second is claimed", func() bool { return w.row(second).Status == sms.Submitting })
			w.exec("INSERT INTO stops (person_id, topic, stopped_at, channel) VALUES ($1, 'elections', now(), 'test')", person)
		}, testcarrier.Accepted)
	}
	first, _ := w.queue(sms.Draft{Priority: sms.Case})
	second, _ = w.queue(sms.Draft{Person: person, Phone: phone, Priority: sms.Broadcast, Topic: "elections"})
	about, _ := w.queue(sms.Draft{Person: person, Phone: phone, Priority: sms.Broadcast, Topic: ""})
	w.start()
	w.untilStatus(first, sms.Taken)
	w.untilStatus(second, sms.Cancelled)
	w.untilStatus(about, sms.Taken)
	w.exec("INSERT INTO stops (person_id, topic, stopped_at, channel) VALUES ($1, '', now(), 'test')", person)
	muted, _ := w.queue(sms.Draft{Person: person, Phone: phone, Priority: sms.Case})
	reply, _ = w.queue(sms.Draft{Person: person, Phone: phone, Priority: sms.Reply})
	w.untilStatus(muted, sms.Cancelled)
	w.untilStatus(reply, sms.Taken)
	if w.carrier.Got(second.String())+w.carrier.Got(muted.String()) != 0 {
		t.Error("a stopped message left")
	}
}

func TestDrainFinishesWhatIsUnderWayAndGivesTheRestBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.InFlight = 4
	w.carrier.Answer = func(testcarrier.Received) testcarrier.Answer {
		return testcarrier.Before(func(testcarrier.Received) { <-time.After(200 * time.Millisecond) }, testcarrier.Accepted)
	}
	for range 100 {
		w.queue(sms.Draft{Priority: sms.Broadcast})
	}
	stop := w.start()
	w.until("some have left", func() bool { return len(w.carrier.All()) >= 4 })
	start := time.Now()
	stop()
	if took := time.Since(start); long() && took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	var submitting, unknown, accepted int
	if err := w.db.QueryRow("SELECT submitting, unknown, accepted FROM outbox_identity").Scan(&submitting, &unknown, &accepted); err != nil {
		t.Fatal(err)
	}
	if submitting != 0 || unknown != 0 || accepted != len(w.carrier.All()) {
		t.Errorf("%d submitting, %d unknown, %d accepted; the carrier got %d", submitting, unknown, accepted, len(w.carrier.All()))
	}
}
