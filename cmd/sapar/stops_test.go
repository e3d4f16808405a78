package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/sms"
	"sapar/sms/testcarrier"
)

// sendingChannel takes texts as the built-in form does, and sends to a carrier of the test.
const sendingChannel = `sms:
  - name: form
    kind: form
    settings:
      inbound: {method: POST, encoding: form, fields: {id: id, from: from, to: to, text: text}, answer: {replies: true}}
      send: {url: "%s/send", method: POST, encoding: form, fields: {to: to, text: text, id: id}, id: id}
`

// broadcaster is a server that sends to a carrier of the test.
func broadcaster(t *testing.T) (*running, *testcarrier.Carrier) {
	carrier := testcarrier.Start(t, func(c *testcarrier.Carrier) { c.Key = func(r testcarrier.Received) string { return r.Form.Get("to") } })
	channels := filepath.Join(t.TempDir(), "channels.yaml")
	if err := os.WriteFile(channels, fmt.Appendf(nil, sendingChannel, carrier.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	return startServer(t, Config{Channels: channels}, time.Now), carrier
}

// stopSpellings are all that words.yaml knows.
func stopSpellings(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "sms", "words.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var words struct{ Stop []string }
	if err := yaml.Unmarshal(text, &words); err != nil || len(words.Stop) < 40 {
		t.Fatalf("%d spellings, %v", len(words.Stop), err)
	}
	return words.Stop
}

// textAll has a phone of its own say each text, and returns their numbers.
func (r *running) textAll(texts []string) (numbers []string) {
	for _, text := range texts {
		x := &texter{t: r.t, server: r, number: newNumber()}
		numbers = append(numbers, x.number)
		if status, reply := x.post("first-"+x.number, text); status != 200 {
			r.t.Fatalf("%q: %d %s", text, status, reply)
		}
	}
	return numbers
}

// broadcast queues one text to everybody, and returns what became of them.
func (r *running) broadcast(key string, after time.Time) (total sms.Chunk) {
	r.t.Helper()
	mailing := sms.Mailing{Key: key, Text: menus.Wording{menus.Russian: "Выборы 12.12"}, Topic: people.Broadcasts, SendAfter: after}
	err := sms.QueueBroadcast(r.t.Context(), r.db, r.keys, r.guard, mailing, sms.Span{}, func(_ *database.Tx, c sms.Chunk) error {
		total = c
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return total
}

func (r *running) settled(key string) {
	r.t.Helper()
	eventually(r.t, time.Minute, "nothing waits any more", func() bool {
		return r.count("SELECT count(*) FROM outbox WHERE key = $1 AND status IN ('pending', 'submitting')", key) == 0
	})
}

func TestWhoeverStoppedInAnySpellingGetsNoBroadcast(t *testing.T) {
	t.Parallel()
	r, carrier := broadcaster(t)
	stopped := r.textAll(stopSpellings(t))
	r.textAll([]string{"салам"})
	if c := r.broadcast("before", time.Time{}); c.Targets != len(stopped)+1 || c.Queued != 1 || c.Skipped[sms.ReasonStopped] != len(stopped) {
		t.Errorf("%+v", c)
	}
	r.settled("before")
	r.reachedNone(carrier, stopped)
}

func TestAStopInAnySpellingReachesTheBroadcastThatWaits(t *testing.T) {
	t.Parallel()
	r, carrier := broadcaster(t)
	spellings := stopSpellings(t)
	numbers := r.textAll(append(make([]string, len(spellings)), "салам"))
	if c := r.broadcast("after", time.Now().Add(time.Hour)); c.Queued != len(numbers) {
		t.Errorf("%+v", c)
	}
	for i, spelling := range spellings {
		x := &texter{t: t, server: r, number: numbers[i]}
		if status, reply := x.post("second-"+x.number, spelling); status != 200 {
			t.Fatalf("%q: %d %s", spelling, status, reply)
		}
	}
	if _, err := r.owner.Exec("UPDATE outbox SET send_after = now()"); err != nil {
		t.Fatal(err)
	}
	r.settled("after")
	r.reachedNone(carrier, numbers[:len(spellings)])
	if n := r.count("SELECT count(*) FROM outbox WHERE status = 'cancelled' AND reason = $1", sms.ReasonStopped); n != len(spellings) {
		t.Errorf("%d of %d are cancelled", n, len(spellings))
	}
}

// reachedNone checks that the carrier got exactly one message, and none for these numbers.
func (r *running) reachedNone(carrier *testcarrier.Carrier, numbers []string) {
	r.t.Helper()
	for _, number := range numbers {
		if n := carrier.Got(number); n != 0 {
			r.t.Errorf("%d messages to a phone that stopped", n)
		}
	}
	if n := len(carrier.All()); n != 1 {
		r.t.Errorf("the carrier got %d messages", n)
	}
}
