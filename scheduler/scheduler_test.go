package scheduler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sapar/database"
	"sapar/scheduler"
)

// world is a database, a clock, and replicas that share them.
type world struct {
	t    *testing.T
	db   *database.DB
	now  atomic.Int64
	runs atomic.Int64
}

var noon = time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC) // in Bishkek

func newWorld(t *testing.T) *world {
	w := &world{t: t, db: database.New(t)}
	w.now.Store(noon.UnixNano())
	return w
}

func (w *world) clock() time.Time { return time.Unix(0, w.now.Load()) }

func (w *world) later(d time.Duration) { w.now.Add(int64(d)) }

// job runs each hour, and is worth running for three.
func (w *world) job(do func(ctx context.Context, slot time.Time) (scheduler.Counts, error)) scheduler.Job {
	return scheduler.Job{Name: "hourly", Spec: "0 * * * *", Validity: 3 * time.Hour, Run: func(ctx context.Context, slot time.Time) (scheduler.Counts, error) {
		w.runs.Add(1)
		return do(ctx, slot)
	}}
}

func quick(context.Context, time.Time) (scheduler.Counts, error) {
	return scheduler.Counts{"done": 1}, nil
}

// start runs replicas until the test, or the returned function, ends them.
func (w *world) start(replicas int, job scheduler.Job) (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	for range replicas {
		s, err := scheduler.New(scheduler.Options{DB: w.db, Now: w.clock, Look: 5 * time.Millisecond, Lease: 600 * time.Millisecond}, job)
		if err != nil {
			w.t.Fatal(err)
		}
		ended.Go(func() { s.Run(ctx) })
	}
	stop = func() { cancel(); ended.Wait() }
	w.t.Cleanup(stop)
	return stop
}

func (w *world) count(where string) (n int) {
	w.t.Helper()
	if err := w.db.Get(&n, "SELECT count(*) FROM job_runs WHERE "+where); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) until(what string, so func() bool) {
	w.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for !so() {
		select {
		case <-tick.C:
		case <-late:
			w.t.Fatalf("after 20 s still not: %s", what)
		}
	}
}

func TestThreeReplicasRunASlotOnce(t *testing.T) {
	w := newWorld(t)
	w.start(3, w.job(quick))
	for n := 1; n <= 5; n++ {
		w.until("the slot is run", func() bool { return w.count("state = 'done'") == n })
		w.later(time.Hour)
	}
	w.until("the last slot is run", func() bool { return w.count("state = 'done'") == 6 })
	if w.runs.Load() != 6 || w.count("true") != 6 {
		t.Errorf("%d runs, %d rows", w.runs.Load(), w.count("true"))
	}
}

func TestAfterALongNightTheLatestSlotIsRunAndTheOthersAreSkipped(t *testing.T) {
	w := newWorld(t)
	w.start(2, w.job(quick))
	w.until("the first slot", func() bool { return w.count("state = 'done'") == 1 })
	w.later(25 * time.Hour)
	w.until("the latest slot", func() bool { return w.count("state = 'done'") == 2 })
	if n := w.count("state = 'skipped'"); n != 24 || w.count("state = 'skipped' AND error LIKE 'missed%'") != 24 {
		t.Errorf("%d skipped", n)
	}
	// The clock had run ahead: put back, each hour runs when it comes, but for the one that was run already.
	w.later(-25 * time.Hour)
	for n := 3; n <= 26; n++ {
		w.later(time.Hour)
		w.until(fmt.Sprintf("slot %d", n), func() bool { return w.count("state = 'done'") == n })
	}
	if n := w.count("state <> 'done'"); n != 0 || w.runs.Load() != 26 {
		t.Errorf("%d left, %d runs", n, w.runs.Load())
	}
}

func TestAJobDoesNotOverlapItself(t *testing.T) {
	w := newWorld(t)
	var at, most atomic.Int64
	release := make(chan struct{})
	w.start(3, w.job(func(context.Context, time.Time) (scheduler.Counts, error) {
		most.Store(max(most.Load(), at.Add(1)))
		defer at.Add(-1)
		<-release
		return nil, errors.New("it went wrong")
	}))
	w.until("it runs", func() bool { return at.Load() == 1 })
	w.later(2 * time.Hour)
	s, err := scheduler.New(scheduler.Options{DB: w.db, Now: w.clock}, w.job(quick))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RunNow(t.Context(), "hourly"); !errors.Is(err, scheduler.ErrBusy) {
		t.Errorf("by hand beside it: %v", err)
	}
	close(release)
	w.until("the next one", func() bool { return w.count("state = 'failed' AND error = 'it went wrong'") == 2 })
	if most.Load() != 1 {
		t.Errorf("%d at once", most.Load())
	}
	lines, err := s.List(t.Context())
	if err != nil || len(lines) != 1 || lines[0].Last.State != scheduler.Failed || lines[0].Missed != 1 || !lines[0].Next.Equal(noon.Add(3*time.Hour)) {
		t.Errorf("%+v, %v", lines, err)
	}
}

func TestARunByHandIsKeptAndChangesNoSlot(t *testing.T) {
	w := newWorld(t)
	s, err := scheduler.New(scheduler.Options{DB: w.db, Now: w.clock}, w.job(quick))
	if err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	run, err := s.RunNow(t.Context(), "hourly")
	if err != nil || run.State != scheduler.Done || run.Counts["done"] != 1 || !run.ByHand {
		t.Errorf("%+v, %v", run, err)
	}
	if _, err := s.RunNow(t.Context(), "nothing"); !errors.Is(err, scheduler.ErrNoJob) {
		t.Error(err)
	}
	w.start(1, w.job(quick))
	w.until("the slot is run as well", func() bool { return w.count("state = 'done'") == 2 })
}

func TestAReplicaThatEndsGivesItsRunBack(t *testing.T) {
	w := newWorld(t)
	entered := make(chan struct{}, 1)
	stop := w.start(1, w.job(func(ctx context.Context, _ time.Time) (scheduler.Counts, error) {
		entered <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	<-entered
	stop()
	w.start(1, w.job(quick))
	w.until("another ends it", func() bool { return w.count("state = 'done' AND attempt = 2") == 1 })
}

func TestAPanicIsAnErrorOfItsJob(t *testing.T) {
	w := newWorld(t)
	w.start(1, w.job(func(context.Context, time.Time) (scheduler.Counts, error) { panic("oh") }))
	w.until("it is kept", func() bool { return w.count("state = 'failed' AND error LIKE '%panicked%'") == 1 })
}

// workerEnv tells this binary to be a replica instead of running tests.
const workerEnv = "SAPAR_TEST_SCHEDULER"

// told is what a replica process is told. Its clock runs fast: a minute passes in Minute.
type told struct {
	Database string
	Start    time.Time
	Minute   time.Duration
	Lease    time.Duration
}

func (w told) now() time.Time {
	return noon.Add(time.Duration(float64(time.Since(w.Start)) * float64(time.Minute) / float64(w.Minute)))
}

func TestMain(m *testing.M) {
	if env := os.Getenv(workerEnv); env != "" {
		if err := work(env); err != nil {
			fmt.Fprintln(os.Stderr, "replica:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func work(env string) error {
	var w told
	if err := json.Unmarshal([]byte(env), &w); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	db, err := database.Open(ctx, w.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	job := scheduler.Job{Name: "minute", Spec: "* * * * *", Validity: time.Hour, Run: func(ctx context.Context, slot time.Time) (scheduler.Counts, error) {
		var n int
		err := db.GetContext(ctx, &n, "INSERT INTO hits (slot, pid) VALUES ($1, $2) RETURNING n", slot, os.Getpid())
		<-time.After(time.Duration(rand.IntN(int(w.Minute)))) // work
		return scheduler.Counts{"hit": n}, err
	}}
	s, err := scheduler.New(scheduler.Options{DB: db, Now: w.now, Look: w.Minute / 5, Lease: w.Lease}, job)
	if err != nil {
		return err
	}
	s.Run(ctx)
	return nil
}

func spawn(t *testing.T, w told) *exec.Cmd {
	t.Helper()
	env, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerEnv+"="+string(env))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// Three replicas, of which one is killed or frozen beyond its lease every now and then: each slot is one row, what was done was done, and a
// replica that thaws says nothing about a run that was taken from it.
func TestKilledAndFrozenReplicasLoseNoSlot(t *testing.T) {
	rounds := 4
	if os.Getenv("SAPAR_LONG") != "" {
		rounds = 60
	}
	url := database.NewURL(t)
	owner, err := database.OpenOwner(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	if _, err := owner.Exec("CREATE TABLE hits (n serial PRIMARY KEY, slot timestamptz NOT NULL, pid int NOT NULL); GRANT ALL ON hits, hits_n_seq TO sapar_app"); err != nil {
		t.Fatal(err)
	}
	w := told{Database: url, Start: time.Now(), Minute: 200 * time.Millisecond, Lease: 600 * time.Millisecond}
	replicas := []*exec.Cmd{spawn(t, w), spawn(t, w), spawn(t, w)}
	for round := range rounds {
		<-time.After(600 * time.Millisecond)
		i := round % len(replicas)
		if round%2 == 0 {
			_ = replicas[i].Process.Signal(syscall.SIGSTOP)
			<-time.After(2 * w.Lease)
			_ = replicas[i].Process.Signal(syscall.SIGCONT)
			continue
		}
		_ = replicas[i].Process.Kill()
		_ = replicas[i].Wait()
		replicas[i] = spawn(t, w)
	}
	<-time.After(2 * w.Lease)
	for _, r := range replicas {
		if err := errors.Join(r.Process.Signal(syscall.SIGTERM), r.Wait()); err != nil {
			t.Errorf("a replica that was told to end: %v", err)
		}
	}
	var slots, span, done, unmarked, wrong, repeated int
	err = owner.QueryRow(`
SELECT count(*), extract(epoch FROM max(slot) - min(slot))::int / 60 + 1, count(*) FILTER (WHERE state = 'done'),
    count(*) FILTER (WHERE (state = 'skipped') <> (hits = 0)), count(*) FILTER (WHERE state = 'done' AND (counts ->> 'hit')::int <> last),
    coalesce(sum(hits - 1) FILTER (WHERE hits > 1), 0)
FROM job_runs r CROSS JOIN LATERAL (SELECT count(*) AS hits, max(n) AS last FROM hits h WHERE h.slot = r.slot) h
WHERE state <> 'running'`).Scan(&slots, &span, &done, &unmarked, &wrong, &repeated)
	t.Logf("%d slots: %d done, %d skipped, %d begun again by another replica after %d kills and freezes", slots, done, slots-done, repeated, rounds)
	if err != nil || span-slots > 1 || unmarked != 0 || wrong != 0 || done == 0 || repeated > rounds {
		t.Errorf("%d of %d slots, %d unmarked, %d told by another than the latest, %d again, %v", slots, span, unmarked, wrong, repeated, err)
	}
}

func TestJobsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, j := range []scheduler.Job{
		{Name: "a", Spec: "0 0 30 2 *", Validity: time.Hour, Run: quick}, {Name: "a", Spec: "@daily", Run: quick}, {Name: "a", Spec: "@daily", Validity: time.Hour},
	} {
		if _, err := scheduler.New(scheduler.Options{}, j); err == nil || !strings.Contains(err.Error(), "a") {
			t.Errorf("%+v: %v", j, err)
		}
	}
}
