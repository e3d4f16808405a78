package broadcasts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/menus"
	"sapar/people"
	"sapar/sms"
)

const sqlInsertBroadcast = `
INSERT INTO broadcasts (cause, name, topic, urgent, segment, content, made_by, made_at, starts_at, local_at, local_until, ends_at)
VALUES (nullif($1, ''), $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, '')::timestamp, nullif($11, '')::timestamp, $12)
ON CONFLICT (cause) DO NOTHING
RETURNING number`

func insertBroadcast(ctx context.Context, tx sqlx.QueryerContext, p *Plan, content []byte, now time.Time) (number int, err error) {
	segment, err := json.Marshal(p.Segment)
	if err != nil {
		return 0, fmt.Errorf("write a segment: %w", err)
	}
	err = sqlx.GetContext(ctx, tx, &number, sqlInsertBroadcast, p.Cause, p.Name, p.Topic, p.Urgent, string(segment), content, p.By, now, p.Starts,
		clock(p.Local), clock(p.Until), p.Ends)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrMade
	}
	return number, wrap("make a broadcast", err)
}

// clock is what clocks show at a time, or nothing.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateTime)
}

const sqlInsertText = `
INSERT INTO broadcast_texts (broadcast, language, text) VALUES ($1, $2, $3)`

func insertText(ctx context.Context, tx sqlx.ExecerContext, number int, language menus.Language, sealed []byte) error {
	_, err := tx.ExecContext(ctx, sqlInsertText, number, language, sealed)
	return wrap("keep the text of a broadcast", err)
}

const sqlReadTexts = `
SELECT language, text
FROM broadcast_texts
WHERE broadcast = $1`

func readTexts(ctx context.Context, db sqlx.QueryerContext, number int) (map[menus.Language][]byte, error) {
	var rows []struct {
		Language menus.Language
		Text     []byte
	}
	err := sqlx.SelectContext(ctx, db, &rows, sqlReadTexts, number)
	out := map[menus.Language][]byte{}
	for _, row := range rows {
		out[row.Language] = row.Text
	}
	return out, wrap("read the text of a broadcast", err)
}

const sqlListDue = `
INSERT INTO broadcast_lists (broadcast, person_id)
SELECT DISTINCT $1::int, d.person_id FROM deadlines d WHERE d.state = 'waiting' AND d.due BETWEEN $2::date AND $2::date + $3::int`

func listDue(ctx context.Context, tx sqlx.ExecerContext, number int, now time.Time, days int) error {
	_, err := tx.ExecContext(ctx, sqlListDue, number, now, days)
	return wrap("list people with a deadline", err)
}

const sqlListApplicants = `
SELECT list_applicants($1, $2)`

func listApplicants(ctx context.Context, tx sqlx.QueryerContext, number int, kind string) error {
	var n int
	return wrap("list applicants", sqlx.GetContext(ctx, tx, &n, sqlListApplicants, number, kind))
}

const sqlKeepSegment = `
UPDATE broadcasts SET segment = $2
WHERE number = $1`

func keepSegment(ctx context.Context, tx sqlx.ExecerContext, number int, s sms.Segment) error {
	text, err := json.Marshal(s)
	if err == nil {
		_, err = tx.ExecContext(ctx, sqlKeepSegment, number, string(text))
	}
	return wrap("keep a segment", err)
}

const sqlKeepCount = `
UPDATE broadcasts SET people = $2, segments = $3
WHERE number = $1`

func keepCount(ctx context.Context, tx sqlx.ExecerContext, c Count) error {
	_, err := tx.ExecContext(ctx, sqlKeepCount, c.Number, c.People, c.Segments)
	return wrap("keep a count", err)
}

const sqlSameContent = `
SELECT number
FROM broadcasts
WHERE content = $1 AND number <> $2 AND started_at > $3
ORDER BY number DESC
LIMIT 1`

func sameContent(ctx context.Context, tx sqlx.QueryerContext, content []byte, number int, since time.Time) (other int, err error) {
	err = sqlx.GetContext(ctx, tx, &other, sqlSameContent, content, number, since)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return other, wrap("look for the same text", err)
}

const sqlFindReader = `
SELECT id, language
FROM people
WHERE phone_hash = $1`

// findReader is whose main number has a keyed hash, and what they read; nobody is no id.
func findReader(ctx context.Context, tx sqlx.QueryerContext, hash []byte) (person people.ID, reader menus.Language, err error) {
	err = tx.QueryRowxContext(ctx, sqlFindReader, hash).Scan(&person, &reader)
	if errors.Is(err, sql.ErrNoRows) {
		return uuid.Nil, "", nil
	}
	return person, reader, wrap("look for a number", err)
}

const sqlQueuedReason = `
SELECT reason
FROM outbox
WHERE person_id = $1 AND key = $2`

func queuedReason(ctx context.Context, tx sqlx.QueryerContext, person people.ID, key string) (reason string, err error) {
	err = sqlx.GetContext(ctx, tx, &reason, sqlQueuedReason, person, key)
	return reason, wrap("read a test", err)
}

const sqlReadBroadcast = `
SELECT number, name, topic, urgent, segment, state, people, segments, made_by, made_at, approved_by, approved_for, starts_at, local_at, local_until,
    ends_at, started_at, ended_at, note
FROM broadcasts
WHERE number = $1`

func readBroadcast(ctx context.Context, tx sqlx.QueryerContext, number int) (Broadcast, error) {
	list, err := readRows(ctx, tx, sqlReadBroadcast, number)
	if err == nil && len(list) == 0 {
		return Broadcast{}, fmt.Errorf("%w: %d", ErrNone, number)
	}
	if err != nil {
		return Broadcast{}, err
	}
	return list[0], nil
}

const sqlMadeBy = `
SELECT cause
FROM broadcasts
WHERE cause = ANY ($1)`

// madeBy are those of some causes that have made a broadcast.
func madeBy(ctx context.Context, db sqlx.QueryerContext, causes []string) (made []string, err error) {
	err = sqlx.SelectContext(ctx, db, &made, sqlMadeBy, pq.StringArray(causes))
	return made, wrap("look what was made", err)
}

const sqlListBroadcasts = `
SELECT number, name, topic, urgent, segment, state, people, segments, made_by, made_at, approved_by, approved_for, starts_at, local_at, local_until,
    ends_at, started_at, ended_at, note
FROM broadcasts
ORDER BY number DESC
LIMIT $1`

func listBroadcasts(ctx context.Context, db sqlx.QueryerContext, most int) ([]Broadcast, error) {
	return readRows(ctx, db, sqlListBroadcasts, most)
}

const sqlOpenBroadcasts = `
SELECT number, name, topic, urgent, segment, state, people, segments, made_by, made_at, approved_by, approved_for, starts_at, local_at, local_until,
    ends_at, started_at, ended_at, note
FROM broadcasts
WHERE state IN ('sending', 'paused') OR state = 'cancelled' AND NOT swept
ORDER BY NOT urgent, number`

// openBroadcasts are those that something is to be done about.
func openBroadcasts(ctx context.Context, db sqlx.QueryerContext) ([]Broadcast, error) {
	return readRows(ctx, db, sqlOpenBroadcasts)
}

func readRows(ctx context.Context, tx sqlx.QueryerContext, query string, args ...any) (list []Broadcast, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, wrap("read broadcasts", err)
	}
	defer rows.Close()
	for rows.Next() {
		var b Broadcast
		var segment []byte
		var local, until, started, ended sql.NullTime
		err := rows.Scan(&b.Number, &b.Name, &b.Topic, &b.Urgent, &segment, &b.State, &b.People, &b.Segments, &b.MadeBy, &b.MadeAt, &b.ApprovedBy,
			&b.ApprovedFor, &b.Starts, &local, &until, &b.Ends, &started, &ended, &b.Note)
		if err == nil {
			err = json.Unmarshal(segment, &b.Segment)
		}
		if err != nil {
			return nil, wrap("read a broadcast", err)
		}
		b.Local, b.Until, b.Started, b.Ended = local.Time, until.Time, started.Time, ended.Time
		list = append(list, b)
	}
	return list, wrap("read broadcasts", rows.Err())
}

const sqlApprove = `
UPDATE broadcasts SET approved_by = $2, approved_at = $3, approved_for = people
WHERE number = $1 AND state = 'draft' AND made_by <> $2`

func approve(ctx context.Context, db sqlx.ExecerContext, number int, by string, now time.Time) (bool, error) {
	return changed(db.ExecContext(ctx, sqlApprove, number, by, now))
}

const sqlSetState = `
UPDATE broadcasts SET state = $2, note = '', started_at = coalesce(started_at, CASE WHEN $2 = 'sending' THEN $3::timestamptz END),
    ended_at = CASE WHEN $2 = 'cancelled' THEN $3::timestamptz END
WHERE number = $1 AND state = ANY ($4)`

// setState brings a broadcast from one of some states into another: one row, whatever its size.
func setState(ctx context.Context, db sqlx.ExecerContext, number int, to State, now time.Time, from ...State) (bool, error) {
	var states []string
	for _, s := range from {
		states = append(states, string(s))
	}
	return changed(db.ExecContext(ctx, sqlSetState, number, string(to), now, pq.StringArray(states)))
}

const sqlKeepNote = `
UPDATE broadcasts SET note = $2
WHERE number = $1`

func keepNote(ctx context.Context, db sqlx.ExecerContext, number int, note string) error {
	_, err := db.ExecContext(ctx, sqlKeepNote, number, note)
	return wrap("keep what a broadcast waits for", err)
}

const sqlOneAtATime = `
SELECT pg_advisory_xact_lock(5354, 17)`

// oneAtATime lets one broadcast start at a time, so that of two with the same text the second sees the first.
func oneAtATime(ctx context.Context, tx sqlx.ExecerContext) error {
	_, err := tx.ExecContext(ctx, sqlOneAtATime)
	return wrap("start one broadcast at a time", err)
}

func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, wrap("change a broadcast", err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
