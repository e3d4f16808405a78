package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/people"
	"sapar/sms"
	"sapar/sms/outbox"
	"sapar/sms/testcarrier"
)

// poster is a carrier's file as a test needs it: it posts a form, and asks by our id with GET. Answers are read as a real one's are.
type poster struct {
	url    string
	client *http.Client
}

func (p *poster) Read(*http.Request) (sms.Message, error) {
	return sms.Message{}, errors.ErrUnsupported
}
func (p *poster) Answer(http.ResponseWriter, string) error { return errors.ErrUnsupported }
func (p *poster) Replies() bool                            { return false }
func (p *poster) ReadReport(*http.Request) (sms.Report, error) {
	return sms.Report{}, errors.ErrUnsupported
}

func (p *poster) form(m sms.Outgoing) url.Values {
	return url.Values{"id": {m.ID.String()}, "to": {m.To}, "from": {m.Sender}, "text": {m.Text}, "report": {m.Report}}
}

func (p *poster) Send(ctx context.Context, m sms.Outgoing) sms.Outcome {
	r, err := sms.NewPost(ctx, p.url, "application/x-www-form-urlencoded", p.form(m).Encode())
	if err != nil {
		return sms.Outcome{Result: sms.NotSent}
	}
	answer, err := p.client.Do(r)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, sms.ErrLate) {
		return sms.Outcome{Result: sms.NotSent, Code: "not begun"}
	}
	if err != nil {
		return sms.Outcome{Result: sms.Unknown}
	}
	defer answer.Body.Close()
	return read(answer)
}

func read(answer *http.Response) sms.Outcome {
	code := strconv.Itoa(answer.StatusCode)
	switch {
	case answer.StatusCode == http.StatusTooManyRequests:
		wait, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return sms.Outcome{Result: sms.NotSent, Code: code, RetryAfter: time.Duration(wait) * time.Second}
	case answer.StatusCode >= 500:
		return sms.Outcome{Result: sms.Unknown, Code: code}
	case answer.StatusCode >= 400:
		verdicts := map[string]sms.Verdict{"21610": sms.NumberOptedOut, "21211": sms.NumberBad}
		said := answer.Header.Get("X-Code")
		return sms.Outcome{Result: sms.Refused, Code: said, Verdict: verdicts[said]}
	}
	var body struct{ ID string }
	if json.NewDecoder(answer.Body).Decode(&body) != nil || body.ID == "" {
		return sms.Outcome{Result: sms.Unknown, Code: code}
	}
	return sms.Outcome{Result: sms.Accepted, Ref: body.ID}
}

// asker is a poster that can also be asked.
type asker struct{ poster }

func (a *asker) Ask(ctx context.Context, m sms.Outgoing) sms.Outcome {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+"?id="+m.ID.String(), nil)
	if err != nil {
		return sms.Outcome{Result: sms.Unknown}
	}
	answer, err := a.client.Do(r)
	if err != nil {
		return sms.Outcome{Result: sms.Unknown}
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return sms.Outcome{Result: sms.NotSent}
	}
	return read(answer)
}

// knows answers a question about a message as a carrier does that lists what it was sent.
func knows(c *testcarrier.Carrier) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("id")
		if c.Got(id) == 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, `{"id":"asked-%s"}`, id)
	}
}

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
}

// world is a database, a carrier and an outbox between them.
type world struct {
	t       *testing.T
	db      *database.DB
	keys    *database.Keys
	carrier *testcarrier.Carrier
	options outbox.Options
	people  int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	keys, err := database.LoadKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: database.New(t), keys: keys, carrier: testcarrier.Start(t)}
	w.options = outbox.Options{
		DB: w.db, Keys: keys, Lag: 100 * time.Millisecond, Poll: 10 * time.Millisecond, Post: 2 * time.Second, Lease: 4 * time.Second,
		Channels: []sms.Channel{{Name: "one", Prefixes: []string{"+"}, Senders: map[string]string{"+": "Sapar"}, Public: "http://sapar"}},
	}
	w.setCarrier(&poster{w.carrier.URL, newClient()})
	return w
}

func (w *world) setCarrier(c sms.Carrier) { w.options.Channels[0].Carrier = c }

// askable makes the carrier one that can be asked.
func (w *world) askable() {
	w.carrier.Ask = knows(w.carrier)
	w.setCarrier(&asker{poster{w.carrier.URL, newClient()}})
}

// person makes a person with a number of their own.
func (w *world) person() (people.ID, people.Phone) {
	w.t.Helper()
	w.people++
	phone, _ := people.NewPhone(fmt.Sprintf("+99670%07d", w.people))
	id := uuid.New()
	w.exec("INSERT INTO people (id, phone_hash, phone, created_at) VALUES ($1, $2, $3, now())", id,
		w.keys.Hash("phone", phone.E164()), w.keys.Seal([]byte(phone.E164()), id[:]))
	return id, phone
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Exec(query, args...); err != nil {
		w.t.Fatal(err)
	}
}

// queue queues a message to a new person, and gives its id.
func (w *world) queue(d sms.Draft) (id uuid.UUID, person people.ID) {
	w.t.Helper()
	if d.Person == uuid.Nil {
		d.Person, d.Phone = w.person()
	}
	if d.Key == "" {
		d.Key = uuid.NewString()
	}
	if d.Text == "" {
		d.Text = "Салам"
	}
	err := database.InTx(w.t.Context(), w.db, func(tx *database.Tx) error {
		return sms.Queue(w.t.Context(), tx, w.keys, nil, d)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.db.Get(&id, "SELECT id FROM outbox WHERE key = $1", d.Key); err != nil {
		w.t.Fatal(err)
	}
	return id, d.Person
}

// start runs an outbox until the test ends, or the returned function is called; that waits until it has drained.
func (w *world) start() (stop func()) {
	w.t.Helper()
	o, err := outbox.New(w.t.Context(), w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	ended := false
	stop = func() {
		if cancel(); !ended {
			ended = true
			if err := <-done; err != nil {
				w.t.Error(err)
			}
		}
	}
	w.t.Cleanup(func() {
		stop()
		w.balanced()
	})
	return stop
}

// balanced checks the accounting identity of the outbox.
func (w *world) balanced() {
	w.t.Helper()
	var total, sum, unaccounted int
	err := w.db.QueryRow(`SELECT total, pending + submitting + accepted + sent + delivered + undelivered + failed + unknown + expired + cancelled,
		unaccounted FROM outbox_identity`).Scan(&total, &sum, &unaccounted)
	if err != nil || total != sum || unaccounted != 0 {
		w.t.Errorf("the outbox does not add up: total %d, sum %d, unaccounted %d, %v", total, sum, unaccounted, err)
	}
}

// row is what a test looks at.
type row struct {
	Status   sms.Status `db:"status"`
	Ref      string     `db:"ref"`
	Code     string     `db:"code"`
	Reason   string     `db:"reason"`
	Channel  string     `db:"channel"`
	Attempt  int        `db:"attempt"`
	Repeated bool       `db:"repeated"`
	Parked   bool       `db:"parked"`
}

func (w *world) row(id uuid.UUID) (r row) {
	w.t.Helper()
	err := w.db.Get(&r, "SELECT status, ref, code, reason, channel, attempt, repeated, parked_at IS NOT NULL AS parked FROM outbox WHERE id = $1", id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// until waits for something to become true.
func (w *world) until(what string, true_ func() bool) {
	w.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for !true_() {
		select {
		case <-tick.C:
		case <-late:
			w.t.Fatalf("after 20 s still not: %s", what)
		}
	}
}

func (w *world) untilStatus(id uuid.UUID, status sms.Status) row {
	w.t.Helper()
	w.until("the message is "+string(status), func() bool { return w.row(id).Status == status })
	return w.row(id)
}

func (w *world) report(r sms.Report) {
	w.t.Helper()
	if _, err := sms.Apply(context.Background(), w.db, "one", r); err != nil {
		w.t.Error(err)
	}
}
