package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/people"
	"sapar/sms"
	"sapar/sms/outbox"
	"sapar/sms/testcarrier"
)

// workerEnv tells this binary to be a sender instead of running tests.
const workerEnv = "SAPAR_TEST_OUTBOX_WORKER"

// work is what a sender process is told.
type work struct {
	Database, Keys, Carrier string
	InFlight                int
	Post, Lease, Lag        time.Duration
}

func TestMain(m *testing.M) {
	if told := os.Getenv(workerEnv); told != "" {
		if err := runWorker(told); err != nil {
			fmt.Fprintln(os.Stderr, "worker:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func runWorker(told string) error {
	var w work
	if err := json.Unmarshal([]byte(told), &w); err != nil {
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
	o, err := outbox.New(ctx, outbox.Options{
		DB: db, Keys: keys, InFlight: w.InFlight, Post: w.Post, Lease: w.Lease, Lag: w.Lag,
		Channels: []sms.Channel{{Name: "one", Prefixes: []string{"+"}, Carrier: &asker{poster{w.Carrier, newClient()}}}},
	})
	if err != nil {
		return err
	}
	return o.Run(ctx)
}

// spawn starts a sender process.
func spawn(t *testing.T, w work) *exec.Cmd {
	t.Helper()
	told, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerEnv+"="+string(told))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// long is true in make faults, where each experiment has its full size.
func long() bool { return os.Getenv("SAPAR_LONG") != "" }

// pick chooses the size of an experiment.
func pick[T any](short, full T) T {
	if long() {
		return full
	}
	return short
}

// fill queues many messages of class once.
func fill(t *testing.T, db *database.DB, keys *database.Keys, n int) {
	t.Helper()
	for left := n; left > 0; left -= 1000 {
		drafts := make([]sms.Draft, min(left, 1000))
		for i := range drafts {
			phone, _ := people.NewPhone(fmt.Sprintf("+99670%07d", left-i))
			drafts[i] = sms.Draft{Key: fmt.Sprint("message ", left-i), Person: uuid.New(), Phone: phone, Text: "Салам", Priority: sms.Case}
		}
		if err := database.InTx(t.Context(), db, func(tx *database.Tx) error { return sms.Queue(t.Context(), tx, keys, nil, drafts...) }); err != nil {
			t.Fatal(err)
		}
	}
}

// After any number of violent ends of sender processes no message of class once is doubled, none is lost, and none stays in doubt.
func TestKilledSendersLoseNothingAndDoubleNothing(t *testing.T) {
	messages, kills, processes := pick(4000, 20000), pick(20, 200), 3
	carrier := testcarrier.Start(t, func(c *testcarrier.Carrier) { c.Ask, c.Answer = knows(c), troubled })
	url := database.NewURL(t)
	db, err := database.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	told := work{Database: url, Keys: filepath.Join(t.TempDir(), "keys.json"), Carrier: carrier.URL, InFlight: 16, Post: time.Second, Lease: 2 * time.Second, Lag: 300 * time.Millisecond}
	keys, err := database.LoadKeys(told.Keys)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, db, keys, messages)

	start := time.Now()
	workers := make([]*exec.Cmd, processes)
	for i := range workers {
		workers[i] = spawn(t, told)
	}
	for range pick(1, 3) { // a worker that sleeps beyond its lease and wakes up again is no danger either
		paused := workers[rand.IntN(processes)].Process
		<-time.After(300 * time.Millisecond)
		_ = paused.Signal(syscall.SIGSTOP)
		<-time.After(told.Lease + 4*told.Lag)
		_ = paused.Signal(syscall.SIGCONT)
	}
	for range kills {
		<-time.After(time.Duration(20+rand.IntN(160)) * time.Millisecond)
		i := rand.IntN(processes)
		_ = end(workers[i], syscall.SIGKILL)
		workers[i] = spawn(t, told)
	}
	killed := time.Now()
	settledIn := waitSettled(t, db, killed)
	if settledIn > time.Minute {
		t.Errorf("settled only %v after the last kill", settledIn)
	}
	for _, w := range workers {
		if err := end(w, syscall.SIGTERM); err != nil {
			t.Errorf("a worker that was told to end: %v", err)
		}
	}
	report(t, db, carrier, messages, kills, time.Since(start), settledIn)
}

// troubled is a carrier that takes its time, and of a hundred messages resets one and answers another with an error, having taken both.
func troubled(r testcarrier.Received) testcarrier.Answer {
	then := testcarrier.Answer(testcarrier.Accepted)
	switch r.N % 100 {
	case 33:
		then = testcarrier.Resets
	case 66:
		then = testcarrier.Says(502, "text/plain", "")
	}
	return testcarrier.Before(func(testcarrier.Received) { <-time.After(time.Duration(20+rand.IntN(60)) * time.Millisecond) }, then)
}

// end ends a worker, and says how it ended.
func end(c *exec.Cmd, s syscall.Signal) error {
	return errors.Join(c.Process.Signal(s), c.Wait())
}

// waitSettled waits until every message is accepted or parked, and says how long after the last kill that was.
func waitSettled(t *testing.T, db *database.DB, since time.Time) time.Duration {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		var open int
		err := db.Get(&open, "SELECT pending + submitting + unknown - parked FROM outbox_identity")
		if err == nil && open == 0 {
			break
		}
		if time.Since(since) > 5*time.Minute {
			t.Fatalf("%d messages are still open, %v", open, err)
		}
	}
	return time.Since(since)
}

func report(t *testing.T, db *database.DB, carrier *testcarrier.Carrier, messages, kills int, took, settledIn time.Duration) {
	t.Helper()
	var accepted, parked, retried, unaccounted int
	err := db.QueryRow("SELECT accepted, parked, unaccounted FROM outbox_identity").Scan(&accepted, &parked, &unaccounted)
	if err != nil || unaccounted != 0 || accepted+parked != messages {
		t.Errorf("accepted %d, parked %d of %d, unaccounted %d, %v", accepted, parked, messages, unaccounted, err)
	}
	if err := db.Get(&retried, "SELECT count(*) FROM outbox WHERE attempt > 1"); err != nil {
		t.Error(err)
	}
	times, doubled := carrier.Times(), 0
	for _, n := range times {
		doubled += n - 1
	}
	if lost := messages - len(times) - parked; lost > 0 || doubled > 0 {
		t.Errorf("%d lost, %d doubled", lost, doubled)
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%d messages, %d kills\n| never arrived | duplicates at the carrier | state after | attempts after the first | time | settled after the last kill |\n", messages, kills)
	fmt.Fprintf(&table, "| %d | %d | %d accepted, %d parked | %d | %.1f s | %.1f s |", messages-len(times), doubled, accepted, parked, retried, took.Seconds(), settledIn.Seconds())
	t.Log(table.String())
}
