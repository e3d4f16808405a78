package broadcasts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"sapar/database"
	"sapar/menus"
	"sapar/scheduler/broadcasts"
)

// workerEnv tells this binary to queue a broadcast instead of running tests.
const workerEnv = "SAPAR_TEST_BROADCASTS"

type told struct {
	Database, Keys string
	Number         int
}

func TestMain(m *testing.M) {
	if env := os.Getenv(workerEnv); env != "" {
		if err := work(env); err != nil {
			fmt.Fprintln(os.Stderr, "worker:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// work queues until all is queued, and writes how much memory that took.
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
	desk := &broadcasts.Desk{DB: db, Keys: keys, Now: time.Now, Approval: 2_000_000, Lease: time.Second}
	for {
		if err := desk.Queue(ctx, w.Number); err != nil {
			return err
		}
		p, err := desk.Progress(ctx, w.Number)
		if err != nil || p.AllQueued {
			return errors.Join(err, peak())
		}
		<-time.After(50 * time.Millisecond)
	}
}

// peak prints the most memory this process held, in KiB.
func peak() error {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	_, rest, _ := bytes.Cut(text, []byte("VmHWM:"))
	var kib int
	_, err = fmt.Sscan(string(rest), &kib)
	fmt.Println(kib)
	return err
}

func (w *world) spawn(number int) *exec.Cmd {
	w.t.Helper()
	env, err := json.Marshal(told{w.url, w.path, number})
	w.must(err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerEnv+"="+string(env))
	cmd.Stderr, cmd.Stdout = os.Stderr, new(bytes.Buffer)
	w.must(cmd.Start())
	return cmd
}

// within checks, in the long run only, how long something took.
func (w *world) within(most time.Duration, what string, since time.Time) {
	w.t.Helper()
	took := time.Since(since)
	if !long() {
		return
	}
	w.t.Logf("| %s | %.2f s | at most %s |", what, took.Seconds(), most)
	if took > most {
		w.t.Errorf("%s took %v", what, took)
	}
}

// measure queues a broadcast without trouble, in a process of its own.
func (w *world) measure(n int) {
	w.t.Helper()
	counting := time.Now()
	number := w.start(plan())
	w.t.Logf("| to count %d people, twice, and start | %.2f s | |", n, time.Since(counting).Seconds())
	queueing := time.Now()
	cmd := w.spawn(number)
	w.must(cmd.Wait())
	w.within(15*time.Second, fmt.Sprintf("to queue %d messages", n), queueing)
	var kib int
	_, err := fmt.Sscan(fmt.Sprint(cmd.Stdout), &kib)
	w.t.Logf("| memory of the process | %d MiB | at most 64 MiB |", kib>>10)
	if err != nil || long() && kib > 64<<10 {
		w.t.Errorf("%d KiB at most, %v", kib, err)
	}
	w.adds(number, n)
	w.exec("DELETE FROM outbox WHERE batch = $1", number)
	w.exec("DELETE FROM broadcast_parts WHERE broadcast = $1", number)
	w.exec("VACUUM outbox")
}

// holds checks that nothing is queued while a broadcast is paused, whoever is at it.
func (w *world) holds(number int) {
	w.t.Helper()
	begun := time.Now()
	w.must(w.desk.Pause(w.t.Context(), number))
	w.within(2*time.Second, "a pause while it is queued", begun)
	before, err := w.desk.Progress(w.t.Context(), number)
	w.must(err)
	<-time.After(100 * time.Millisecond)
	after, err := w.desk.Progress(w.t.Context(), number)
	if err != nil || before.Targets != after.Targets || after.Targets != after.Queued+after.Skipped {
		w.t.Errorf("during a pause from %d to %+v, %v", before.Targets, after, err)
	}
	w.must(w.desk.Resume(w.t.Context(), number))
}

// Whoever queues is killed, or frozen beyond its lease, at any moment, and somebody goes on: everybody is looked at once, nobody is queued twice.
func TestABroadcastWhoseHandsAreKilledAndFrozenIsQueuedOnce(t *testing.T) {
	w := newWorld(t)
	n, kills := pick(20_000, 1_000_000), pick(4, 12)
	w.people(n, "RU", "Europe/Moscow", menus.Russian)
	w.exec("VACUUM ANALYZE people")
	w.measure(n)
	number := w.start(plan())
	for range kills {
		a, b := w.spawn(number), w.spawn(number)
		<-time.After(time.Duration(150+rand.IntN(pick(150, 1500))) * time.Millisecond)
		w.holds(number)
		<-time.After(time.Duration(rand.IntN(pick(50, 500))) * time.Millisecond)
		_ = b.Process.Signal(syscall.SIGSTOP)
		_ = a.Process.Kill()
		_ = a.Wait()
		if p, err := w.desk.Progress(t.Context(), number); err != nil || p.Targets != p.Queued+p.Skipped {
			t.Errorf("%+v, %v", p, err)
		}
		w.must(errors.Join(w.desk.Pause(t.Context(), number), w.desk.Resume(t.Context(), number)))
		_ = b.Process.Signal(syscall.SIGCONT)
		<-time.After(100 * time.Millisecond)
		_ = b.Process.Kill()
		_ = b.Wait()
	}
	w.must(w.spawn(number).Wait())
	w.adds(number, n)
	t.Logf("%d people, %d kills, %d freezes and %d pauses: each queued once", n, 2*kills, kills, 2*kills)
}
