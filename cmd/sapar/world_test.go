package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sapar/database"
	"sapar/sms"
	"sapar/ussd"
)

// running is the whole server as it is in service, with what a test looks at besides.
type running struct {
	*server
	t     testing.TB
	url   string
	owner *database.DB // sees every row
}

// startServer runs the server of a config on a loopback port until the test ends. A clock other than time.Now tells its time.
func startServer(t testing.TB, config Config, clock func() time.Time) *running {
	t.Helper()
	if clock == nil {
		clock = time.Now
	}
	config.Listen, config.AdminListen = "127.0.0.1:0", "127.0.0.1:0"
	if config.Data == "" {
		config.Data = t.TempDir()
	}
	if config.DatabaseURL == "" {
		config.DatabaseURL = database.NewURL(t)
	}
	if limits := sms.DefaultLimits(); config.SMSDailySegments == 0 {
		config.SMSDailySegments, config.SMSDailyPerNumber, config.SMSReplyEvery = limits.DailySegments, limits.DailyPerNumber, limits.ReplyEvery
	}
	s := &server{config: config, metrics: newMetrics(), now: clock}
	t.Cleanup(s.close)
	if err := s.readChannels(); err != nil {
		t.Fatal(err)
	}
	r := &running{server: s, t: t}
	r.prepare()
	r.listen()
	return r
}

func (r *running) prepare() {
	r.t.Helper()
	var err error
	if r.keys, err = r.config.keyFiles().Load(); err != nil {
		r.t.Fatal(err)
	}
	if err := prepare(r.t.Context(), r.config.DatabaseURL, r.keys); err != nil {
		r.t.Fatal(err)
	}
	if r.owner, err = database.OpenOwner(r.t.Context(), r.config.DatabaseURL); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = r.owner.Close() })
	r.t.Cleanup(r.checkIdentities)
	if err := r.connect(r.t.Context(), r.config.DatabaseURL); err != nil {
		r.t.Fatal(err)
	}
	if err := r.open(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// listen serves as sapar serve does; the end of the test is its SIGTERM.
func (r *running) listen() {
	r.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- r.server.listen(ctx, func(a net.Addr) { address <- "http://" + a.String() })
	}()
	select {
	case r.url = <-address:
	case err := <-ended:
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
			r.t.Error(err)
		}
	})
}

func (r *running) count(query string, args ...any) int {
	r.t.Helper()
	var n int
	if err := r.owner.GetContext(context.Background(), &n, query, args...); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// rows are how many rows the tables of people hold.
func (r *running) rows() string {
	r.t.Helper()
	var out []string
	for _, table := range []string{"people", "sessions", "turns", "applications", "ticks", "consents"} {
		out = append(out, fmt.Sprintf("%s %d", table, r.count("SELECT count(*) FROM "+table)))
	}
	return strings.Join(out, ", ")
}

// checkChains proves that the turns of every session are 1, 2, 3 … up to the one it is at.
func (r *running) checkChains() {
	r.t.Helper()
	if n := r.count(`
SELECT count(*)
FROM sessions s
LEFT JOIN LATERAL (SELECT count(*) AS n, max(turn) AS high FROM turns WHERE session_id = s.id) t ON true
WHERE t.n <> s.turn OR t.high <> s.turn`); n > 0 {
		r.t.Errorf("%d sessions have a gap in their turns", n)
	}
}

// checkIdentities adds up what is stored.
func (r *running) checkIdentities() {
	r.t.Helper()
	list, err := database.Identities(context.Background(), r.owner)
	if err != nil || len(list) != len(identities) {
		r.t.Errorf("%d identities were counted: %v", len(list), err)
	}
	for _, i := range list {
		if !i.Holds() {
			r.t.Errorf("%s: %d, not %d, %d are broken, the first is %s", i.Name, i.Found, i.Expected, i.Broken, i.First)
		}
	}
}

// metricsPage is what /metrics shows now.
func (r *running) metricsPage() string {
	page := httptest.NewRecorder()
	r.adminServer().Handler.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return page.Body.String()
}

// phone is a handset that dials this server.
func (r *running) phone(channel, number string) *handset {
	return newHandset(r.channels[channel], r.url, number, "*141#")
}

// says dials or, with answers, goes on; the reply to the last one is returned.
func says(t testing.TB, h *handset, answers ...string) ussd.Reply {
	t.Helper()
	var reply ussd.Reply
	var err error
	if h.seq == 0 {
		if reply, err = h.dial(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, typed := range answers {
		if reply, err = h.answer(t.Context(), typed); err != nil {
			t.Fatal(err)
		}
	}
	return reply
}

func shows(t testing.TB, reply ussd.Reply, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(reply.Text, text) {
			t.Errorf("the screen has no %q:\n%s", text, reply.Text)
		}
	}
}

// eventually looks again and again until something is so, at most for a while.
func eventually(t testing.TB, within time.Duration, what string, so func() bool) {
	t.Helper()
	end := time.NewTimer(within)
	defer end.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-end.C:
			t.Fatalf("%s: not within %s", what, within)
		case <-tick.C:
		}
	}
}

// lastNumber is the latest number given to a phone of these tests.
var lastNumber atomic.Int64

// newNumber is a phone number nobody in this process has used.
func newNumber() string { return fmt.Sprintf("+99670%07d", lastNumber.Add(1)) }

// reachable is a new folder that the user who runs Postgres can enter, which t.TempDir is not for root's tests.
func reachable(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sapar-server-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "data")
}

// posted is what a carrier's callback of a form got: status and body.
func posted(t testing.TB, address, contentType, body string) (int, string) {
	t.Helper()
	response, err := http.Post(address, contentType, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

const formType = "application/x-www-form-urlencoded"

// atBody is a callback of Africa's Talking.
func atBody(key, number, text string) string {
	return "sessionId=" + url.QueryEscape(key) + "&phoneNumber=" + url.QueryEscape(number) + "&serviceCode=%2A141%23&networkCode=99999&text=" + text
}

// request are the answers of a guardianship request in English, from the dial to the review: no text and no PIN wanted.
func request(name string) []string {
	return []string{"", "4", "3", "1", "2", "1", "1", "1", name, "1", "2018", name, "1", "0700123456", "1", "1", "2", "1", "1"}
}

// requestCode is the same request dialled at once, in Russian.
func requestCode(name string) string { return "*141*" + strings.Join(request(name)[2:], "*") + "#" }

// send turns the pages of a review and sends it.
func send(review ussd.Reply, press func(typed string) ussd.Reply) ussd.Reply {
	for range 12 {
		keys := review.Text[strings.LastIndexByte(review.Text, '\n')+1:]
		if !strings.Contains(keys, "99 ") {
			break
		}
		review = press("99")
	}
	return press("1")
}
