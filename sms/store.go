package sms

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/menus"
	"sapar/people"
)

// The reason of a refusal makes the row a cancelled one. Times that were left out are the database's, and a text whose language was left out is
// in the person's.
const sqlQueue = `
INSERT INTO outbox (id, key, person_id, phone, text, class, priority, topic, wanted, channel, segments, status, reason, language,
    send_after, send_until, elsewhere)
SELECT d.id, d.key, d.person_id, d.phone, d.text, d.class, d.priority, d.topic, d.channel, d.channel, d.segments,
    CASE WHEN d.reason = '' THEN 'pending' ELSE 'cancelled' END, d.reason, coalesce(nullif(d.language, ''), p.language, ''),
    coalesce(d.send_after, now()), coalesce(d.send_until, coalesce(d.send_after, now()) + make_interval(secs => $13)),
    d.elsewhere
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[], $5::bytea[], $6::text[], $7::smallint[], $8::text[], $9::text[],
    $10::int[], $11::text[], $12::timestamptz[], $14::timestamptz[], $15::text[], $16::bool[])
AS d (id, key, person_id, phone, text, class, priority, topic, channel, segments, reason, send_after, send_until, language, elsewhere)
LEFT JOIN people p ON p.id = d.person_id
ON CONFLICT (person_id, key) DO NOTHING`

// insert stores drafts; of two with one key the first counts.
func insert(ctx context.Context, tx sqlx.ExtContext, rows []queued) error {
	var ids, keys, people, classes, topics, channels, reasons, languages []string
	var phones, texts pq.ByteaArray
	var priorities, segments []int32
	var after, until []*string
	var elsewhere pq.BoolArray
	for _, r := range rows {
		ids, keys, people = append(ids, r.id.String()), append(keys, r.Key), append(people, r.Person.String())
		phones, texts, classes = append(phones, r.phone), append(texts, r.text), append(classes, string(r.class()))
		priorities, topics, channels = append(priorities, int32(r.Priority)), append(topics, r.Topic), append(channels, r.Channel)
		segments, reasons, languages = append(segments, int32(Segments(r.Text))), append(reasons, r.reason), append(languages, string(r.Language))
		elsewhere = append(elsewhere, r.Elsewhere)
		from, to := r.window()
		after, until = append(after, from), append(until, to)
	}
	_, err := tx.ExecContext(ctx, sqlQueue, pq.StringArray(ids), pq.StringArray(keys), pq.StringArray(people), phones, texts,
		pq.StringArray(classes), pq.Int32Array(priorities), pq.StringArray(topics), pq.StringArray(channels), pq.Int32Array(segments),
		pq.StringArray(reasons), pq.Array(after), Useful.Seconds(), pq.Array(until), pq.StringArray(languages), elsewhere)
	if err != nil {
		return fmt.Errorf("queue messages: %w", err)
	}
	return nil
}

const sqlKeepSharedText = `
INSERT INTO outbox_texts (key, language, text) VALUES ($1, $2, $3)
ON CONFLICT (key, language) DO NOTHING`

// keepSharedText stores the text of a broadcast in one language; the first one under a key stays.
func keepSharedText(ctx context.Context, db sqlx.ExecerContext, key string, language menus.Language, text []byte) error {
	if _, err := db.ExecContext(ctx, sqlKeepSharedText, key, language, text); err != nil {
		return fmt.Errorf("keep the text of a broadcast: %w", err)
	}
	return nil
}

// The conditions are those of a Segment, here and in sqlQueueMany; what a segment leaves out is folded away when the statement is planned. People
// are aggregated in the order in which they are read.
const sqlNextPeople = `
SELECT (array_agg(id))[count(*)] AS last, count(*) AS looked, count(*) FILTER (WHERE wanted) AS targets
FROM (
    SELECT p.id, ($4 = '' OR p.country = $4) AND ($5 = '' OR p.oblast = $5) AND ($6 = '' OR p.language = $6)
        AND (cardinality($7::text[]) = 0 OR p.country || '/' || encode(p.city_hash, 'hex') = ANY ($7))
        AND (cardinality($8::text[]) = 0 OR p.country || '/' || encode(p.city_hash, 'hex') <> ALL ($8))
        AND ($9 = 0 OR p.id IN (SELECT l.person_id FROM broadcast_lists l WHERE l.broadcast = $9 AND l.person_id > $1)) AS wanted
    FROM people p
    WHERE p.id > $1 AND p.id <= $2 AND p.phone IS NOT NULL
    ORDER BY p.id
    LIMIT $3
) next
HAVING count(*) > 0`

// nextPeople says how far a chunk goes, and how many of the people in it are of the segment; nobody is the end of the span.
func nextPeople(ctx context.Context, tx sqlx.QueryerContext, m *Mailing, span Span) (chunk Chunk, err error) {
	most := m.Most
	if most == 0 {
		most = mostMailed
	}
	s := &m.Segment
	err = sqlx.GetContext(ctx, tx, &chunk, sqlNextPeople, span.After, span.Last, most, s.Country, s.Oblast, s.Language,
		pq.StringArray(some(s.In)), pq.StringArray(some(s.NotIn)), s.List)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return chunk, fmt.Errorf("queue a broadcast: %w", err)
	}
	return chunk, nil
}

// some is a list that is never NULL.
func some(list []string) []string { return append([]string{}, list...) }

// Numbers are copied as they are sealed in people. The reasons are those of Guard.Admit, in its order. Ids are drawn by the caller, since that
// costs less; whoever came to us since the chunk was counted gets a random one.
const sqlQueueMany = `
WITH added AS (
    INSERT INTO outbox (id, key, person_id, phone, class, priority, topic, segments, status, reason, language, send_after, send_until, batch, night)
    SELECT coalesce(($6::uuid[])[c.n::int], gen_random_uuid()), $1, c.id, c.phone, 'once', $3, $2,
        CASE c.script WHEN 'latn' THEN ($12::int[])[c.reader] ELSE ($11::int[])[c.reader] END,
        CASE c.reason WHEN '' THEN 'pending' ELSE 'cancelled' END, c.reason, ($10::text[])[c.reader],
        coalesce(($4::timestamptz[])[c.place], now()),
        coalesce(($5::timestamptz[])[c.place], coalesce(($4::timestamptz[])[c.place], now()) + make_interval(secs => $14)),
        nullif($15::int, 0), ($17::smallint[])[c.place]
    FROM (
        SELECT p.id, p.phone, p.script, coalesce(array_position($9::text[], p.language), 1) AS reader, row_number() OVER (ORDER BY p.id) AS n,
            h.place,
            CASE WHEN p.agreed_at IS NULL THEN 'never agreed' WHEN p.number_state = 'bad' THEN 'bad number' WHEN p.number_state <> ''
                OR p.id IN (SELECT s.person_id FROM stops s WHERE s.person_id > $7 AND s.person_id <= $8 AND s.topic IN ('', $2))
                THEN 'stopped' WHEN ($5::timestamptz[])[h.place] <= ($4::timestamptz[])[h.place] THEN 'no decent hour' ELSE '' END AS reason
        FROM people p
        CROSS JOIN LATERAL (SELECT coalesce(array_position($16::text[], p.country || '/' || p.zone), 1) AS place) h
        WHERE p.id > $7 AND p.id <= $8 AND p.phone IS NOT NULL AND ($18 = '' OR p.country = $18) AND ($19 = '' OR p.oblast = $19)
            AND ($20 = '' OR p.language = $20)
            AND (cardinality($21::text[]) = 0 OR p.country || '/' || encode(p.city_hash, 'hex') = ANY ($21))
            AND (cardinality($22::text[]) = 0 OR p.country || '/' || encode(p.city_hash, 'hex') <> ALL ($22))
            AND ($23 = 0 OR p.id IN (SELECT l.person_id FROM broadcast_lists l WHERE l.broadcast = $23 AND l.person_id > $7 AND l.person_id <= $8))
            AND (NOT $13 OR (SELECT count(*) FROM outbox o WHERE o.person_id = p.id AND o.key = $1) = 0)
    ) c
    RETURNING reason, segments
)
SELECT reason, count(*) AS n, sum(segments) AS segments
FROM added
GROUP BY reason`

// insertMany queues a mailing for the people of a chunk; again looks first for those who have it already.
func insertMany(
	ctx context.Context, tx sqlx.QueryerContext, m *Mailing, texts []mailed, span Span, ids []string, again bool,
) (tallies []tally, err error) {
	var readers, languages pq.StringArray
	var segments, latin pq.Int32Array
	for _, t := range texts {
		readers, languages = append(readers, string(t.reader)), append(languages, string(t.language))
		segments, latin = append(segments, int32(t.segments)), append(latin, int32(t.latin))
	}
	h, s := m.hours(), &m.Segment
	err = sqlx.SelectContext(ctx, tx, &tallies, sqlQueueMany, m.Key, m.Topic, Broadcast, pq.Array(h.after), pq.Array(h.until), pq.StringArray(ids),
		span.After, span.Last, readers, languages, segments, latin, again, Useful.Seconds(), m.Batch, pq.StringArray(h.places), pq.Array(h.nights),
		s.Country, s.Oblast, s.Language, pq.StringArray(some(s.In)), pq.StringArray(some(s.NotIn)), s.List)
	if err != nil {
		return nil, fmt.Errorf("queue a broadcast: %w", err)
	}
	return tallies, nil
}

// isRepeated reports whether a statement failed because somebody had a message of the same reason.
func isRepeated(err error) bool {
	var refused *pq.Error
	return errors.As(err, &refused) && refused.Constraint == "outbox_reason"
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
RETURNING person_id, elsewhere`

const sqlKnown = `
SELECT EXISTS (SELECT 1 FROM outbox WHERE id = $2 AND channel = $1 AND attempt > 0)`

// reported is the message that a report was about.
type reported struct {
	Person    people.ID `db:"person_id"`
	Elsewhere bool      `db:"elsewhere"`
}

// report moves a message forward. It is found when we know the message, and moved when the report said something new.
func report(ctx context.Context, tx sqlx.ExtContext, channel string, r Report) (about reported, found, moved bool, err error) {
	id := r.ID
	if id == uuid.Nil {
		err := sqlx.GetContext(ctx, tx, &id, sqlFindByRef, channel, r.Ref)
		if errors.Is(err, sql.ErrNoRows) {
			return about, false, false, nil
		}
		if err != nil {
			return about, false, false, fmt.Errorf("find a reported message: %w", err)
		}
	}
	err = sqlx.GetContext(ctx, tx, &about, sqlReport, channel, id, r.Ref, r.Status, r.Code, r.reason())
	if err == nil {
		return about, true, true, nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = sqlx.GetContext(ctx, tx, &found, sqlKnown, channel, id)
	}
	if err != nil {
		return about, false, false, fmt.Errorf("apply a report: %w", err)
	}
	return about, found, false, nil
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

// Doubts are messages and reports that fit nothing.
type Doubts struct {
	Parked  int `db:"parked"`  // nobody can tell, and an operator decides
	Stuck   int `db:"stuck"`   // unknown for more than an hour
	Orphans int `db:"orphans"` // reports of the last week, more than an hour old, about no message of ours
}

const sqlDoubts = `
SELECT (SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL) AS parked,
    (SELECT count(*) FROM outbox WHERE status = 'unknown' AND parked_at IS NULL AND tried_at < now() - interval '1 hour') AS stuck,
    (SELECT count(*) FROM outbox_orphans WHERE at BETWEEN now() - interval '7 days' AND now() - interval '1 hour') AS orphans`

// ReadDoubts counts what is in doubt.
func ReadDoubts(ctx context.Context, db sqlx.QueryerContext) (d Doubts, err error) {
	if err := sqlx.GetContext(ctx, db, &d, sqlDoubts); err != nil {
		return d, fmt.Errorf("count what is in doubt: %w", err)
	}
	return d, nil
}
