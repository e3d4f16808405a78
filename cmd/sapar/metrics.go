package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"sapar/sms"
)

// metrics are what /metrics shows. No label ever holds a number, a name or a text.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	away     prometheus.Counter
	texts    *prometheus.CounterVec
	attempts *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sapar_ussd_requests_total", Help: "Callbacks by channel and outcome: answered, refused, dropped.",
		}, []string{"channel", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sapar_ussd_request_duration_seconds", Help: "Time from reading a callback to its answer, in seconds.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3},
		}, []string{"channel"}),
		away: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sapar_ussd_answered_from_memory_total", Help: "Calls answered while the database was away; nothing of them is stored.",
		}),
	}
	m.texts = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sapar_sms_callbacks_total", Help: "Texts and delivery reports by channel and outcome: answered, refused, later, report.",
	}, []string{"channel", "outcome"})
	m.attempts = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sapar_sms_attempts_total", Help: "Attempts to send by channel and result: accepted, refused, not sent, unknown.",
	}, []string{"channel", "result"})
	m.registry.MustRegister(m.requests, m.duration, m.away, m.texts, m.attempts, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watchBudget shows how much of the day's segments is spent, by all replicas.
func (m *metrics) watchBudget(spent func(context.Context) (segments, budget int, err error)) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sapar_sms_segments_today", Help: "Segments admitted today (UTC), by all replicas; -1 while the database does not say.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		segments, _, err := spent(ctx)
		if err != nil {
			return -1
		}
		return float64(segments)
	}))
}

func (m *metrics) observe(channel, outcome string, took time.Duration) {
	m.requests.WithLabelValues(channel, outcome).Inc()
	m.duration.WithLabelValues(channel).Observe(took.Seconds())
}

func (m *metrics) texted(channel, outcome string, _ time.Duration) {
	m.texts.WithLabelValues(channel, outcome).Inc()
}

func (m *metrics) sent(channel string, result sms.Result, _ time.Duration) {
	m.attempts.WithLabelValues(channel, string(result)).Inc()
}
