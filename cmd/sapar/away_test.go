package main

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sapar/ussd"
)

func TestPhonesAreAnsweredWhilePostgresIsAway(t *testing.T) {
	p := startPostgres(t)
	line, address := newSlowLine(t, p.cluster.URL())
	r := startServer(t, Config{DatabaseURL: address}, time.Now)
	for name, o := range p.outages(line) {
		t.Run(name, func(t *testing.T) {
			r := &running{server: r.server, t: t, url: r.url, owner: r.owner}
			base := goroutines()
			outlive(t, r, o)
			eventually(t, 10*time.Second, "goroutines end", func() bool { return goroutines() <= base+poolOfLines })
		})
	}
	r.checkChains()
}

// poolOfLines are the goroutines of the slow line when all 16 connections of the pool are open, two each, and a few that are just ending.
const poolOfLines = 2*16 + 8

// goroutines counts them without those of idle connections.
func goroutines() int {
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return runtime.NumGoroutine()
}

// outlive plays calls through an outage: those that were open before it, and those that begin in it.
func outlive(t *testing.T, r *running, o outage) {
	var watch stopwatch
	at, form := r.phone("africastalking", newNumber()), r.phone("form", newNumber())
	filing := r.phone("form", newNumber())
	for _, h := range []*handset{at, form} {
		shows(t, says(t, h, "4", "5"), "Deadlines")
	}
	shows(t, says(t, filing, "4", "3", "1", "2", "1", "1", "1"), "Name of the village")

	o.away()
	var wg sync.WaitGroup
	for i := range 32 { // all at once, before anybody knows
		wg.Go(func() {
			reads(t, &watch, r.phone([]string{"africastalking", "form"}[i%2], newNumber()), "")
		})
	}
	wg.Wait()
	for _, h := range []*handset{at, form} {
		shows(t, reads(t, &watch, h, "1"), "Russia")
		shows(t, reads(t, &watch, h, "0"), "Deadlines")
		shows(t, reads(t, &watch, h, "00"), "Sapar")
		shows(t, reads(t, &watch, h, "2"), "Consulate")
	}
	refused := reads(t, &watch, filing, "Village")
	shows(t, refused, "cannot be saved now", "+996")
	newcomers(t, r, &watch)
	before := time.Now()
	o.back()
	r.storedAgain(before)
	for _, h := range []*handset{at, form} {
		shows(t, says(t, h, "1"), "1 ")
		shows(t, says(t, h, "0"), "Consulate")
		shows(t, says(t, h, "00"), "Sapar")
		if n := r.turnsOf(h); n < 4 {
			t.Errorf("%s: only %d turns of the open call are stored", h.channel.Name, n)
		}
	}
	shows(t, says(t, filing, "Village"), "How many children")
	watch.check(t)
}

// newcomers dial while Postgres is away: everything that is only read is there.
func newcomers(t *testing.T, r *running, watch *stopwatch) {
	for _, channel := range []string{"africastalking", "form"} {
		h := r.phone(channel, newNumber())
		shows(t, reads(t, watch, h, ""), "English")
		shows(t, reads(t, watch, h, "4"), "1 Emergency help")
		shows(t, reads(t, watch, h, "1"), "112")
		shows(t, reads(t, watch, h, "00"), "1 Emergency help")
		reads(t, watch, h, "2")
		reads(t, watch, h, "1")
		shows(t, reads(t, watch, h, "1"), "1 ")
		reads(t, watch, h, "00")
		reads(t, watch, h, "4")
		shows(t, reads(t, watch, h, "1"), "1 ")
		reads(t, watch, h, "1")
		shows(t, reads(t, watch, h, "1"), "cannot be saved now")
		reads(t, watch, h, "00")
		reads(t, watch, h, "3")
		reads(t, watch, h, "1")
		shows(t, reads(t, watch, h, "2"), "cannot be saved now", "+996")
	}
	h := r.phone("africastalking", newNumber())
	h.session.Code = requestCode("Aizada")
	shows(t, reads(t, watch, h, ""), "+996")
}

// reads sends one answer, the empty one of a new call dials, and takes the time until the screen is there.
func reads(t *testing.T, watch *stopwatch, h *handset, typed string) (reply ussd.Reply) {
	t.Helper()
	watch.measure(func() {
		answered, err := h.press(typed)
		reply = answered
		if err != nil || strings.TrimSpace(reply.Text) == "" {
			t.Errorf("%v, screen %q", err, reply.Text)
		}
	})
	if thanks.MatchString(reply.Text) {
		t.Errorf("something is said to be kept while Postgres is away:\n%s", reply.Text)
	}
	return reply
}

// press dials with a phone that has not yet, else answers.
func (h *handset) press(typed string) (ussd.Reply, error) {
	if h.seq == 0 {
		return h.dial(context.Background())
	}
	return h.answer(context.Background(), typed)
}

// thanks is the word that something is kept, with its number, in every language.
var thanks = regexp.MustCompile(`(?i)(\d{3}-\d{3}-\d{4}|принят|received|кабыл алынды|qabul qilindi|сохранено|сакталды|saqlandi)`)

// storedAgain waits until turns are stored again, after Postgres came back: within 5 s on a machine that does nothing else.
func (r *running) storedAgain(since time.Time) {
	r.t.Helper()
	eventually(r.t, patience()+2*time.Second-time.Since(since), "turns are stored again", func() bool {
		h := r.phone("africastalking", newNumber())
		says(r.t, h)
		return r.turnsOf(h) == 1
	})
}

func (r *running) turnsOf(h *handset) int {
	r.t.Helper()
	id := r.keys.Hash("session", h.channel.Name, h.session.Key, h.session.Phone)
	return r.count("SELECT count(*) FROM turns WHERE session_id = encode($1, 'hex')::uuid", id)
}

var reference = regexp.MustCompile(`\d{3}-\d{3}-\d{4}`)

func TestRestartsUnderLoadLoseNothingThatWasPromised(t *testing.T) {
	p := startPostgres(t)
	r := startServer(t, Config{DatabaseURL: p.cluster.URL()}, time.Now)
	var watch stopwatch
	var promised sync.Map
	var calls, kept atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				n := calls.Add(1)
				h := r.phone([]string{"africastalking", "form"}[n%2], newNumber())
				if number := r.loadCall(&watch, h, n); number != "" {
					kept.Add(1)
					promised.Store(number, true)
				}
			}
		})
	}
	for range 3 {
		eventually(t, 30*time.Second, "the load runs", func() bool { return kept.Load() > 20 })
		p.crash()
		p.start()
		r.storedAgain(time.Now())
		kept.Store(0)
	}
	stop()
	wg.Wait()
	watch.check(t)
	r.checkChains()
	total := 0
	promised.Range(func(number, _ any) bool {
		total++
		if r.count("SELECT count(*) FROM applications WHERE number = $1", number) != 1 {
			t.Error("an application that was said to be received is not there")
		}
		return true
	})
	filed := r.count("SELECT count(*) FROM applications")
	t.Logf("%d calls, %d applications promised, %d filed", calls.Load(), total, filed)
	if filed < total || total < 60 {
		t.Errorf("%d applications were promised, %d are filed", total, filed)
	}
}

// loadCall plays a call of a load: some steps of a menu, or a request dialled at once and sent, whose number it returns.
func (r *running) loadCall(watch *stopwatch, h *handset, n int64) (number string) {
	press := func(typed string) (reply ussd.Reply) {
		watch.measure(func() {
			answered, err := h.press(typed)
			if reply = answered; err != nil || strings.TrimSpace(reply.Text) == "" {
				r.t.Errorf("%v, screen %q", err, reply.Text)
			}
		})
		return reply
	}
	if n%4 == 0 {
		h.session.Code = requestCode(fmt.Sprint("Name", n))
		if sent := send(press(""), press); thanks.MatchString(sent.Text) {
			return strings.ReplaceAll(reference.FindString(sent.Text), "-", "")
		}
		return ""
	}
	for _, typed := range []string{"", "4", "2", "1", "1", "00", "000"} {
		press(typed)
	}
	return ""
}
