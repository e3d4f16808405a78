package main

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// dueKept is how old the numbers of cases that are due may be, and dueTakes how long counting them may take: an alarm needs no more.
const (
	dueKept  = time.Minute
	dueTakes = 2 * time.Second
)

// dueGauges are read from the database when somebody looks, so that every replica shows the same, and none what was an hour ago. While they cannot
// be read there are none.
type dueGauges struct {
	now     func() time.Time
	count   func(context.Context, time.Time) (map[string]int, error) // by office
	mu      sync.Mutex
	counted map[string]int
	at      time.Time
}

var casesDue = prometheus.NewDesc("sapar_cases_due", "Cases that are due within a day, or overdue, by office; the same at every replica, a minute old at most.",
	[]string{"office"}, nil)

// Describe names the metric.
func (g *dueGauges) Describe(out chan<- *prometheus.Desc) { out <- casesDue }

// Collect counts anew when the numbers are old.
func (g *dueGauges) Collect(out chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.now(); now.Sub(g.at).Abs() > dueKept {
		ctx, cancel := context.WithTimeout(context.Background(), dueTakes)
		defer cancel()
		g.counted, _ = g.count(ctx, now) // what is missing tells
		g.at = now
	}
	for office, n := range g.counted {
		out <- prometheus.MustNewConstMetric(casesDue, prometheus.GaugeValue, float64(n), office)
	}
}

// countDue counts, for each office, the cases that are due within a day or overdue.
func (s *server) countDue(ctx context.Context, now time.Time) (map[string]int, error) {
	lines, err := s.errands.desk.Due(ctx, now, dueWithin)
	if err != nil {
		return nil, err
	}
	due := map[string]int{}
	for _, line := range lines {
		due[line.Office]++
	}
	return due, nil
}
