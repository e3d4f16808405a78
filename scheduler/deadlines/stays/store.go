package stays

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"sapar/people"
)

// queryer is a pool or a transaction to read from.
type queryer = sqlx.QueryerContext

const sqlRead = `
SELECT id, stay
FROM stays
WHERE person_id = $1`

type row struct {
	ID   uuid.UUID `db:"id"`
	Stay []byte    `db:"stay"` // sealed
}

func read(ctx context.Context, db queryer, person people.ID) (rows []row, err error) {
	if err := sqlx.SelectContext(ctx, db, &rows, sqlRead, person); err != nil {
		return nil, fmt.Errorf("read stays: %w", err)
	}
	return rows, nil
}

const sqlUpsert = `
INSERT INTO stays (id, person_id, stay, said_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET stay = excluded.stay, said_at = excluded.said_at`

func upsert(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, person people.ID, sealed []byte, at time.Time) error {
	if _, err := tx.ExecContext(ctx, sqlUpsert, id, person, sealed, at); err != nil {
		return fmt.Errorf("keep a stay: %w", err)
	}
	return nil
}

const sqlForget = `
DELETE FROM stays
WHERE person_id = $1`

// Forget deletes the stays of a person.
func Forget(ctx context.Context, tx *sqlx.Tx, person people.ID) error {
	if _, err := tx.ExecContext(ctx, sqlForget, person); err != nil {
		return fmt.Errorf("forget stays: %w", err)
	}
	return nil
}

const sqlGive = `
UPDATE stays SET person_id = $2
WHERE person_id = $1`

// Give makes the stays of one person those of another, who turned out to be the same.
func Give(ctx context.Context, tx *sqlx.Tx, from, to people.ID) error {
	if _, err := tx.ExecContext(ctx, sqlGive, from, to); err != nil {
		return fmt.Errorf("give stays: %w", err)
	}
	return nil
}
