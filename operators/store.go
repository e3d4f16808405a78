package operators

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"sapar/database"
	"sapar/operators/accounts"
)

// counted is how many there are of something.
type counted struct {
	Name  string `db:"name"`
	Count int    `db:"count"`
}

const sqlActAs = `
SELECT set_config('sapar.office', $1, true)`

const sqlCasesByStatus = `
SELECT status AS name, count(*)
FROM applications
WHERE office = $1 AND closed_at IS NULL
GROUP BY status`

const sqlCasesByDue = `
SELECT CASE WHEN due_at IS NULL THEN 'none' WHEN due_at < $2 THEN 'late' WHEN due_at < $2 + interval '1 day' THEN 'today'
    WHEN due_at < $2 + interval '7 days' THEN 'week' ELSE 'later' END AS name, count(*)
FROM applications
WHERE office = $1 AND closed_at IS NULL
GROUP BY 1`

// caseCounts are the open cases of an office.
type caseCounts struct {
	ByStatus []counted
	ByDue    map[string]int // late, today, week, later, none
}

// readCaseCounts counts as the office: row-level security shows no other's.
func readCaseCounts(ctx context.Context, db *sqlx.DB, office string, today time.Time) (out caseCounts, err error) {
	out.ByDue = map[string]int{}
	err = database.InTx(ctx, db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, sqlActAs, office); err != nil {
			return err
		}
		if err := tx.SelectContext(ctx, &out.ByStatus, sqlCasesByStatus, office); err != nil {
			return err
		}
		var due []counted
		if err := tx.SelectContext(ctx, &due, sqlCasesByDue, office, today); err != nil {
			return err
		}
		for _, d := range due {
			out.ByDue[d.Name] = d.Count
		}
		return nil
	})
	return out, wrap("count cases", err)
}

const sqlTexts = `
SELECT status AS name, count(*)
FROM outbox
WHERE id >= $1
GROUP BY status
ORDER BY outbox_rank(status), status`

// readTexts counts the messages made since a time, by state. Their ids begin with the time, so that older ones are not read.
func readTexts(ctx context.Context, db *sqlx.DB, since time.Time) (out []counted, err error) {
	err = db.SelectContext(ctx, &out, sqlTexts, firstID(since))
	return out, wrap("count texts", err)
}

// firstID is the lowest id that a row of a time can have.
func firstID(at time.Time) (id uuid.UUID) {
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	return id
}

// calls are the sessions that began since a time.
type calls struct {
	Sessions int `db:"sessions"`
	Turns    int `db:"turns"`
	Ended    int `db:"ended"`
	Dropped  int `db:"dropped"`
}

const sqlCalls = `
SELECT count(*) AS sessions, coalesce(sum(turn), 0) AS turns, count(ended_at) AS ended, count(dropped_at) AS dropped
FROM sessions
WHERE started_at >= $1`

func readCalls(ctx context.Context, db *sqlx.DB, since time.Time) (out calls, err error) {
	err = db.GetContext(ctx, &out, sqlCalls, since)
	return out, wrap("count calls", err)
}

const sqlEmpty = `
SELECT NOT EXISTS (SELECT 1 FROM sessions)`

// readEmpty reports whether nobody has ever called.
func readEmpty(ctx context.Context, db *sqlx.DB) (empty bool, err error) {
	err = db.GetContext(ctx, &empty, sqlEmpty)
	return empty, wrap("look for calls", err)
}

const sqlCaseNow = `
SELECT status, assignee, office, version
FROM applications
WHERE number = $1`

// readCaseNow is what the audit keeps of a case, as far as the transaction sees it; nothing where it sees none.
func readCaseNow(ctx context.Context, tx *sqlx.Tx, number string) (accounts.State, error) {
	var status, assignee, office, version string
	err := tx.QueryRowxContext(ctx, sqlCaseNow, number).Scan(&status, &assignee, &office, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return accounts.State{"status": status, "assignee": assignee, "office": office, "version": version}, wrap("read a case", err)
}

// readCaseOf is readCaseNow as an office sees the case.
func readCaseOf(ctx context.Context, db *sqlx.DB, office, number string) (out accounts.State, err error) {
	err = database.InTx(ctx, db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, sqlActAs, office); err != nil {
			return err
		}
		out, err = readCaseNow(ctx, tx, number)
		return err
	})
	return out, err
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
