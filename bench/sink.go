package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// sink is a carrier on this machine that takes every message at once. It remembers which it got, and when those arrived that somebody waits for.
type sink struct {
	url     string
	server  *http.Server
	mu      sync.Mutex
	arrived int
	ids     map[string]struct{}
	waited  map[string]chan time.Time // by number
}

func openSink() (*sink, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{url: "http://" + listener.Addr().String() + "/send", ids: map[string]struct{}{}, waited: map[string]chan time.Time{}}
	s.server = &http.Server{Handler: http.HandlerFunc(s.take)}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func (s *sink) close() { _ = s.server.Close() }

func (s *sink) take(w http.ResponseWriter, r *http.Request) {
	n := s.note(r.FormValue("id"), r.FormValue("to"))
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"id":"ref-`+strconv.Itoa(n)+`"}`)
}

func (s *sink) note(id, to string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived++
	s.ids[id] = struct{}{}
	if waiting, ok := s.waited[to]; ok {
		waiting <- time.Now()
		delete(s.waited, to)
	}
	return s.arrived
}

// count is how many messages arrived, and how many different ones.
func (s *sink) count() (arrived, different int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arrived, len(s.ids)
}

// wait is told when the next message to a number arrives.
func (s *sink) wait(to string) <-chan time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waited[to] = make(chan time.Time, 1)
	return s.waited[to]
}

// sinkWait is how long messages may take to arrive, all together, until the run is given up.
const sinkWait = 2 * time.Minute

// until waits until so many messages have arrived.
func (s *sink) until(ctx context.Context, n int) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(sinkWait)
	for {
		got, _ := s.count()
		if got >= n {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return fmt.Errorf("%d of %d messages arrived in %v", got, n, sinkWait)
		case <-tick.C:
		}
	}
}

// speed waits for some more messages than had arrived before, and is how many came in a second, from the first on.
func (s *sink) speed(ctx context.Context, before, n int) (float64, error) {
	if err := s.until(ctx, before+1); err != nil {
		return 0, err
	}
	start := time.Now()
	if err := s.until(ctx, before+n); err != nil {
		return 0, err
	}
	return float64(n) / time.Since(start).Seconds(), nil
}
