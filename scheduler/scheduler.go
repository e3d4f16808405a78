// Package scheduler runs what happens without anyone calling: each slot of each job once, on any number of replicas.
//
// Cron only wakes. Which slot is due is worked out here, and a slot is taken by its row in the database, so that no replica leads and none is
// missed. Only this file knows the cron library: it has no releases any more, and skips or doubles what falls into a night when clocks change.
// So the times of all jobs are those of Bishkek, where clocks never change.
package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // Bishkek, also where the machine has no zones

	"github.com/robfig/cron/v3"

	"sapar/database"
)

// Counts are what a run did, by what was counted.
type Counts map[string]int

// Job is something to do at times.
type Job struct {
	Name     string
	Spec     string        // minute, hour, day of the month, month and day of the week, in Bishkek, as "0 3 * * *"; or @hourly and the like
	Validity time.Duration // how late a slot is still worth running
	Run      func(ctx context.Context, slot time.Time) (Counts, error)
}

// Options are what a scheduler works with. Zero durations stand for the usual ones.
type Options struct {
	DB      *database.DB
	Now     func() time.Time
	Lease   time.Duration             // how long a run may be silent before its replica is taken for dead; usually 30 s
	Look    time.Duration             // how often missed slots and dead runs are looked for; usually 15 s
	Observe func(job string, run Run) // is told how each run of this replica ended
}

// Scheduler is one replica's part in the jobs.
type Scheduler struct {
	Options
	jobs  []job
	zone  *time.Location
	woken sync.WaitGroup
}

// job is a Job whose times were understood.
type job struct {
	Job
	times cron.Schedule
	busy  chan struct{} // holds the one look or run of this replica
}

// Place is where the times of jobs are those of the clock.
const Place = "Asia/Bishkek"

// New understands the jobs; the error names the first that cannot be.
func New(options Options, jobs ...Job) (*Scheduler, error) {
	zone, err := time.LoadLocation(Place)
	if err != nil {
		return nil, fmt.Errorf("the clock of the jobs: %w", err)
	}
	s := &Scheduler{Options: options, zone: zone}
	s.fill()
	for _, j := range jobs {
		times, err := parse(j.Spec, zone)
		if err != nil {
			return nil, fmt.Errorf("job %s: %w", j.Name, err)
		}
		if j.Name == "" || j.Validity <= 0 || j.Run == nil || s.job(j.Name) != nil {
			return nil, fmt.Errorf("job %q needs a name of its own, a validity and something to do", j.Name)
		}
		s.jobs = append(s.jobs, job{Job: j, times: times, busy: make(chan struct{}, 1)})
	}
	return s, nil
}

func (p *Options) fill() {
	if p.Lease == 0 {
		p.Lease = 30 * time.Second
	}
	if p.Look == 0 {
		p.Look = 15 * time.Second
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Observe == nil {
		p.Observe = func(string, Run) {}
	}
}

// job finds a job by its name.
func (s *Scheduler) job(name string) *job {
	i := slices.IndexFunc(s.jobs, func(j job) bool { return j.Name == name })
	if i < 0 {
		return nil
	}
	return &s.jobs[i]
}

const longestSpec = 100 // bytes

// CheckSpec says what is wrong with the times of a job: what cron does not read, what never comes (30 February), what names a zone, and what
// would be another moment on each replica.
func CheckSpec(spec string) error {
	_, err := parse(spec, time.UTC)
	return err
}

func parse(spec string, zone *time.Location) (cron.Schedule, error) {
	switch {
	case len(spec) > longestSpec:
		return nil, fmt.Errorf("a spec has at most %d bytes", longestSpec)
	case strings.Contains(strings.ToUpper(spec), "TZ="):
		return nil, fmt.Errorf("spec %q: times are those of Bishkek, a spec names no zone", spec)
	case strings.Contains(spec, "@every"):
		return nil, fmt.Errorf("spec %q: every replica would count from its own start; give minutes and hours, as */10 * * * *", spec)
	}
	times, err := cron.ParseStandard(spec)
	if err != nil {
		return nil, fmt.Errorf("spec %q: %w", spec, err)
	}
	fields, ok := times.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("spec %q has no fixed times", spec)
	}
	fields.Location = zone
	if fields.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		return nil, fmt.Errorf("spec %q never comes", spec)
	}
	return fields, nil
}

// Run wakes the jobs until the context ends; a run that is under way then is given back, and goes on at another replica.
func (s *Scheduler) Run(ctx context.Context) {
	wake := cron.New(cron.WithLocation(s.zone))
	for i := range s.jobs {
		wake.Schedule(s.jobs[i].times, cron.FuncJob(func() { s.wake(ctx, &s.jobs[i]) }))
	}
	wake.Start()
	look := time.NewTicker(s.Look)
	defer look.Stop()
	for ctx.Err() == nil {
		for i := range s.jobs {
			s.wake(ctx, &s.jobs[i])
		}
		select {
		case <-ctx.Done():
		case <-look.C:
		}
	}
	<-wake.Stop().Done()
	s.woken.Wait()
}

// wake looks after one job, beside whoever wakes it, and not twice at once.
func (s *Scheduler) wake(ctx context.Context, j *job) {
	select {
	case j.busy <- struct{}{}:
	default:
		return
	}
	s.woken.Go(func() {
		defer func() { <-j.busy }()
		if err := s.attend(ctx, j); err != nil && ctx.Err() == nil {
			slog.Warn("look for a job's slots", "job", j.Name, "error", err)
		}
	})
}

// ErrNoJob says that no job has the name.
var ErrNoJob = errors.New("no job has this name")
