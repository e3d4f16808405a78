package applications

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"sapar/database"
)

// No conflict target is named: with one, Postgres would ask for the right to read the other office's row.
const sqlFile = `
INSERT INTO applications (id, number, kind, person_id, tree, revision, language, answers, filed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING`

// File stores an application in the transaction of the turn that confirmed it. Its answers are sealed.
func File(ctx context.Context, tx sqlx.ExtContext, keys *database.Keys, a Application) error {
	answers, err := json.Marshal(a.Answers)
	if err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("draw an id: %w", err)
	}
	sealed := keys.Seal(answers, []byte("application "+a.Number))
	done, err := tx.ExecContext(ctx, sqlFile, id, a.Number, a.Kind, a.PersonID, a.Tree, a.Revision, a.Language, sealed, a.FiledAt)
	if err != nil {
		return fmt.Errorf("file an application: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return ErrNumberTaken
	}
	return nil
}
