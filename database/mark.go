package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

const sqlReadMark = `
SELECT until
FROM retention_marks
WHERE what = $1`

// ReadMark is the moment before which everything of a kind was emptied already, so that an expiry need not read it again; the zero time when
// nothing was.
func ReadMark(ctx context.Context, db *sqlx.DB, what string) (until time.Time, err error) {
	err = db.GetContext(ctx, &until, sqlReadMark, what)
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return until, nil
	}
	return until, fmt.Errorf("read how far %s were emptied: %w", what, err)
}

const sqlSetMark = `
INSERT INTO retention_marks AS m (what, until) VALUES ($1, $2)
ON CONFLICT (what) DO UPDATE SET until = greatest(m.until, excluded.until)`

// SetMark keeps how far everything of a kind is emptied. It never goes back.
func SetMark(ctx context.Context, db *sqlx.DB, what string, until time.Time) error {
	if _, err := db.ExecContext(ctx, sqlSetMark, what, until); err != nil {
		return fmt.Errorf("keep how far %s were emptied: %w", what, err)
	}
	return nil
}

// mostAtOnce is how many rows an expiry changes in one transaction: nobody waits long for it, and a commit is nothing beside it.
const mostAtOnce = 1_000

// InBatches does something to many, a few at a time, each few in a transaction of its own. It reports the sum of what do reports.
func InBatches[T any](ctx context.Context, db *sqlx.DB, all []T, do func(ctx context.Context, tx *sqlx.Tx, some []T) (int, error)) (n int, err error) {
	for some := range slices.Chunk(all, mostAtOnce) {
		err := InTx(ctx, db, func(tx *sqlx.Tx) error {
			done, err := do(ctx, tx, some)
			n += done
			return err
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
