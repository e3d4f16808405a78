package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/sms"
)

// A lane is a channel and a priority, in the order in which they are to be served; that of messages bound to no channel has an index of its
// own. Whoever said stop since the message was queued is muted, as is a number that cannot be sent to; only the answer to what a phone itself
// just sent goes out all the same. The parts of broadcasts stand in a third index, and one that is paused is not read. (No EXISTS and no plain join here: Postgres may read all people into a hash for them, for every claim.)
const sqlCandidates = `
SELECT o.id, o.person_id, o.phone, o.language, coalesce(p.script, '') AS script, o.class, o.priority, o.wanted, o.channel, o.attempt, o.elsewhere,
    coalesce(o.text, (SELECT t.text FROM outbox_texts t WHERE t.key = o.key AND t.language = o.language)) AS text,
    coalesce(o.tried_at, now()) AS tried_at, o.send_until <= now() AS expired, o.send_after, CASE WHEN o.night IS NULL THEN 0 ELSE night_left(o.night, now()) END AS night,
    CASE WHEN o.batch IS NULL THEN 'sending' ELSE (SELECT b.state FROM broadcasts b WHERE b.number = o.batch) END AS batch,
    o.priority > 0 AND ((SELECT count(*) FROM stops s WHERE s.person_id = o.person_id AND s.topic IN ('', o.topic)) > 0
        OR coalesce(p.number_state = 'opted out' OR p.number_state <> '' AND NOT o.elsewhere, false)) AS muted
FROM (
    SELECT lane.place, m.*
    FROM unnest($1::text[], $2::smallint[]) WITH ORDINALITY AS lane (channel, priority, place)
    CROSS JOIN LATERAL (
        SELECT * FROM (
            SELECT *
            FROM outbox
            WHERE lane.channel = '' AND status = 'pending' AND outbox.channel = '' AND batch IS NULL AND outbox.priority = lane.priority AND send_after <= now()
            ORDER BY send_after LIMIT $3 FOR UPDATE SKIP LOCKED
        ) free
        UNION ALL
        SELECT part.* FROM (SELECT number FROM broadcasts WHERE lane.channel = '' AND lane.priority = 3 AND state = 'sending' ORDER BY NOT urgent, number) b
        CROSS JOIN LATERAL (
            SELECT * FROM outbox WHERE status = 'pending' AND outbox.channel = '' AND batch = b.number AND send_after <= now()
            ORDER BY send_after LIMIT $3 FOR UPDATE SKIP LOCKED
        ) part
        UNION ALL
        SELECT * FROM (
            SELECT *
            FROM outbox
            WHERE lane.channel = outbox.channel AND status = 'pending' AND outbox.channel <> '' AND outbox.priority = lane.priority AND send_after <= now()
            ORDER BY send_after LIMIT $3 FOR UPDATE SKIP LOCKED
        ) bound
    ) m
    LIMIT $3
) o
LEFT JOIN LATERAL (SELECT script, number_state FROM people WHERE id = o.person_id OFFSET 0) p ON true
ORDER BY o.place, o.send_after`

// candidates locks what may be sent next.
func candidates(ctx context.Context, tx *sqlx.Tx, channels []string, priorities []int32, most int) (rows []*message, err error) {
	err = tx.SelectContext(ctx, &rows, sqlCandidates, pq.StringArray(channels), pq.Int32Array(priorities), most)
	return rows, wrap("read the outbox", err)
}

const sqlMove = `
UPDATE outbox o
SET status = m.status, channel = m.channel, sender = m.sender, reason = m.reason, asks = 0,
    segments = CASE WHEN m.status = 'submitting' THEN m.segments ELSE o.segments END,
    script = CASE WHEN m.status = 'submitting' THEN m.script ELSE o.script END,
    attempt = o.attempt + CASE WHEN m.status = 'submitting' THEN 1 ELSE 0 END,
    tried_at = CASE WHEN m.status = 'submitting' THEN coalesce(o.tried_at, now()) ELSE o.tried_at END,
    lease_until = CASE WHEN m.status = 'submitting' THEN now() + make_interval(secs => $6) END,
    send_after = o.send_after + make_interval(secs => m.later)
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $7::float8[], $8::int[], $9::text[])
AS m (id, status, channel, sender, reason, later, segments, script)
WHERE o.id = m.id`

// apply carries out what was decided about candidates, which are still locked.
func apply(ctx context.Context, tx *sqlx.Tx, moves []move, lease time.Duration) error {
	var ids, statuses, channels, senders, reasons, scripts []string
	segments, later := pq.Int32Array{}, pq.Float64Array{}
	for _, m := range moves {
		ids, statuses, channels = append(ids, m.ID.String()), append(statuses, string(m.status)), append(channels, m.Channel)
		senders, reasons, later = append(senders, m.Sender), append(reasons, m.reason), append(later, m.later.Seconds())
		segments, scripts = append(segments, int32(m.segments)), append(scripts, string(m.Script))
	}
	_, err := tx.ExecContext(ctx, sqlMove, pq.StringArray(ids), pq.StringArray(statuses), pq.StringArray(channels), pq.StringArray(senders),
		pq.StringArray(reasons), lease.Seconds(), later, segments, pq.StringArray(scripts))
	return wrap("write the outbox", err)
}

const sqlMakeBuckets = `
INSERT INTO outbox_buckets (channel, tokens, filled_at)
SELECT channel, 1, now() FROM unnest($1::text[]) AS c (channel)
ON CONFLICT (channel) DO NOTHING`

func makeBuckets(ctx context.Context, db *sqlx.DB, channels []string) error {
	_, err := db.ExecContext(ctx, sqlMakeBuckets, pq.StringArray(channels))
	return wrap("make buckets", err)
}

// The buckets stay locked until the transaction ends; always in the same order, so that no two replicas wait for each other.
const sqlFillBuckets = `
UPDATE outbox_buckets b
SET filled_at = clock_timestamp(), tokens = CASE WHEN c.rate > 0
    THEN least(c.most, b.tokens + c.rate * extract(epoch FROM clock_timestamp() - b.filled_at)::float8) ELSE 0 END
FROM unnest($1::text[], $2::float8[], $3::float8[]) AS c (channel, rate, most)
WHERE b.channel = c.channel AND b.channel = ANY (ARRAY(
    SELECT l.channel FROM outbox_buckets l WHERE l.channel = ANY ($1) ORDER BY l.channel FOR NO KEY UPDATE))
RETURNING b.channel, b.tokens`

const sqlHeld = `
SELECT channel, extract(epoch FROM held_until - clock_timestamp())::float8 AS seconds
FROM outbox_buckets
WHERE held_until > clock_timestamp()`

// buckets fills the buckets of the limited channels and locks them, and says for how many seconds carriers asked us to wait.
func buckets(ctx context.Context, tx *sqlx.Tx, limited []sms.Channel) (tokens, held map[string]float64, err error) {
	if held, err = pairs(ctx, tx, sqlHeld); err != nil || len(limited) == 0 {
		return nil, held, wrap("read buckets", err)
	}
	var names []string
	var rates, most []float64
	for _, c := range limited {
		names, rates, most = append(names, c.Name), append(rates, c.Rate), append(most, burst(c.Rate))
	}
	tokens, err = pairs(ctx, tx, sqlFillBuckets, pq.StringArray(names), pq.Float64Array(rates), pq.Float64Array(most))
	return tokens, held, wrap("fill buckets", err)
}

func pairs(ctx context.Context, tx *sqlx.Tx, query string, args ...any) (map[string]float64, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]float64{}
	for rows.Next() {
		var name string
		var value float64
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, rows.Err()
}

const sqlTakeTokens = `
UPDATE outbox_buckets b SET tokens = b.tokens - c.segments
FROM unnest($1::text[], $2::float8[]) AS c (channel, segments)
WHERE b.channel = c.channel`

func takeTokens(ctx context.Context, tx *sqlx.Tx, channels []string, segments []float64) error {
	if len(channels) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, sqlTakeTokens, pq.StringArray(channels), pq.Float64Array(segments))
	return wrap("take tokens", err)
}

const sqlHold = `
UPDATE outbox_buckets
SET held_until = greatest(held_until, clock_timestamp() + make_interval(secs => $2))
WHERE channel = $1`

// hold keeps every replica from a channel for as long as its carrier asked.
func (s *store) hold(ctx context.Context, channel string, wait time.Duration) error {
	_, err := s.db.ExecContext(ctx, sqlHold, channel, wait.Seconds())
	return wrap("hold a channel", err)
}

// What is not returned is no longer ours: its lease ran out and somebody else decides. (No plain join here: Postgres may read all that are under
// way, and those that were, from the index of leases; and no "id = c.id": a plan made while the outbox was empty would read all of it.)
const sqlGate = `
SELECT o.id, o.priority > 0 AND ((SELECT count(*) FROM stops s WHERE s.person_id = o.person_id AND s.topic IN ('', o.topic)) > 0
    OR coalesce((SELECT p.number_state = 'opted out' OR p.number_state <> '' AND NOT o.elsewhere FROM people p WHERE p.id = o.person_id), false)) AS muted,
    o.batch IS NOT NULL AND (SELECT b.state FROM broadcasts b WHERE b.number = o.batch) IN ('paused', 'cancelled') AS held
FROM unnest($1::uuid[], $2::int[]) AS c (id, attempt)
CROSS JOIN LATERAL (SELECT * FROM outbox WHERE id >= c.id ORDER BY id LIMIT 1) o
WHERE o.id = c.id AND o.attempt = c.attempt AND o.status = 'submitting' AND o.lease_until > now()`

// gate asks, just before the POST of messages, which are still ours (the keys of the answer) and of those which are muted or held by now.
func (s *store) gate(ctx context.Context, messages []*message) (map[uuid.UUID]standing, error) {
	ids, attempts := make(pq.StringArray, len(messages)), make(pq.Int32Array, len(messages))
	for i, m := range messages {
		ids[i], attempts[i] = m.ID.String(), int32(m.Attempt)
	}
	var rows []standing
	if err := s.gateStmt.SelectContext(ctx, &rows, ids, attempts); err != nil {
		return nil, wrap("check messages again", err)
	}
	ours := make(map[uuid.UUID]standing, len(messages))
	for _, row := range rows {
		ours[row.ID] = row
	}
	return ours, nil
}

const sqlResults = `
UPDATE outbox o
SET status = CASE WHEN outbox_moves(o.status, r.status, r.park) THEN r.status ELSE o.status END,
    ref = CASE WHEN r.ref <> '' THEN r.ref ELSE o.ref END, repeated = o.repeated OR r.repeat,
    code = CASE WHEN outbox_moves(o.status, r.status, r.park) THEN r.code ELSE o.code END,
    reason = CASE WHEN outbox_moves(o.status, r.status, r.park) THEN r.reason ELSE o.reason END,
    sent_at = CASE WHEN r.status = 'accepted' THEN coalesce(o.sent_at, now()) ELSE o.sent_at END,
    send_after = CASE WHEN r.status = 'pending' THEN now() + make_interval(secs => r.wait) ELSE o.send_after END,
    ask_after = CASE WHEN r.status = 'unknown' AND NOT r.park THEN now() + make_interval(secs => r.wait) ELSE o.ask_after END,
    parked_at = CASE WHEN r.park THEN now() END
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::bool[], $9::bool[])
AS r (id, attempt, status, ref, code, reason, wait, park, repeat)
WHERE o.id = r.id AND o.attempt = r.attempt AND (outbox_moves(o.status, r.status, r.park) OR r.ref <> '' AND o.ref = '')`

// storeResults writes what became of attempts. Attempts that are no longer the latest of their message change nothing.
func storeResults(ctx context.Context, tx *sqlx.Tx, results []result) error {
	var ids, statuses, refs, codes, reasons []string
	var attempts []int32
	var waits []float64
	var parks, repeats []bool
	for _, r := range results {
		ids, attempts, statuses = append(ids, r.id.String()), append(attempts, int32(r.attempt)), append(statuses, string(r.status))
		refs, codes, reasons = append(refs, r.ref), append(codes, r.code), append(reasons, r.reason)
		waits, parks, repeats = append(waits, r.wait.Seconds()), append(parks, r.park), append(repeats, r.repeat)
	}
	_, err := tx.ExecContext(ctx, sqlResults, pq.StringArray(ids), pq.Int32Array(attempts), pq.StringArray(statuses), pq.StringArray(refs),
		pq.StringArray(codes), pq.StringArray(reasons), pq.Float64Array(waits), pq.BoolArray(parks), pq.BoolArray(repeats))
	return wrap("store results", err)
}

const sqlEndLeases = `
UPDATE outbox SET status = 'unknown', asks = 0, ask_after = now() + make_interval(secs => $1)
WHERE id IN (SELECT id FROM outbox WHERE status = 'submitting' AND lease_until < now() LIMIT 500 FOR UPDATE SKIP LOCKED)`

// endLeases puts attempts in doubt whose worker died, or is so slow that its word no longer counts for much.
func (s *store) endLeases(ctx context.Context, lag time.Duration) error {
	_, err := s.db.ExecContext(ctx, sqlEndLeases, lag.Seconds())
	return wrap("end leases", err)
}

// Each half reads an index of its own, in which the end stands, and no rows. What is part of a broadcast is ended by whoever looks after those.
const sqlExpire = `
UPDATE outbox SET status = 'expired', reason = $1
WHERE id IN (
    SELECT id FROM (
        SELECT id FROM outbox WHERE status = 'pending' AND channel = '' AND batch IS NULL AND send_until < now() LIMIT $2 FOR UPDATE SKIP LOCKED) free
    UNION ALL
    SELECT id FROM (
        SELECT id FROM outbox WHERE status = 'pending' AND channel <> '' AND send_until < now() LIMIT $2 FOR UPDATE SKIP LOCKED) bound)`

// expire ends what waited for a channel until it was no longer useful, and reports whether there may be more; what is claimed too late ends there.
func (s *store) expire(ctx context.Context) (more bool, err error) {
	var n int64
	result, err := s.db.ExecContext(ctx, sqlExpire, sms.ReasonExpired, mostExpired)
	if err == nil {
		n, err = result.RowsAffected()
	}
	return n >= mostExpired, wrap("expire messages", err)
}

const sqlUnbind = `
UPDATE outbox SET channel = ''
WHERE id IN (
    SELECT id FROM outbox WHERE status = 'pending' AND channel <> '' AND channel <> ALL ($1::text[]) LIMIT $2 FOR UPDATE SKIP LOCKED)`

// unbind frees what waits for a channel that is no longer there.
func (s *store) unbind(ctx context.Context, channels []string) error {
	_, err := s.db.ExecContext(ctx, sqlUnbind, pq.StringArray(channels), mostExpired)
	return wrap("free messages of channels that are gone", err)
}

const sqlDoubts = `
UPDATE outbox o SET asks = o.asks + 1, ask_after = now() + make_interval(secs => $1)
WHERE id IN (
    SELECT id FROM outbox
    WHERE status = 'unknown' AND parked_at IS NULL AND ask_after <= now()
    ORDER BY ask_after
    LIMIT $2
    FOR UPDATE SKIP LOCKED)
RETURNING o.id, o.person_id, o.phone, coalesce(o.text, (SELECT t.text FROM outbox_texts t WHERE t.key = o.key AND t.language = o.language)) AS text,
    o.language, o.script, o.class, o.priority, o.channel, o.sender, o.attempt, o.elsewhere, o.asks, o.repeated, o.tried_at`

// doubts takes messages in doubt that are due to be asked about; nobody else gets them for the time of lag.
func (s *store) doubts(ctx context.Context, lag time.Duration, most int) (rows []*message, err error) {
	err = s.db.SelectContext(ctx, &rows, sqlDoubts, lag.Seconds(), most)
	return rows, wrap("read doubts", err)
}

// store is the database with the statement of every POST prepared.
type store struct {
	db       *sqlx.DB
	gateStmt *sqlx.Stmt
}

func openStore(ctx context.Context, db *sqlx.DB) (*store, error) {
	stmt, err := db.PreparexContext(ctx, sqlGate)
	return &store{db: db, gateStmt: stmt}, wrap("prepare the outbox", err)
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
