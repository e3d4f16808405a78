package deadlines_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"sapar/database"
	"sapar/people"
	"sapar/scheduler"
	"sapar/scheduler/deadlines"
	"sapar/sms"
)

// workerEnv tells this binary to be a replica that reminds instead of running tests.
const workerEnv = "SAPAR_TEST_DEADLINES"

// told is what a replica process is told. Its clock is a row of the database, which jumps, and else goes some hundred times faster.
type told struct {
	Database, Keys string
	Lease          time.Duration
}

const (
	makeClock = `CREATE TABLE test_clock (at timestamptz NOT NULL, since timestamptz NOT NULL, speed int NOT NULL); GRANT SELECT ON test_clock TO sapar_app;
INSERT INTO test_clock VALUES (now(), now(), 300)`
	setClock  = "UPDATE test_clock SET at = $1, since = clock_timestamp()"
	readClock = "SELECT at + (clock_timestamp() - since) * speed FROM test_clock"
)

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

// work runs the job as sapar serve does: a slot every ten minutes, on any number of replicas.
func work(env string) error {
	var w told
	if err := json.Unmarshal([]byte(env), &w); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	keys, err := database.LoadKeys(w.Keys)
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, w.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	now := clock(db)
	limits := sms.DefaultLimits()
	limits.DailySegments = 1_000_000
	desk, err := deadlines.New(db, keys, sms.NewGuard(db, keys, limits, now))
	if err != nil {
		return err
	}
	job := scheduler.Job{Name: "deadlines", Spec: "*/10 * * * *", Validity: 24 * time.Hour, Run: func(ctx context.Context, _ time.Time) (scheduler.Counts, error) {
		counts, err := desk.Remind(ctx, now())
		return scheduler.Counts(counts), err
	}}
	s, err := scheduler.New(scheduler.Options{DB: db, Now: now, Look: 20 * time.Millisecond, Lease: w.Lease}, job)
	if err != nil {
		return err
	}
	s.Run(ctx)
	return nil
}

// clock reads the row; where it cannot, the time is the one before.
func clock(db *database.DB) func() time.Time {
	last := time.Time{}
	return func() time.Time {
		var at time.Time
		if err := db.Get(&at, readClock); err != nil {
			return last
		}
		last = at
		return at
	}
}

// replicas are three processes, of which one at a time is killed or frozen.
type replicas struct {
	*world
	owner         *database.DB
	told          told
	running       []*exec.Cmd
	frozen        *os.Process
	until         time.Time
	kills, froze  int
	freeze        time.Duration
	stops         map[people.ID]time.Time // by the clock that jumps
	stoppedReally map[people.ID]time.Time // by the database's
}

func newReplicas(t *testing.T, freeze time.Duration) *replicas {
	t.Helper()
	w := newWorld(t)
	r := &replicas{world: w, freeze: freeze, told: told{w.url, w.path, 600 * time.Millisecond}, stops: map[people.ID]time.Time{}, stoppedReally: map[people.ID]time.Time{}}
	var err error
	r.owner, err = database.OpenOwner(t.Context(), w.url)
	w.ok(err)
	t.Cleanup(func() { r.owner.Close() })
	_, err = r.owner.Exec(makeClock)
	w.ok(err)
	return r
}

func (r *replicas) start() {
	r.Helper()
	for range 3 {
		r.running = append(r.running, r.spawn())
	}
}

func (r *replicas) spawn() *exec.Cmd {
	r.Helper()
	env, err := json.Marshal(r.told)
	r.ok(err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerEnv+"="+string(env))
	cmd.Stderr = os.Stderr
	r.ok(cmd.Start())
	return cmd
}

func (r *replicas) end() {
	r.Helper()
	r.thaw(true)
	for _, c := range r.running {
		if err := errors.Join(c.Process.Signal(syscall.SIGTERM), c.Wait()); err != nil {
			r.Errorf("a replica that was told to end: %v", err)
		}
	}
}

// harm kills the next replica, or every so often freezes it beyond its lease.
func (r *replicas) harm() {
	r.Helper()
	i := (r.kills + r.froze) % len(r.running)
	if (r.kills+r.froze)%pick(2, 5) == 0 {
		r.frozen, r.until = r.running[i].Process, time.Now().Add(r.freeze)
		r.ok(r.frozen.Signal(syscall.SIGSTOP))
		r.froze++
		return
	}
	r.ok(r.running[i].Process.Kill())
	_ = r.running[i].Wait()
	r.running[i] = r.spawn()
	r.kills++
}

// thaw lets the frozen replica go on when its time has come, or at once.
func (r *replicas) thaw(now bool) {
	if r.frozen != nil && (now || time.Now().After(r.until)) {
		r.ok(r.frozen.Signal(syscall.SIGCONT))
		r.frozen = nil
	}
}

// due is how much there is to think of at a moment.
func (r *replicas) due(at time.Time) int {
	r.Helper()
	return r.count(`SELECT (SELECT count(*) FROM deadlines WHERE state = 'waiting' AND next_at <= $1) + (SELECT count(*) FROM deadline_reminders WHERE look_at <= $1)`, at)
}

// done waits until the replicas have thought of all that is due.
func (r *replicas) done(at time.Time) {
	r.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(2 * time.Minute)
	for r.due(at) > 0 {
		r.thaw(false)
		select {
		case <-tick.C:
		case <-late:
			r.Fatalf("at %s %d are due still", at, r.due(at))
		}
	}
}

// leave is the outbox: whoever said stop is left out at the last moment, as its claim does.
func (r *replicas) leave(at time.Time) {
	r.Helper()
	r.exec(`UPDATE outbox o SET status = CASE WHEN muted THEN 'cancelled' ELSE 'delivered' END, reason = CASE WHEN muted THEN 'muted' ELSE '' END,
		attempt = CASE WHEN muted THEN 0 ELSE 1 END, tried_at = send_after, sent_at = send_after
		FROM (SELECT id, EXISTS (SELECT 1 FROM stops s WHERE s.person_id = m.person_id) AS muted FROM outbox m WHERE status = 'pending' AND send_after <= $1) m
		WHERE o.id = m.id`, at)
}

func (r *replicas) stop(id people.ID, at time.Time) {
	r.Helper()
	_, err := people.Stop(r.Context(), r.db, id, people.Wish{Channel: "test", At: at})
	r.ok(err)
	var really time.Time
	r.ok(r.db.Get(&really, "SELECT clock_timestamp()"))
	r.stops[id], r.stoppedReally[id] = at, really
}
