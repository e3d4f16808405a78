package sms

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/people"
	"sapar/sessions"
)

// The reason of a refusal makes the row a cancelled one. Times that were left out are the database's.
const sqlQueue = `
INSERT INTO outbox (id, key, person_id, phone, text, class, priority, topic, wanted, channel, segments, status, reason, send_after, send_until)
SELECT id, key, person_id, phone, text, class, priority, topic, channel, channel, segments,
    CASE WHEN reason = '' THEN 'pending' ELSE 'cancelled' END, reason,
    coalesce(send_after, now()), coalesce(send_until, coalesce(send_after, now()) + make_interval(secs => $13))
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[], $5::bytea[], $6::text[], $7::smallint[], $8::text[], $9::text[],
    $10::int[], $11::text[], $12::timestamptz[], $14::timestamptz[])
AS d (id, key, person_id, phone, text, class, priority, topic, channel, segments, reason, send_after, send_until)
ON CONFLICT (key) DO NOTHING`

// insert stores drafts; of two with one key the first counts.
func insert(ctx context.Context, tx sqlx.ExtContext, rows []queued) error {
	var ids, keys, people, classes, topics, channels, reasons []string
	var phones, texts pq.ByteaArray
	var priorities, segments []int32
	var after, until []*string
	for _, r := range rows {
		ids, keys, people = append(ids, r.id.String()), append(keys, r.Key), append(people, r.Person.String())
		phones, texts, classes = append(phones, r.phone), append(texts, r.text), append(classes, string(r.class()))
		priorities, topics, channels = append(priorities, int32(r.Priority)), append(topics, r.Topic), append(channels, r.Channel)
		segments, reasons = append(segments, int32(Segments(r.Text))), append(reasons, r.reason)
		from, to := r.window()
		after, until = append(after, from), append(until, to)
	}
	_, err := tx.ExecContext(ctx, sqlQueue, pq.StringArray(ids), pq.StringArray(keys), pq.StringArray(people), phones, texts,
		pq.StringArray(classes), pq.Int32Array(priorities), pq.StringArray(topics), pq.StringArray(channels), pq.Int32Array(segments),
		pq.StringArray(reasons), pq.Array(after), Useful.Seconds(), pq.Array(until))
	if err != nil {
		return fmt.Errorf("queue messages: %w", err)
	}
	return nil
}

const sqlFindByRef = `
SELECT id
FROM outbox
WHERE channel = $1 AND ref = $2 AND ref <> ''
ORDER BY tried_at DESC
LIMIT 1`

// A report is believed only on the channel its message left by. What was never tried cannot have been reported; what waits to be tried again
// can, and then is not.
const sqlReport = `
UPDATE outbox
SET status = $4, ref = CASE WHEN ref = '' THEN $3 ELSE ref END, code = $5, reason = $6, parked_at = NULL, sent_at = coalesce(sent_at, now())
WHERE id = $2 AND channel = $1 AND attempt > 0 AND outbox_rank($4) > outbox_rank(status)
RETURNING person_id`

const sqlKnown = `
SELECT EXISTS (SELECT 1 FROM outbox WHERE id = $2 AND channel = $1 AND attempt > 0)`

// report moves a message forward. It is found when we know the message, and moved when the report said something new.
func report(ctx context.Context, tx sqlx.ExtContext, channel string, r Report) (person people.ID, found, moved bool, err error) {
	id := r.ID
	if id == uuid.Nil {
		err := sqlx.GetContext(ctx, tx, &id, sqlFindByRef, channel, r.Ref)
		if errors.Is(err, sql.ErrNoRows) {
			return person, false, false, nil
		}
		if err != nil {
			return person, false, false, fmt.Errorf("find a reported message: %w", err)
		}
	}
	err = sqlx.GetContext(ctx, tx, &person, sqlReport, channel, id, r.Ref, r.Status, r.Code, r.reason())
	if err == nil {
		return person, true, true, nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = sqlx.GetContext(ctx, tx, &found, sqlKnown, channel, id)
	}
	if err != nil {
		return person, false, false, fmt.Errorf("apply a report: %w", err)
	}
	return person, found, false, nil
}

const sqlKeepOrphan = `
INSERT INTO outbox_orphans AS o (channel, ref, status, code, verdict) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (channel, ref) DO UPDATE SET reports = o.reports + 1, at = now(),
    status = CASE WHEN outbox_rank($3) > outbox_rank(o.status) THEN $3 ELSE o.status END,
    code = CASE WHEN outbox_rank($3) > outbox_rank(o.status) THEN $4 ELSE o.code END,
    verdict = CASE WHEN outbox_rank($3) > outbox_rank(o.status) THEN $5 ELSE o.verdict END`

// keepOrphan keeps a report for a message we do not know; of several the furthest.
func keepOrphan(ctx context.Context, db sqlx.ExtContext, channel string, r Report) error {
	if _, err := db.ExecContext(ctx, sqlKeepOrphan, channel, r.name(), r.Status, r.Code, r.Verdict); err != nil {
		return fmt.Errorf("keep an orphaned report: %w", err)
	}
	return nil
}

const sqlDropOrphan = `
DELETE FROM outbox_orphans
WHERE channel = $1 AND ref = $2`

func dropOrphan(ctx context.Context, db sqlx.ExtContext, channel string, r Report) error {
	if _, err := db.ExecContext(ctx, sqlDropOrphan, channel, r.name()); err != nil {
		return fmt.Errorf("drop an orphaned report: %w", err)
	}
	return nil
}

// A carrier's id is stored within a lease and a few looks of the report; older orphans stay for those who ask why.
const sqlSettled = `
SELECT n.channel, n.ref, n.status, n.code, n.verdict
FROM outbox_orphans n
JOIN outbox o ON o.channel = n.channel AND o.ref = n.ref AND o.ref <> ''
WHERE n.at > now() - interval '15 minutes'
LIMIT 500`

// settled lists the orphans whose message is known by now.
func settled(ctx context.Context, db *sqlx.DB) (orphans []orphan, err error) {
	if err := db.SelectContext(ctx, &orphans, sqlSettled); err != nil {
		return nil, fmt.Errorf("look for the messages of orphaned reports: %w", err)
	}
	return orphans, nil
}

const sqlKeepText = `
INSERT INTO inbox (channel, message, person_id, session_id, turn, raw, text, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// keepText stores a text; the same one a second time is an error, since its turn was answered before.
func keepText(ctx context.Context, tx sqlx.ExtContext, channel, message string, t sessions.Turned, raw, text []byte) error {
	if _, err := tx.ExecContext(ctx, sqlKeepText, channel, message, t.Person, t.Session, t.Turn, raw, text, t.At); err != nil {
		return fmt.Errorf("keep a text: %w", err)
	}
	return nil
}
