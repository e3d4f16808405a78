package crowd

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/people"
	"sapar/sms"
)

const sqlBound = `
SELECT id
FROM people
WHERE id > $1 AND id < $2
ORDER BY id
OFFSET $3
LIMIT 1`

// Bound is the person with whom the next so many of a span end; more is whether the span goes on behind them.
func Bound(ctx context.Context, db sqlx.QueryerContext, span sms.Span, n int) (last people.ID, more bool, err error) {
	err = sqlx.GetContext(ctx, db, &last, sqlBound, span.After, span.Last, n-1)
	if errors.Is(err, sql.ErrNoRows) {
		return span.Last, false, nil
	}
	return last, err == nil, wrap("read people", err)
}

// The conditions are those of sms.Segment, the reasons those of its broadcasts.
const sqlCount = `
SELECT reader, latin, reason, count(*) AS n
FROM (
    SELECT p.language AS reader, p.script = 'latn' AS latin,
        CASE WHEN p.agreed_at IS NULL THEN 'never agreed' WHEN p.number_state = 'bad' THEN 'bad number' WHEN p.number_state <> ''
            OR p.id IN (SELECT s.person_id FROM stops s WHERE s.person_id > $1 AND s.person_id <= $2 AND s.topic IN ('', $3))
            THEN 'stopped' ELSE '' END AS reason
    FROM people p
    WHERE p.id > $1 AND p.id <= $2 AND p.phone IS NOT NULL AND ($4 = '' OR p.country = $4) AND ($5 = '' OR p.oblast = $5)
        AND ($6 = '' OR p.language = $6)
        AND (cardinality($7::text[]) = 0 OR p.country || '/' || encode(p.city_hash, 'hex') = ANY ($7))
        AND (cardinality($8::text[]) = 0 OR p.country || '/' || encode(p.city_hash, 'hex') <> ALL ($8))
        AND ($9 = 0 OR p.id IN (SELECT l.person_id FROM broadcast_lists l WHERE l.broadcast = $9 AND l.person_id > $1 AND l.person_id <= $2))
) p
GROUP BY reader, latin, reason`

// Count counts the people of a segment in a span, by what they are sent and whether they can be.
func Count(ctx context.Context, db sqlx.QueryerContext, topic string, s sms.Segment, span sms.Span) (groups []Group, err error) {
	in, notIn := pq.StringArray(append([]string{}, s.In...)), pq.StringArray(append([]string{}, s.NotIn...))
	err = sqlx.SelectContext(ctx, db, &groups, sqlCount, span.After, span.Last, topic, s.Country, s.Oblast, s.Language, in, notIn, s.List)
	return groups, wrap("count people", err)
}

const sqlPlaces = `
SELECT DISTINCT country, zone
FROM people
WHERE id > $1 AND id <= $2
ORDER BY country, zone`

// Places are where the people of a span are.
func Places(ctx context.Context, db sqlx.QueryerContext, span sms.Span) (places []Place, err error) {
	err = sqlx.SelectContext(ctx, db, &places, sqlPlaces, span.After, span.Last)
	return places, wrap("read where people are", err)
}

const sqlCut = `
INSERT INTO broadcast_parts (broadcast, part, reached, last)
SELECT $1, n, after, last FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS p (after, last, n)`

// Cut makes the parts of a broadcast.
func Cut(ctx context.Context, tx sqlx.ExecerContext, broadcast int, spans []sms.Span) error {
	var after, last pq.StringArray
	for _, span := range spans {
		after, last = append(after, span.After.String()), append(last, span.Last.String())
	}
	_, err := tx.ExecContext(ctx, sqlCut, broadcast, after, last)
	return wrap("cut a broadcast into parts", err)
}

const sqlTake = `
UPDATE broadcast_parts SET lease_until = clock_timestamp() + make_interval(secs => $2)
WHERE broadcast = $1 AND part = (
    SELECT part FROM broadcast_parts
    WHERE broadcast = $1 AND NOT done AND lease_until < clock_timestamp()
        AND EXISTS (SELECT 1 FROM broadcasts WHERE number = $1 AND state = 'sending')
    ORDER BY part
    LIMIT 1
    FOR UPDATE SKIP LOCKED)
RETURNING broadcast, part, reached, last`

// Take takes a part that nobody is at.
func Take(ctx context.Context, db sqlx.QueryerContext, broadcast int, lease time.Duration) (p Part, ok bool, err error) {
	err = sqlx.GetContext(ctx, db, &p, sqlTake, broadcast, lease.Seconds())
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	return p, err == nil, wrap("take a part of a broadcast", err)
}

// Whoever froze and wakes up finds that the part has moved on; whoever is told to stop finds another state. FOR SHARE waits for a pause that is under
// way, and makes one wait for the chunk.
const sqlAdvance = `
UPDATE broadcast_parts SET reached = $4, targets = targets + $5, queued = queued + $6, skipped = skipped + $7, segments = segments + $8,
    reasons = (SELECT coalesce(jsonb_object_agg(reason, n), '{}') FROM (
        SELECT reason, sum(n::int) AS n FROM (SELECT * FROM jsonb_each_text(reasons) UNION ALL SELECT * FROM jsonb_each_text($9)) AS r (reason, n) GROUP BY 1) s),
    lease_until = clock_timestamp() + make_interval(secs => $10)
WHERE broadcast = $1 AND part = $2 AND reached = $3 AND NOT done
    AND (SELECT count(*) FROM (SELECT 1 FROM broadcasts WHERE number = $1 AND state = 'sending' FOR SHARE) b) > 0`

// Advance keeps, in the transaction of a chunk, that it was queued; false is that it must not be.
func Advance(ctx context.Context, tx sqlx.ExecerContext, p Part, c sms.Chunk, lease time.Duration) (bool, error) {
	skipped := 0
	for _, n := range c.Skipped {
		skipped += n
	}
	reasons, err := json.Marshal(c.Skipped)
	if err != nil {
		return false, fmt.Errorf("write reasons: %w", err)
	}
	return changed(tx.ExecContext(ctx, sqlAdvance, p.Broadcast, p.Part, p.Reached, c.Last, c.Targets, c.Queued, skipped, c.Segments, string(reasons),
		lease.Seconds()))
}

const sqlEnd = `
UPDATE broadcast_parts SET done = true, reached = last
WHERE broadcast = $1 AND part = $2 AND reached = $3`

// End keeps that all of a part is queued.
func End(ctx context.Context, db sqlx.ExecerContext, p Part) (bool, error) {
	return changed(db.ExecContext(ctx, sqlEnd, p.Broadcast, p.Part, p.Reached))
}

const sqlFree = `
UPDATE broadcast_parts SET lease_until = '-infinity'
WHERE broadcast = $1 AND part = $2 AND reached = $3`

// Free lets somebody else go on with a part.
func Free(ctx context.Context, db sqlx.ExecerContext, p Part) error {
	_, err := db.ExecContext(ctx, sqlFree, p.Broadcast, p.Part, p.Reached)
	return wrap("free a part of a broadcast", err)
}

const sqlProgress = `
SELECT targets, queued, skipped, segments, reasons, done
FROM broadcast_parts
WHERE broadcast = $1`

const sqlWaiting = `
SELECT (SELECT count(*) FROM outbox WHERE status = 'pending' AND channel = '' AND batch = $1)
    + (SELECT count(*) FROM outbox WHERE status = 'pending' AND channel <> '' AND batch = $1)`

// ReadProgress counts how far a broadcast is.
func ReadProgress(ctx context.Context, db sqlx.QueryerContext, broadcast int) (p Progress, err error) {
	var parts []struct {
		Targets, Queued, Skipped, Segments int
		Reasons                            []byte
		Done                               bool
	}
	if err := sqlx.SelectContext(ctx, db, &parts, sqlProgress, broadcast); err != nil {
		return p, wrap("read the parts of a broadcast", err)
	}
	p.Reasons, p.AllQueued = map[string]int{}, len(parts) > 0
	for _, part := range parts {
		p.Targets, p.Queued, p.Skipped, p.Segments = p.Targets+part.Targets, p.Queued+part.Queued, p.Skipped+part.Skipped, p.Segments+part.Segments
		p.AllQueued = p.AllQueued && part.Done
		var reasons map[string]int
		if err := json.Unmarshal(part.Reasons, &reasons); err != nil {
			return p, wrap("read reasons", err)
		}
		for reason, n := range reasons {
			p.Reasons[reason] += n
		}
	}
	return p, wrap("count what waits", sqlx.GetContext(ctx, db, &p.Waiting, sqlWaiting, broadcast))
}

const sqlOutcome = `
SELECT status, count(*) AS n
FROM outbox
WHERE batch = $1
GROUP BY status`

// Outcome counts the messages of a broadcast by their state.
func Outcome(ctx context.Context, db sqlx.QueryerContext, broadcast int) (map[sms.Status]int, error) {
	var rows []struct {
		Status sms.Status
		N      int
	}
	err := sqlx.SelectContext(ctx, db, &rows, sqlOutcome, broadcast)
	out := map[sms.Status]int{}
	for _, row := range rows {
		out[row.Status] = row.N
	}
	return out, wrap("count the messages of a broadcast", err)
}

const sqlExpire = `
UPDATE outbox SET status = 'expired', reason = $3
WHERE id IN (
    SELECT id FROM outbox WHERE status = 'pending' AND channel = '' AND batch = $1 AND send_until < now() LIMIT $2 FOR UPDATE SKIP LOCKED)`

// Expire ends what waited until it was no longer useful, some at a time, and says how many those were.
func Expire(ctx context.Context, db sqlx.ExecerContext, broadcast, most int) (int, error) {
	return count(db.ExecContext(ctx, sqlExpire, broadcast, most, sms.ReasonExpired))
}

const sqlCancel = `
UPDATE outbox SET status = 'cancelled', reason = $3
WHERE id IN (
    SELECT id FROM outbox WHERE status = 'pending' AND channel = '' AND batch = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`

// Cancel marks what a cancelled broadcast left, some at a time, and says how many those were.
func Cancel(ctx context.Context, db sqlx.ExecerContext, broadcast, most int) (int, error) {
	return count(db.ExecContext(ctx, sqlCancel, broadcast, most, sms.ReasonCancelled))
}

const sqlFinish = `
UPDATE broadcasts b SET state = 'done', ended_at = $2, swept = true
WHERE b.number = $1 AND b.state = 'sending' AND NOT EXISTS (SELECT 1 FROM broadcast_parts p WHERE p.broadcast = $1 AND NOT p.done)
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE status = 'pending' AND channel = '' AND batch = $1)
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE status = 'pending' AND channel <> '' AND batch = $1)
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE status = 'submitting' AND batch = $1)
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE status = 'unknown' AND parked_at IS NULL AND batch = $1)`

// Finish ends a broadcast of which nothing is left to send.
func Finish(ctx context.Context, db sqlx.ExecerContext, broadcast int, now time.Time) (bool, error) {
	return changed(db.ExecContext(ctx, sqlFinish, broadcast, now))
}

const sqlSwept = `
UPDATE broadcasts SET swept = true
WHERE number = $1 AND state = 'cancelled' AND NOT EXISTS (SELECT 1 FROM outbox WHERE status = 'pending' AND batch = $1 AND channel <> '')`

// Swept keeps that nothing of a cancelled broadcast waits any more.
func Swept(ctx context.Context, db sqlx.ExecerContext, broadcast int) error {
	_, err := db.ExecContext(ctx, sqlSwept, broadcast)
	return wrap("keep that a broadcast is swept", err)
}

const sqlDropList = `
DELETE FROM broadcast_lists
WHERE broadcast = $1`

// DropList forgets who was in the segment of a broadcast.
func DropList(ctx context.Context, db sqlx.ExecerContext, broadcast int) error {
	_, err := db.ExecContext(ctx, sqlDropList, broadcast)
	return wrap("drop the list of a broadcast", err)
}

func changed(result sql.Result, err error) (bool, error) {
	n, err := count(result, err)
	return n > 0, err
}

func count(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, wrap("write the parts of a broadcast", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
