package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/people"
)

// What a person was texted goes with them, on whosever phone; what still waited is not sent. A broadcast keeps its key, which is the same for
// all: others count by it.
const sqlForget = `
UPDATE outbox
SET phone = '', text = CASE WHEN text IS NULL THEN NULL ELSE ''::bytea END, key = CASE WHEN text IS NULL THEN key ELSE 'forgotten/' || id END,
    status = CASE status WHEN 'pending' THEN 'cancelled' ELSE status END, reason = CASE status WHEN 'pending' THEN 'forgotten' ELSE reason END,
    language = '', script = '', meant_for = NULL
WHERE person_id = $1 OR meant_for = $1`

// Forget takes number and words out of what was or is to be sent to a person. The rows stay, to be counted.
func Forget(ctx context.Context, tx *sqlx.Tx, person people.ID) error {
	_, err := tx.ExecContext(ctx, sqlForget, person)
	return wrap("forget messages", err)
}

// What was still under way when a person was forgotten, and the last answer that told them so, is emptied once it has arrived or failed.
const sqlForgetSent = `
UPDATE outbox o
SET phone = '', text = CASE WHEN o.text IS NULL THEN NULL ELSE ''::bytea END
FROM people p
WHERE p.id = o.person_id AND p.forgotten_at IS NOT NULL AND length(o.phone) > 0 AND o.status NOT IN ('pending', 'submitting', 'unknown')`

// ForgetSent takes number and words out of messages to forgotten people that have been sent since.
func ForgetSent(ctx context.Context, tx sqlx.ExtContext) error {
	_, err := tx.ExecContext(ctx, sqlForgetSent)
	return wrap("forget sent messages", err)
}

const sqlReaddress = `
UPDATE outbox SET phone = $2
WHERE person_id = $1 AND status = 'pending' AND meant_for IS NULL`

// readdress turns what waits to be sent to a person to another number of theirs, which is sealed for them.
func readdress(ctx context.Context, tx *sqlx.Tx, person people.ID, phone []byte) error {
	_, err := tx.ExecContext(ctx, sqlReaddress, person, phone)
	return wrap("readdress messages", err)
}

const sqlMean = `
UPDATE outbox SET meant_for = $3
WHERE person_id = $1 AND key = $2 AND text IS NOT NULL`

// Mean notes that a message just queued to the holder of a phone is for somebody who shares it.
func Mean(ctx context.Context, tx *sqlx.Tx, holder people.ID, key string, person people.ID) error {
	_, err := tx.ExecContext(ctx, sqlMean, holder, key, person)
	return wrap("note whom a message is for", err)
}

const sqlShared = `
SELECT id, person_id, meant_for, text
FROM outbox
WHERE meant_for = $1 AND status = 'pending'
UNION ALL
SELECT id, person_id, meant_for, text
FROM outbox
WHERE person_id = $1 AND meant_for IS NOT NULL AND status = 'pending'`

// shared is a message that waits for a phone which several people share.
type shared struct {
	ID     uuid.UUID `db:"id"`
	Holder people.ID `db:"person_id"` // it is sealed for them
	For    people.ID `db:"meant_for"`
	Text   []byte    `db:"text"`
}

// waiting finds what waits to be sent to a person on somebody else's phone, and to others on the phone of that person.
func waiting(ctx context.Context, tx *sqlx.Tx, person people.ID) (rows []shared, err error) {
	err = tx.SelectContext(ctx, &rows, sqlShared, person)
	return rows, wrap("read messages of a household", err)
}

const sqlHandOn = `
UPDATE outbox SET person_id = $2, phone = $3, text = $4, meant_for = CASE WHEN meant_for = $2 THEN NULL ELSE meant_for END
WHERE id = $1 AND status = 'pending'`

// handOn gives a message that waits to the phone of somebody else, sealed for them.
func handOn(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, holder people.ID, phone, text []byte) error {
	_, err := tx.ExecContext(ctx, sqlHandOn, id, holder, phone, text)
	return wrap("hand on a message", err)
}

const sqlCancel = `
UPDATE outbox SET status = 'cancelled', reason = $2
WHERE id = $1 AND status = 'pending'`

func cancel(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, reason string) error {
	_, err := tx.ExecContext(ctx, sqlCancel, id, reason)
	return wrap("cancel a message", err)
}

const sqlOld = `
SELECT id
FROM outbox
WHERE send_until > $1 AND send_until <= $2 AND length(phone) > 0
    AND (status NOT IN ('pending', 'submitting', 'unknown') OR status = 'unknown' AND parked_at IS NOT NULL)
LIMIT $3`

// old finds some of the messages whose time ended in a span, and that have number and words still.
func old(ctx context.Context, db *sqlx.DB, after, until time.Time) (ids []uuid.UUID, err error) {
	err = db.SelectContext(ctx, &ids, sqlOld, after, until, mostFound)
	return ids, wrap("find old messages", err)
}

const sqlEmpty = `
UPDATE outbox SET phone = '', text = CASE WHEN text IS NULL THEN NULL ELSE ''::bytea END
WHERE id = ANY ($1) AND length(phone) > 0`

// empty takes number and words out of messages, and reports out of how many.
func empty(ctx context.Context, tx *sqlx.Tx, ids []uuid.UUID) (int, error) {
	done, err := tx.ExecContext(ctx, sqlEmpty, pq.Array(ids))
	if err != nil {
		return 0, wrap("empty old messages", err)
	}
	n, err := done.RowsAffected()
	return int(n), wrap("empty old messages", err)
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
