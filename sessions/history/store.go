package history

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/people"
)

const sqlForgetTurns = `
DELETE FROM turns
WHERE session_id IN (SELECT id FROM sessions WHERE person_id = $1)`

const sqlForgetTexts = `
DELETE FROM inbox
WHERE person_id = $1`

const sqlForgetSessions = `
DELETE FROM sessions
WHERE person_id = $1`

// Forget deletes what a person dialled, texted and was answered, the turn of this transaction too.
func Forget(ctx context.Context, tx *sqlx.Tx, person people.ID) error {
	for _, query := range []string{sqlForgetTurns, sqlForgetTexts, sqlForgetSessions} {
		if _, err := tx.ExecContext(ctx, query, person); err != nil {
			return wrap("forget sessions", err)
		}
	}
	return nil
}

const sqlGive = `
UPDATE sessions SET person_id = $2
WHERE person_id = $1`

// Give makes the sessions of one person those of another, who turned out to be the same.
func Give(ctx context.Context, tx *sqlx.Tx, from, to people.ID) error {
	_, err := tx.ExecContext(ctx, sqlGive, from, to)
	return wrap("give sessions", err)
}

// started_at is no later than last_seen_at; it is named since it has an index, which last_seen_at must not have: it changes with every turn.
const sqlOutdated = `
SELECT id
FROM sessions
WHERE started_at <= $1 AND last_seen_at <= CASE WHEN ended_at IS NULL OR carries THEN $1::timestamptz ELSE $2::timestamptz END AND length(state) > 0
LIMIT $3`

// outdated finds some of the sessions that were kept long enough.
func (c cuts) outdated(ctx context.Context, db *sqlx.DB) (ids []uuid.UUID, err error) {
	err = db.SelectContext(ctx, &ids, sqlOutdated, c.open, c.closed, mostFound)
	return ids, wrap("find outdated sessions", err)
}

// A session that somebody has just taken up again is theirs; one that another replica holds, it takes away.
const sqlHoldOutdated = `
SELECT s.id, (SELECT count(*) FROM (SELECT 1 FROM inbox x WHERE x.session_id = s.id LIMIT 1) one) > 0 AS texted
FROM sessions s
WHERE s.id = ANY ($1) AND s.last_seen_at <= CASE WHEN s.ended_at IS NULL OR s.carries THEN $2::timestamptz ELSE $3::timestamptz END AND length(s.state) > 0
FOR UPDATE SKIP LOCKED`

const sqlDropTurns = `
DELETE FROM turns
WHERE session_id = ANY ($1)`

const sqlDropSessions = `
DELETE FROM sessions
WHERE id = ANY ($1)`

const sqlEmptySessions = `
UPDATE sessions SET state = '', carries = false
WHERE id = ANY ($1)`

// drop deletes dialled sessions with their turns, and takes the state out of texted ones. It reports how many there were.
func (c cuts) drop(ctx context.Context, tx *sqlx.Tx, ids []uuid.UUID) (n int, err error) {
	var held []struct {
		ID     uuid.UUID `db:"id"`
		Texted bool      `db:"texted"`
	}
	if err := tx.SelectContext(ctx, &held, sqlHoldOutdated, pq.Array(ids), c.open, c.closed); err != nil {
		return 0, wrap("hold outdated sessions", err)
	}
	var dialled, texted pq.StringArray
	for _, s := range held {
		if s.Texted {
			texted = append(texted, s.ID.String())
			continue
		}
		dialled = append(dialled, s.ID.String())
	}
	for _, step := range []struct {
		query string
		ids   pq.StringArray
	}{{sqlDropTurns, dialled}, {sqlDropSessions, dialled}, {sqlEmptySessions, texted}} {
		if _, err := tx.ExecContext(ctx, step.query, step.ids); err != nil {
			return 0, wrap("take away outdated sessions", err)
		}
	}
	return len(held), nil
}

const sqlOldWords = `
SELECT session_id, message
FROM inbox
WHERE at > $1 AND at <= $2 AND length(raw) > 0
LIMIT $3`

// message names a text that came.
type message struct {
	Session uuid.UUID `db:"session_id"`
	ID      uuid.UUID `db:"message"`
}

// oldWords finds some of the texts of a time whose words are still here.
func oldWords(ctx context.Context, db *sqlx.DB, after, until time.Time) (found []message, err error) {
	err = db.SelectContext(ctx, &found, sqlOldWords, after, until, mostFound)
	return found, wrap("find old texts", err)
}

const sqlEmptyWords = `
WITH emptied AS (
    UPDATE inbox x SET raw = '', text = ''
    FROM unnest($1::uuid[], $2::uuid[]) AS o (session_id, message)
    WHERE x.session_id = o.session_id AND x.message = o.message AND length(x.raw) > 0
    RETURNING x.session_id, x.turn
), answered AS (
    UPDATE turns t SET reply = '', node = ''
    FROM emptied e
    WHERE t.session_id = e.session_id AND t.turn = e.turn
)
SELECT count(*) FROM emptied`

// emptyWords takes the words out of texts and of the answers to them, and reports of how many.
func emptyWords(ctx context.Context, tx *sqlx.Tx, texts []message) (n int, err error) {
	var sessions, ids pq.StringArray
	for _, m := range texts {
		sessions, ids = append(sessions, m.Session.String()), append(ids, m.ID.String())
	}
	err = tx.GetContext(ctx, &n, sqlEmptyWords, sessions, ids)
	return n, wrap("empty old texts", err)
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
