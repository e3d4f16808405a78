package main

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"sapar/database"
	"sapar/scheduler"
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
	jobs     *prometheus.CounterVec
	jobTook  *prometheus.GaugeVec
	jobDone  *prometheus.GaugeVec
	jobDid   *prometheus.GaugeVec
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
	m.makeJobs()
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

// watchIdentities shows whether what is stored adds up.
func (m *metrics) watchIdentities(count func(context.Context) ([]database.Identity, error)) {
	m.registry.MustRegister(&identityGauges{count: count})
}

// identityGauges are counted when somebody looks, and kept for a while: counting reads whole tables.
type identityGauges struct {
	count   func(context.Context) ([]database.Identity, error)
	mu      sync.Mutex
	counted map[string]database.Identity
	at      time.Time
}

// identitiesKept is how old the numbers may be, and identitiesTake how long counting them may take.
const (
	identitiesKept = 5 * time.Minute
	identitiesTake = time.Second
)

var (
	identityBroken = prometheus.NewDesc("sapar_identity_broken",
		"Places where an accounting identity is broken; -1 while the tables cannot be counted within a second: then sapar verify tells.", []string{"identity"}, nil)
	identityRows = prometheus.NewDesc("sapar_identity_rows", "The two sides of an accounting identity: expected and found.", []string{"identity", "side"}, nil)
)

// Describe names the two metrics.
func (g *identityGauges) Describe(out chan<- *prometheus.Desc) {
	out <- identityBroken
	out <- identityRows
}

// Collect counts anew when the numbers are old.
func (g *identityGauges) Collect(out chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.at) > identitiesKept {
		g.recount()
	}
	gauge := func(desc *prometheus.Desc, n int, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n), labels...)
	}
	for _, known := range identities {
		i, ok := g.counted[known.name]
		if !ok {
			gauge(identityBroken, -1, known.name)
			continue
		}
		gauge(identityBroken, i.Broken, known.name)
		gauge(identityRows, i.Expected, known.name, "expected")
		gauge(identityRows, i.Found, known.name, "found")
	}
}

func (g *identityGauges) recount() {
	ctx, cancel := context.WithTimeout(context.Background(), identitiesTake)
	defer cancel()
	list, _ := g.count(ctx) // the -1 tells
	g.at, g.counted = time.Now(), map[string]database.Identity{}
	for _, i := range list {
		g.counted[i.Name] = i
	}
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

// makeJobs makes the metrics of jobs. A run is counted by the replica that ran it.
func (m *metrics) makeJobs() {
	m.jobs = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sapar_job_runs_total", Help: "Runs of jobs by this replica, by job and state: done, failed.",
	}, []string{"job", "state"})
	m.jobTook = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sapar_job_seconds", Help: "How long the last run of a job by this replica took."}, []string{"job"})
	m.jobDone = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "sapar_job_last_success_timestamp_seconds", Help: "When a run of a job by this replica last ended well; of several replicas the latest counts.",
	}, []string{"job"})
	m.jobDid = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sapar_job_counted", Help: "What the last run of a job by this replica counted."}, []string{"job", "what"})
	m.registry.MustRegister(m.jobs, m.jobTook, m.jobDone, m.jobDid)
}

// ran counts a run of a job.
func (m *metrics) ran(job string, run scheduler.Run) {
	m.jobs.WithLabelValues(job, string(run.State)).Inc()
	m.jobTook.WithLabelValues(job).Set(run.Took.Seconds())
	if run.State == scheduler.Done {
		m.jobDone.WithLabelValues(job).SetToCurrentTime()
	}
	for what, n := range run.Counts {
		m.jobDid.WithLabelValues(job, what).Set(float64(n))
	}
}
