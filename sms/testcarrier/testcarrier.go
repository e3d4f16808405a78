// Package testcarrier is a carrier for tests: an HTTP server that records what it is sent and does what it is told, the worst included.
package testcarrier

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Received is one request as it came. It is recorded before anything is answered, so what was answered with a reset is there too.
type Received struct {
	N      int // the first is 1
	Method string
	URL    *url.URL
	Header http.Header
	Body   []byte
	Form   url.Values // of the query and of a form body
	At     time.Time
	Cut    bool // the sender went away in the middle of it
}

// Carrier is the server. Its fields are set before the first request.
type Carrier struct {
	URL    string                                       // where it listens, without a slash at the end
	Answer func(r Received) Answer                      // what to do with a request; nil accepts everything
	Accept func(w http.ResponseWriter, r Received)      // how this kind of carrier says yes; nil is 200 and {"id":"ref-<n>"}
	Ask    func(w http.ResponseWriter, r *http.Request) // answers GET; nil records it like everything else
	Key    func(r Received) string                      // what Times counts by; nil is the form's field id
	closed chan struct{}
	mu     sync.Mutex
	all    []Received
	times  map[string]int
}

// Answer is what the carrier does with one request.
type Answer func(c *Carrier, w http.ResponseWriter, r Received)

// Start starts a carrier that ends with the test. Fields that matter to requests of other processes are set by the functions, before it listens.
func Start(t testing.TB, set ...func(*Carrier)) *Carrier {
	t.Helper()
	c := &Carrier{closed: make(chan struct{}), times: map[string]int{}}
	for _, f := range set {
		f(c)
	}
	server := httptest.NewServer(http.HandlerFunc(c.serve))
	c.URL = server.URL
	t.Cleanup(func() {
		close(c.closed)
		server.CloseClientConnections()
		server.Close()
	})
	return c
}

func (c *Carrier) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && c.Ask != nil {
		c.Ask(w, r)
		return
	}
	received := c.record(r)
	if c.Answer == nil {
		Accepted(c, w, received)
		return
	}
	c.Answer(received)(c, w, received)
}

func (c *Carrier) record(r *http.Request) Received {
	body, err := io.ReadAll(r.Body) // what is cut off is recorded as far as it came, and is no message
	r.Body = io.NopCloser(bytes.NewReader(body))
	_ = r.ParseForm()
	got := Received{Method: r.Method, URL: r.URL, Header: r.Header, Body: body, Form: r.Form, At: time.Now(), Cut: err != nil}
	key := got.Form.Get("id")
	if c.Key != nil {
		key = c.Key(got)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	got.N = len(c.all) + 1
	c.all = append(c.all, got)
	if !got.Cut {
		c.times[key]++
	}
	return got
}

// All are the requests so far.
func (c *Carrier) All() []Received {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Received(nil), c.all...)
}

// Times says how often each key was received.
func (c *Carrier) Times() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	times := make(map[string]int, len(c.times))
	for key, n := range c.times {
		times[key] = n
	}
	return times
}

// Got says how often one key was received.
func (c *Carrier) Got(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.times[key]
}

// Report posts a delivery report to an address of ours and returns the status it was answered with, 0 when there was no answer.
func Report(address string, form url.Values) int {
	answer, err := http.PostForm(address, form)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// Accepted says yes.
func Accepted(c *Carrier, w http.ResponseWriter, r Received) {
	if c.Accept != nil {
		c.Accept(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"id":"ref-`+strconv.Itoa(r.N)+`"}`)
}

// Says answers with a status, a content type and a body: 4xx, 5xx, HTML, a success without an id, JSON that is cut off.
func Says(status int, contentType, body string) Answer {
	return func(_ *Carrier, w http.ResponseWriter, _ Received) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// TooMany answers 429, with Retry-After when that is not 0.
func TooMany(wait time.Duration) Answer {
	return func(_ *Carrier, w http.ResponseWriter, _ Received) {
		if wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		}
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

// Hangs reads the request and never answers.
func Hangs(c *Carrier, _ http.ResponseWriter, _ Received) { <-c.closed }

// Resets reads the request and cuts the connection without an answer.
func Resets(_ *Carrier, w http.ResponseWriter, _ Received) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // the other side sees a reset, not an end
	}
	_ = conn.Close()
}

// Drips says yes one byte at a time, a pause after each, and never comes to the end.
func Drips(pause time.Duration) Answer {
	return func(c *Carrier, w http.ResponseWriter, _ Received) {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for {
			if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			select {
			case <-tick.C:
			case <-c.closed:
				return
			}
		}
	}
}

// Before does something, such as reporting a delivery, between the request and its answer.
func Before(do func(r Received), then Answer) Answer {
	return func(c *Carrier, w http.ResponseWriter, r Received) {
		do(r)
		then(c, w, r)
	}
}
