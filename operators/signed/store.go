// Package signed keeps the sessions of the console in Postgres, sealed, under the hash of what the browser holds.
package signed

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sapar/database"
)

// Store is where scs keeps sessions. Its times are those of the machine, as scs's own are.
type Store struct {
	DB   *database.DB
	Keys *database.Keys
}

const sqlFind = `
SELECT data
FROM operator_sessions
WHERE token = $1 AND expires_at > $2`

// FindCtx opens the session of a token; it is false for one that is over or was never there.
func (s Store) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var sealed []byte
	err := s.DB.GetContext(ctx, &sealed, sqlFind, token, time.Now())
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find a session: %w", err)
	}
	plain, err := s.Keys.Open(sealed, sessionContext(token))
	if err != nil {
		return nil, false, fmt.Errorf("open a session: %w", err)
	}
	return plain, true, nil
}

const sqlCommit = `
INSERT INTO operator_sessions (token, data, expires_at)
VALUES ($1, $2, $3)
ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`

const sqlDropOver = `
DELETE FROM operator_sessions
WHERE expires_at < $1`

// CommitCtx keeps a session, and drops those that are over.
func (s Store) CommitCtx(ctx context.Context, token string, plain []byte, expiry time.Time) error {
	if _, err := s.DB.ExecContext(ctx, sqlCommit, token, s.Keys.Seal(plain, sessionContext(token)), expiry); err != nil {
		return fmt.Errorf("keep a session: %w", err)
	}
	if _, err := s.DB.ExecContext(ctx, sqlDropOver, time.Now()); err != nil {
		return fmt.Errorf("drop old sessions: %w", err)
	}
	return nil
}

const sqlDelete = `
DELETE FROM operator_sessions
WHERE token = $1`

// DeleteCtx ends a session.
func (s Store) DeleteCtx(ctx context.Context, token string) error {
	if _, err := s.DB.ExecContext(ctx, sqlDelete, token); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// Find is FindCtx without a deadline; scs asks for it and does not use it.
func (s Store) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a deadline.
func (s Store) Commit(token string, plain []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, plain, expiry)
}

// Delete is DeleteCtx without a deadline.
func (s Store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

func sessionContext(token string) []byte { return []byte("operator session " + token) }
