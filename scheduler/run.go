package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Run is one run of a job, or a slot that was skipped.
type Run struct {
	Job     string
	Slot    time.Time
	State   State
	ByHand  bool
	Attempt int // more than one: replicas died over it
	Started time.Time
	Took    time.Duration // of the latest attempt
	Counts  Counts
	Error   string // why it failed or was skipped
}

// State is how far a run is.
type State string

// The states of a run.
const (
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
	Skipped State = "skipped"
)

// Why a slot was not run, or a run given up.
const (
	ReasonMissed = "missed: nobody ran it in time"
	ReasonDied   = "its replica died, and it is too late to run it again"
	ReasonPoison = "every replica that ran it died"
)

// mostAttempts is how many replicas may die over one slot.
const mostAttempts = 5

// ErrLost is the cause with which a run ends whose replica was silent for so long that another took it over.
var ErrLost = errors.New("another replica took the run over")

// attend looks what is to be done about a job now, and does it: first what a dead replica left, then what is due.
func (s *Scheduler) attend(ctx context.Context, j *job) error {
	left, ok, err := takeOver(ctx, s.DB, j.Name, s.Now(), s.Lease)
	if err != nil {
		return err
	}
	if ok {
		if why := s.hopeless(j, left); why != "" {
			left.State, left.Error = Failed, why
			return s.end(ctx, left)
		}
		s.do(ctx, j, left)
	}
	run, ok, err := s.takeDue(ctx, j)
	if err != nil || !ok {
		return err
	}
	s.do(ctx, j, run)
	return nil
}

// hopeless says why a run that died is not taken up again.
func (s *Scheduler) hopeless(j *job, left Run) string {
	switch {
	case left.Attempt > mostAttempts:
		return ReasonPoison
	case s.Now().Sub(left.Slot) > j.Validity:
		return ReasonDied
	}
	return ""
}

// takeDue takes the slot that is due, if there is one and nobody else has it, and keeps that older ones were skipped. A slot that a clock which
// ran ahead had skipped is taken all the same once it comes.
func (s *Scheduler) takeDue(ctx context.Context, j *job) (run Run, ok bool, err error) {
	now := s.Now()
	last, state, err := lastSlot(ctx, s.DB, j.Name, now)
	if err != nil {
		return run, false, err
	}
	d := dueSlots(j.times.Next, last, now, j.Validity)
	if state == Skipped && d.run.IsZero() && len(d.skipped) == 0 && now.Sub(last) <= j.Validity {
		d.run = last
	}
	if err := skip(ctx, s.DB, j.Name, d.skipped); err != nil || d.run.IsZero() {
		return run, false, err
	}
	return take(ctx, s.DB, Run{Job: j.Name, Slot: d.run, Started: now}, s.Lease)
}

// do runs what was taken, keeps the lease meanwhile, and keeps how it ended.
func (s *Scheduler) do(ctx context.Context, j *job, run Run) {
	ours, lose := context.WithCancelCause(ctx)
	stop := make(chan struct{})
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		s.keep(ours, run, stop, lose)
	}()
	start := time.Now()
	counts, err := call(ours, j, run.Slot)
	close(stop)
	<-kept
	cause := context.Cause(ours)
	lose(nil)
	run.Took, run.Counts, run.State = time.Since(start), counts, Done
	if err != nil {
		run.State, run.Error = Failed, err.Error()
	}
	if err := s.conclude(ctx, run, err, cause); err != nil {
		slog.Warn("keep how a job ended", "job", j.Name, "error", err)
	}
}

// conclude keeps how a run ended. What the end of this process cut off is given back, and what was lost is somebody else's to tell.
func (s *Scheduler) conclude(ctx context.Context, run Run, failed, cause error) error {
	if errors.Is(cause, ErrLost) {
		return ErrLost
	}
	brief, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if ctx.Err() != nil && failed != nil {
		return giveBack(brief, s.DB, run)
	}
	return s.end(brief, run)
}

// end stores the end of a run that is still ours, and tells of it.
func (s *Scheduler) end(ctx context.Context, run Run) error {
	ours, err := finish(ctx, s.DB, run)
	if err != nil {
		return err
	}
	if !ours {
		return ErrLost
	}
	if run.State == Failed {
		slog.ErrorContext(ctx, "a job failed", "job", run.Job, "slot", run.Slot, "error", run.Error)
	}
	s.Observe(run.Job, run)
	return nil
}

// keep renews the lease of a run until it stops. Whoever finds that it was taken over, or could not renew it in time, gives the run up.
func (s *Scheduler) keep(ctx context.Context, run Run, stop <-chan struct{}, lose context.CancelCauseFunc) {
	tick := time.NewTicker(s.Lease / 3)
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		ours, err := renew(ctx, s.DB, run, s.Lease)
		switch {
		case err == nil && ours:
			renewed = time.Now()
		case err == nil, time.Since(renewed) > s.Lease:
			lose(ErrLost)
			return
		}
	}
}

// call does the job; a panic is its error, and leaves the other jobs alone.
func call(ctx context.Context, j *job, slot time.Time) (counts Counts, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the job panicked: %T", r)
		}
	}()
	return j.Run(ctx, slot)
}

// ErrBusy says that a job runs already.
var ErrBusy = errors.New("the job is running")

// RunNow runs a job by hand, beside its times, and not while it runs. It returns when the run has ended, and with the job's error.
func (s *Scheduler) RunNow(ctx context.Context, name string) (Run, error) {
	j := s.job(name)
	if j == nil {
		return Run{}, fmt.Errorf("%w: %s", ErrNoJob, name)
	}
	now := s.Now().Truncate(time.Microsecond)
	run, ok, err := take(ctx, s.DB, Run{Job: name, Slot: now, Started: now, ByHand: true}, s.Lease)
	if err != nil {
		return run, err
	}
	if !ok {
		return run, ErrBusy
	}
	s.do(ctx, j, run)
	ended, err := readRun(ctx, s.DB, name, now)
	if err == nil && ended.State != Done {
		err = fmt.Errorf("job %s %s: %s", name, ended.State, ended.Error)
	}
	return ended, err
}

// Line is what is known of a job.
type Line struct {
	Job
	Last   Run       // the latest that began; no job ran before the first
	Missed int       // slots skipped in the last day
	Next   time.Time // slot
}

// List says of each job how its last run went, and when the next one is.
func (s *Scheduler) List(ctx context.Context) (lines []Line, err error) {
	now := s.Now()
	for i := range s.jobs {
		line := Line{Job: s.jobs[i].Job, Next: s.jobs[i].times.Next(now)}
		if line.Last, line.Missed, err = lastRun(ctx, s.DB, line.Name, now.Add(-24*time.Hour)); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}
