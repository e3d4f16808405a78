package scheduler

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

const sqlTakeOver = `
UPDATE job_runs SET attempt = attempt + 1, started_at = $2, lease_until = clock_timestamp() + make_interval(secs => $3)
WHERE job = $1 AND state = 'running' AND lease_until < clock_timestamp()
RETURNING job, slot, state, by_hand, attempt, started_at AS started`

// takeOver takes a run whose replica is silent beyond its lease.
func takeOver(ctx context.Context, db *sqlx.DB, job string, now time.Time, lease time.Duration) (run Run, ok bool, err error) {
	err = db.QueryRowContext(ctx, sqlTakeOver, job, now, lease.Seconds()).Scan(&run.Job, &run.Slot, &run.State, &run.ByHand, &run.Attempt, &run.Started)
	return run, err == nil, found("take over a run", err)
}

const sqlLastSlot = `
SELECT slot, state
FROM job_runs
WHERE job = $1 AND slot <= $2 AND NOT by_hand
ORDER BY slot DESC
LIMIT 1`

// lastSlot is the latest slot up to now that is known; none is the zero time.
func lastSlot(ctx context.Context, db *sqlx.DB, job string, now time.Time) (slot time.Time, state State, err error) {
	err = db.QueryRowContext(ctx, sqlLastSlot, job, now).Scan(&slot, &state)
	return slot, state, found("look for the last slot", err)
}

const sqlSkip = `
INSERT INTO job_runs (job, slot, state, error)
SELECT $1, slot, 'skipped', $3 FROM unnest($2::timestamptz[]) AS s (slot)
ON CONFLICT (job, slot) DO NOTHING`

// skip keeps that slots were missed.
func skip(ctx context.Context, db *sqlx.DB, job string, slots []time.Time) error {
	if len(slots) == 0 {
		return nil
	}
	var at []string
	for _, slot := range slots {
		at = append(at, slot.UTC().Format(time.RFC3339Nano))
	}
	_, err := db.ExecContext(ctx, sqlSkip, job, pq.StringArray(at), ReasonMissed)
	return found("keep that slots were missed", err)
}

// A slot that a clock running ahead had skipped may be taken after all.
const sqlTake = `
INSERT INTO job_runs AS r (job, slot, state, by_hand, started_at, lease_until)
VALUES ($1, $2, 'running', $3, $4, clock_timestamp() + make_interval(secs => $5))
ON CONFLICT (job, slot) DO UPDATE
SET state = 'running', attempt = r.attempt + 1, started_at = excluded.started_at, lease_until = excluded.lease_until, error = ''
WHERE r.state = 'skipped'
RETURNING attempt`

// take takes a slot. It is not ours when somebody has it, had it, or runs another slot of the job.
func take(ctx context.Context, db *sqlx.DB, run Run, lease time.Duration) (Run, bool, error) {
	run.State = Running
	err := db.QueryRowContext(ctx, sqlTake, run.Job, run.Slot, run.ByHand, run.Started, lease.Seconds()).Scan(&run.Attempt)
	var refused *pq.Error
	if errors.As(err, &refused) && refused.Constraint == "job_runs_one" {
		return run, false, nil
	}
	return run, err == nil, found("take a slot", err)
}

const sqlRenew = `
UPDATE job_runs SET lease_until = clock_timestamp() + make_interval(secs => $4)
WHERE job = $1 AND slot = $2 AND attempt = $3 AND state = 'running'`

// renew tells that a run is alive; false is that it is no longer ours.
func renew(ctx context.Context, db *sqlx.DB, run Run, lease time.Duration) (ours bool, err error) {
	return changed(db.ExecContext(ctx, sqlRenew, run.Job, run.Slot, run.Attempt, lease.Seconds()))
}

const sqlGiveBack = `
UPDATE job_runs SET lease_until = '-infinity'
WHERE job = $1 AND slot = $2 AND attempt = $3 AND state = 'running'`

// giveBack lets another replica take a run over at once.
func giveBack(ctx context.Context, db *sqlx.DB, run Run) error {
	_, err := db.ExecContext(ctx, sqlGiveBack, run.Job, run.Slot, run.Attempt)
	return found("give a run back", err)
}

const sqlFinish = `
UPDATE job_runs SET state = $4, took = $5, counts = $6, error = $7, lease_until = NULL
WHERE job = $1 AND slot = $2 AND attempt = $3 AND state = 'running'`

// finish keeps how a run ended, unless another replica has taken it over.
func finish(ctx context.Context, db *sqlx.DB, run Run) (ours bool, err error) {
	if run.Counts == nil {
		run.Counts = Counts{}
	}
	counts, err := json.Marshal(run.Counts)
	if err != nil {
		return false, fmt.Errorf("write counts: %w", err)
	}
	return changed(db.ExecContext(ctx, sqlFinish, run.Job, run.Slot, run.Attempt, run.State, run.Took.Seconds(), string(counts), run.Error))
}

const sqlReadRun = `
SELECT job, slot, state, by_hand, attempt, coalesce(started_at, slot) AS started, coalesce(took, 0) AS took, counts, error
FROM job_runs
WHERE job = $1 AND slot = $2`

func readRun(ctx context.Context, db *sqlx.DB, job string, slot time.Time) (Run, error) {
	return scanRun(db.QueryRowContext(ctx, sqlReadRun, job, slot))
}

const sqlLastRun = `
SELECT job, slot, state, by_hand, attempt, coalesce(started_at, slot) AS started, coalesce(took, 0) AS took, counts, error
FROM job_runs
WHERE job = $1 AND state <> 'skipped'
ORDER BY slot DESC
LIMIT 1`

const sqlMissed = `
SELECT count(*)
FROM job_runs
WHERE job = $1 AND state = 'skipped' AND slot > $2`

// lastRun is the latest run of a job, and how many of its slots since a time were missed.
func lastRun(ctx context.Context, db *sqlx.DB, job string, since time.Time) (run Run, missed int, err error) {
	run, err = scanRun(db.QueryRowContext(ctx, sqlLastRun, job))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return run, 0, err
	}
	err = db.GetContext(ctx, &missed, sqlMissed, job, since)
	return run, missed, found("count missed slots", err)
}

func scanRun(row *sql.Row) (run Run, err error) {
	var took float64
	var counts []byte
	err = row.Scan(&run.Job, &run.Slot, &run.State, &run.ByHand, &run.Attempt, &run.Started, &took, &counts, &run.Error)
	if err != nil {
		return Run{}, fmt.Errorf("read a run: %w", err)
	}
	run.Took = time.Duration(took * float64(time.Second))
	if err := json.Unmarshal(counts, &run.Counts); err != nil {
		return run, fmt.Errorf("read counts: %w", err)
	}
	return run, nil
}

const sqlForgetRuns = `
DELETE FROM job_runs
WHERE slot < $1 AND state <> 'running'`

// ForgetRuns drops what is known of runs before a time, and says how many they were.
func ForgetRuns(ctx context.Context, db sqlx.ExecerContext, before time.Time) (n int, err error) {
	result, err := db.ExecContext(ctx, sqlForgetRuns, before)
	if err != nil {
		return 0, fmt.Errorf("forget runs: %w", err)
	}
	rows, err := result.RowsAffected()
	return int(rows), err
}

func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, fmt.Errorf("write a run: %w", err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// found leaves out that there was no row, and says what was done when it failed.
func found(doing string, err error) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
