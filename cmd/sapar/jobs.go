package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"sapar/database"
	"sapar/people"
	"sapar/people/pins"
	"sapar/scheduler"
	"sapar/scheduler/broadcasts"
	"sapar/scheduler/elections"
	"sapar/scheduler/hours"
	"sapar/sessions/history"
	"sapar/sms/ledger"
)

// runsKept is how long it is known when a job ran and how that ended.
const runsKept = 90 * 24 * time.Hour

// jobs are all that happens without anyone calling. Times are those of Bishkek; each job leaves nothing to do, so it may run again.
func (s *server) jobs() []scheduler.Job {
	day, hour := 24*time.Hour, time.Hour
	return []scheduler.Job{
		s.every("broadcasts", "* * * * *", hour, s.tend),
		s.every("deadlines", "*/10 * * * *", day, s.remind),
		s.every("elections", "*/10 * * * *", day, s.remindOfElections),
		s.every("cases-due", "0 * * * *", hour, s.alarmDue),
		s.every("cases-read", "5 * * * *", hour, s.alarmLooks),
		s.every("cases-ending", "10 * * * *", day, counted("told", s.errands.desk.Expiring)),
		s.every("cases-expiry", "15 * * * *", day, s.emptyCases),
		s.every("counts", "20 * * * *", day, s.dropCounts),
		s.every("sessions", "25 * * * *", day, s.expireSessions),
		s.every("texts", "30 * * * *", day, counted("emptied", func(ctx context.Context, now time.Time) (int, error) { return ledger.Expire(ctx, s.db, now) })),
		s.every("outbox", "*/15 * * * *", hour, s.alarmDoubts),
		s.every("facts", "0 9 * * *", day, s.alarmFacts),
		s.every("runs", "40 3 * * *", day, counted("forgotten", func(ctx context.Context, now time.Time) (int, error) {
			return scheduler.ForgetRuns(ctx, s.db, now.Add(-runsKept))
		})),
	}
}

// every is a job that looks at the clock itself: a slot that was missed is made up for now.
func (s *server) every(name, spec string, validity time.Duration, do func(context.Context, time.Time) (scheduler.Counts, error)) scheduler.Job {
	return scheduler.Job{Name: name, Spec: spec, Validity: validity, Run: func(ctx context.Context, _ time.Time) (scheduler.Counts, error) {
		return do(ctx, s.now())
	}}
}

// counted names the one thing that something counts.
func counted(what string, do func(context.Context, time.Time) (int, error)) func(context.Context, time.Time) (scheduler.Counts, error) {
	return func(ctx context.Context, now time.Time) (scheduler.Counts, error) {
		n, err := do(ctx, now)
		return scheduler.Counts{what: n}, err
	}
}

func (s *server) tend(ctx context.Context, _ time.Time) (scheduler.Counts, error) {
	return s.broadcasts().Tend(ctx)
}

func (s *server) remindOfElections(ctx context.Context, _ time.Time) (scheduler.Counts, error) {
	return s.elections().Remind(ctx)
}

func (s *server) remind(ctx context.Context, now time.Time) (scheduler.Counts, error) {
	counts, err := s.errands.deadlines.Remind(ctx, now)
	return scheduler.Counts(counts), err
}

func (s *server) emptyCases(ctx context.Context, now time.Time) (scheduler.Counts, error) {
	counts := scheduler.Counts{}
	err := database.InTx(ctx, s.db, func(tx *database.Tx) (err error) {
		counts["emptied"], err = s.errands.desk.Expire(ctx, tx, now)
		return err
	})
	return counts, err
}

// dropCounts drops the counters of days long past, and the words of whoever was forgotten.
func (s *server) dropCounts(ctx context.Context, now time.Time) (scheduler.Counts, error) {
	return nil, database.InTx(ctx, s.db, func(tx *database.Tx) error {
		return errors.Join(people.DropCounts(ctx, tx, now.Add(-countsKept)), pins.DropTries(ctx, tx, now), ledger.ForgetSent(ctx, tx))
	})
}

func (s *server) expireSessions(ctx context.Context, now time.Time) (scheduler.Counts, error) {
	gone, err := history.Expire(ctx, s.db, now)
	return scheduler.Counts{"sessions": gone.Sessions, "texts": gone.Texts}, err
}

// broadcasts is the desk of broadcasts.
func (s *server) broadcasts() *broadcasts.Desk {
	return &broadcasts.Desk{DB: s.db, Keys: s.keys, Guard: s.guard, Now: s.now, Kind: s.kind, Approval: s.config.BroadcastApproval}
}

// kind is whether people with an application of a kind may be told apart from others.
func (s *server) kind(name string) (sensitive, known bool) {
	kinds := s.errands.desk.Kinds
	return kinds.Kind(name).Sensitive, kinds.Known(name)
}

// elections is the desk of elections.
func (s *server) elections() *elections.Desk {
	return &elections.Desk{DB: s.db, Keys: s.keys, Broadcasts: s.broadcasts(), Now: s.now}
}

// scheduler is this replica's part in the jobs.
func (s *server) scheduler() (*scheduler.Scheduler, error) {
	return scheduler.New(scheduler.Options{DB: s.db, Now: func() time.Time { return s.now() }, Observe: s.metrics.ran}, s.jobs()...)
}

// jobsCmd shows what runs by itself.
type jobsCmd struct {
	List jobsListCmd `cmd:"" default:"1" help:"List the jobs: when each ran last, how long, what it did, and when it runs next."`
	Run  jobsRunCmd  `cmd:"" help:"Run a job now, by hand."`
}

type jobsListCmd struct{ Config }

// Run prints a line for each job.
func (c *jobsListCmd) Run() error {
	ctx := context.Background()
	return c.withScheduler(ctx, func(sched *scheduler.Scheduler) error {
		lines, err := sched.List(ctx)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "JOB\tTIMES\tLAST\tSTATE\tTOOK\tDID\tMISSED TODAY\tNEXT\tERROR") // all in Bishkek
		for _, l := range lines {
			last, took := "-", "-"
			if !l.Last.Started.IsZero() {
				last, took = l.Last.Started.In(hours.Home).Format(time.DateTime), l.Last.Took.Round(time.Millisecond).String()
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", l.Name, l.Spec, last, l.Last.State, took, counts(l.Last.Counts), l.Missed,
				l.Next.In(hours.Home).Format(time.DateTime), l.Last.Error)
		}
		return out.Flush()
	})
}

// counts are written as name=number.
func counts(of scheduler.Counts) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%s=%d", name, of[name]))
	}
	return strings.Join(parts, " ")
}

// withScheduler does something with the jobs, without serving.
func (c *Config) withScheduler(ctx context.Context, do func(*scheduler.Scheduler) error) error {
	s, err := c.serverFor(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	sched, err := s.scheduler()
	if err != nil {
		return err
	}
	return do(sched)
}

type jobsRunCmd struct {
	Config
	Name string `arg:"" help:"The job, as the list names it."`
}

// Run runs the job and prints what it did.
func (c *jobsRunCmd) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return c.withScheduler(ctx, func(sched *scheduler.Scheduler) error {
		run, err := sched.RunNow(ctx, c.Name)
		if err == nil {
			fmt.Printf("%s: %s in %v  %s\n", run.Job, run.State, run.Took.Round(time.Millisecond), counts(run.Counts))
		}
		return err
	})
}
