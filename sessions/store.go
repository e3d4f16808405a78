package sessions

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
)

// store is what sessions keep in Postgres, with the statements of every turn prepared.
type store struct {
	db    *sqlx.DB
	keys  *database.Keys
	read  *sqlx.Stmt
	reply *sqlx.Stmt
	write *sqlx.Stmt
}

func openStore(ctx context.Context, db *sqlx.DB, keys *database.Keys) (*store, error) {
	s := &store{db: db, keys: keys}
	for query, stmt := range map[string]**sqlx.Stmt{sqlReadSession: &s.read, sqlReadReply: &s.reply, sqlWriteTurns: &s.write} {
		prepared, err := db.PreparexContext(ctx, query)
		if err != nil {
			return nil, fmt.Errorf("prepare sessions: %w", err)
		}
		*stmt = prepared
	}
	return s, nil
}

// Everything a turn must know comes in one round trip: the person, by the main or a further number, this session, and the person's latest other one.
const sqlReadSession = `
SELECT p.id AS person_id, coalesce(p.language, '') AS language, coalesce(p.script, '') AS script,
    ARRAY(SELECT t.item FROM ticks t WHERE t.person_id = p.id) AS ticks,
    CASE WHEN n.phone_hash IS NULL THEN p.agreed_at IS NOT NULL ELSE true END AS agreed,
    CASE WHEN n.phone_hash IS NOT NULL AND p.number_state = 'bad' THEN '' ELSE coalesce(p.number_state, '') END AS number_state,
    EXISTS (SELECT 1 FROM stops x WHERE x.person_id = p.id AND x.topic = '')
        OR p.id IS NULL AND EXISTS (SELECT 1 FROM optouts x WHERE x.phone_hash = $1 AND x.topic = '') AS stopped,
    EXISTS (SELECT 1 FROM members h WHERE h.phone_hash = $1) AS has_pin,
    s.person_id AS owner, coalesce(s.turn, 0) AS turn, s.state, s.last_seen_at, s.ended_at IS NOT NULL AS ended,
    l.id AS held_id, l.state AS held_state, l.last_seen_at AS held_at, coalesce(l.ended_at IS NOT NULL, false) AS held_ended
FROM (SELECT 1) one
LEFT JOIN people m ON m.phone_hash = $1
LEFT JOIN numbers n ON n.phone_hash = $1 AND n.agreed_at IS NOT NULL AND m.id IS NULL
LEFT JOIN people p ON p.id = coalesce(m.id, n.person_id)
LEFT JOIN sessions s ON s.id = $2
LEFT JOIN LATERAL (
    SELECT o.id, o.last_seen_at, o.ended_at, CASE WHEN o.ended_at IS NULL OR o.carries THEN o.state END AS state
    FROM sessions o
    WHERE o.person_id = p.id AND o.id <> $2
    ORDER BY o.started_at DESC
    LIMIT 1
) l ON true`

type sessionRow struct {
	PersonID  uuid.NullUUID  `db:"person_id"`
	Language  menus.Language `db:"language"`
	Script    menus.Script   `db:"script"`
	Ticks     pq.StringArray `db:"ticks"`
	Agreed    bool           `db:"agreed"`
	Number    string         `db:"number_state"`
	Stopped   bool           `db:"stopped"`
	HasPIN    bool           `db:"has_pin"`
	Owner     uuid.NullUUID  `db:"owner"`
	Turn      int            `db:"turn"`
	State     []byte         `db:"state"`
	At        sql.NullTime   `db:"last_seen_at"`
	Ended     bool           `db:"ended"`
	HeldID    uuid.NullUUID  `db:"held_id"`
	HeldState []byte         `db:"held_state"`
	HeldAt    sql.NullTime   `db:"held_at"`
	HeldEnded bool           `db:"held_ended"`
}

// readSession fills a session from the database. What was answered in memory while it was away stays, unless another replica moved the session.
func (s *store) readSession(ctx context.Context, sess *session) error {
	var row sessionRow
	if err := s.read.GetContext(ctx, &row, s.phoneHash(sess.phone), sess.id); err != nil {
		return fmt.Errorf("read session: %w", err)
	}
	if err := s.fillPerson(&sess.person, &row); err != nil {
		return err
	}
	if err := s.fillState(sess, &row); err != nil {
		return err
	}
	sess.owner = row.Owner.UUID
	sess.stored, sess.turns, sess.known, sess.at = row.State != nil, row.Turn, true, row.At.Time
	s.fillHeld(sess, &row)
	return nil
}

func (s *store) phoneHash(p people.Phone) []byte { return s.keys.Hash("phone", p.E164()) }

const sqlReadReply = `
SELECT reply
FROM turns
WHERE session_id = $1 AND callback = $2 AND at >= $3
ORDER BY turn DESC
LIMIT 1`

// readReply finds the stored answer to a callback; ok is false when there is none.
func (s *store) readReply(ctx context.Context, id uuid.UUID, callback string, since time.Time) (reply Reply, ok bool, err error) {
	var sealed []byte
	err = s.reply.GetContext(ctx, &sealed, id, []byte(callback), since)
	return s.openFound(id, sealed, err)
}

const sqlReadTextReply = `
SELECT t.reply
FROM inbox x JOIN turns t ON t.session_id = x.session_id AND t.turn = x.turn
WHERE x.session_id = $1 AND x.message = encode($2, 'hex')::uuid`

// readTextReply finds the stored answer to a text; ok is false when it is new.
func (s *store) readTextReply(ctx context.Context, id uuid.UUID, callback string) (reply Reply, ok bool, err error) {
	var sealed []byte
	err = s.db.GetContext(ctx, &sealed, sqlReadTextReply, id, []byte(callback))
	return s.openFound(id, sealed, err)
}

// openFound opens what a query found, if anything.
func (s *store) openFound(id uuid.UUID, sealed []byte, err error) (reply Reply, ok bool, _ error) {
	if errors.Is(err, sql.ErrNoRows) {
		return Reply{}, false, nil
	}
	if err != nil {
		return Reply{}, false, fmt.Errorf("read reply: %w", err)
	}
	if len(sealed) == 0 {
		return Reply{}, true, nil // it was kept long enough (sessions/history)
	}
	reply, err = openReply(s.keys, id, sealed)
	return reply, err == nil, err
}

const sqlReadLastReply = `
SELECT reply
FROM turns
WHERE session_id = $1
ORDER BY turn DESC
LIMIT 1`

// readLastReply finds the answer to the latest callback of a session.
func (s *store) readLastReply(ctx context.Context, id uuid.UUID) (Reply, error) {
	var sealed []byte
	err := s.db.GetContext(ctx, &sealed, sqlReadLastReply, id)
	reply, _, err := s.openFound(id, sealed, err)
	return reply, err
}

// One statement writes the turns of up to maxBatch sessions. A session moves on only from the turn that was expected, and while it
// is whose it was when it was read; what did not move is not returned, and its caller reads again. A newcomer's row is made here too, and when another callback made it first, nothing is written.
// A text is kept as it came, once: its key is that of its callback, and one that is here already moves nothing. Nor does one of a phone that
// is not its person's any more: texts may be hours apart. (The arrays are subqueries so that Postgres does not see how long they are: it would
// plan anew for every batch, which takes as long as to carry it out. And the first text at or after this one is looked for, not this one, since a
// plan that was made while the inbox was empty would read all of it.)
const sqlWriteTurns = `
WITH input AS (
    SELECT * FROM unnest((SELECT $1::uuid[]), (SELECT $2::int[]), (SELECT $3::uuid[]), (SELECT $4::bytea[]), (SELECT $5::bytea[]),
        (SELECT $6::text[]), (SELECT $7::text[]), (SELECT $8::int[]), (SELECT $9::bytea[]), (SELECT $10::bool[]), (SELECT $11::text[]),
        (SELECT $12::bytea[]), (SELECT $13::bytea[]), (SELECT $14::timestamptz[]), (SELECT $15::bool[]), (SELECT $16::bool[]),
        (SELECT $17::bytea[]), (SELECT $18::bytea[]), (SELECT $19::uuid[]))
    AS i (id, turn, person_id, phone_hash, phone, channel, tree, revision, state, ended, node, callback, reply, at, fresh, carries, raw, text, owner)
    WHERE CASE WHEN text = '' THEN true ELSE coalesce((
        SELECT (x.session_id, x.message) <> (id, encode(callback, 'hex')::uuid) FROM inbox x
        WHERE (x.session_id, x.message) >= (id, encode(callback, 'hex')::uuid) ORDER BY x.session_id, x.message LIMIT 1), true) AND CASE WHEN phone <> '' THEN true
        WHEN (SELECT p.phone_hash = i.phone_hash FROM people p WHERE p.id = i.person_id) THEN true
        ELSE (SELECT count(*) FROM numbers n WHERE n.phone_hash = i.phone_hash AND n.person_id = i.person_id AND n.agreed_at IS NOT NULL) > 0 END END
), newcomers AS (
    INSERT INTO people (id, phone_hash, phone, created_at, agreed_at)
    SELECT person_id, phone_hash, phone, at, at FROM input WHERE phone <> ''
    ON CONFLICT DO NOTHING
    RETURNING id
), begun AS (
    INSERT INTO sessions (id, person_id, channel, tree, revision, turn, state, carries, started_at, last_seen_at, ended_at)
    SELECT id, person_id, channel, tree, revision, 1, state, carries, at, at, CASE WHEN ended THEN at END
    FROM input
    WHERE turn = 1 AND (phone = '' OR person_id IN (SELECT id FROM newcomers))
    ON CONFLICT DO NOTHING
    RETURNING id
), moved AS (
    UPDATE sessions s
    SET turn = i.turn, person_id = i.person_id, tree = i.tree, revision = i.revision, state = i.state, carries = i.carries, last_seen_at = i.at, ended_at = CASE WHEN i.ended THEN i.at END,
        started_at = CASE WHEN i.fresh THEN i.at ELSE s.started_at END
    FROM input i
    WHERE s.id = i.id AND s.turn = i.turn - 1 AND s.person_id = i.owner AND i.turn > 1
        AND (i.phone = '' OR i.person_id IN (SELECT id FROM newcomers))
    RETURNING s.id
), kept AS (
    INSERT INTO inbox (session_id, message, turn, person_id, channel, raw, text, at)
    SELECT i.id, encode(i.callback, 'hex')::uuid, i.turn, i.person_id, i.channel, i.raw, i.text, i.at
    FROM input i
    WHERE i.text <> '' AND i.id IN (SELECT id FROM begun UNION ALL SELECT id FROM moved)
)
INSERT INTO turns (session_id, turn, callback, node, reply, at)
SELECT i.id, i.turn, i.callback, i.node, i.reply, i.at
FROM input i
WHERE i.id IN (SELECT id FROM begun UNION ALL SELECT id FROM moved)
RETURNING session_id`

// columns are the rows as the arrays the statement takes.
type columns struct {
	ids, people, owners, channels, trees, nodes, ats []string
	phoneHashes, phones, states, callbacks, replies  pq.ByteaArray
	raws, texts                                      pq.ByteaArray
	turns, revisions                                 []int32
	ended, fresh, carries                            []bool
}

func (c *columns) add(r *turnRow) {
	c.ids = append(c.ids, r.id.String())
	c.turns = append(c.turns, int32(r.turn))
	c.people = append(c.people, r.person.String())
	c.owners = append(c.owners, r.owner.String())
	c.phoneHashes = append(c.phoneHashes, r.phoneHash)
	c.phones = append(c.phones, r.phone)
	c.channels = append(c.channels, r.channel)
	c.trees = append(c.trees, r.tree)
	c.revisions = append(c.revisions, int32(r.revision))
	c.states = append(c.states, r.state)
	c.ended = append(c.ended, r.ended)
	c.fresh = append(c.fresh, r.fresh)
	c.carries = append(c.carries, r.carries)
	c.nodes = append(c.nodes, r.node)
	c.callbacks = append(c.callbacks, r.callback)
	c.replies = append(c.replies, r.reply)
	c.raws = append(c.raws, r.raw)
	c.texts = append(c.texts, r.text)
	c.ats = append(c.ats, r.at.UTC().Format(time.RFC3339Nano))
}

// writeTurns writes a batch and returns the ids of the sessions that moved.
func (s *store) writeTurns(ctx context.Context, write *sqlx.Stmt, rows []*turnRow) (map[uuid.UUID]bool, error) {
	var c columns
	for _, r := range rows {
		c.add(r)
	}
	var ids []uuid.UUID
	err := write.SelectContext(ctx, &ids, pq.StringArray(c.ids), pq.Int32Array(c.turns), pq.StringArray(c.people), c.phoneHashes, c.phones,
		pq.StringArray(c.channels), pq.StringArray(c.trees), pq.Int32Array(c.revisions), c.states, pq.BoolArray(c.ended),
		pq.StringArray(c.nodes), c.callbacks, c.replies, pq.StringArray(c.ats), pq.BoolArray(c.fresh), pq.BoolArray(c.carries), c.raws, c.texts, pq.StringArray(c.owners))
	if err != nil {
		return nil, fmt.Errorf("write turns: %w", err)
	}
	moved := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		moved[id] = true
	}
	return moved, nil
}

const sqlDropSession = `
UPDATE sessions SET dropped_at = $2
WHERE id = $1 AND ended_at IS NULL`

// dropSession notes that the carrier ended a session before its last screen.
func (s *store) dropSession(ctx context.Context, id uuid.UUID, at time.Time) error {
	if _, err := s.db.ExecContext(ctx, sqlDropSession, id, at); err != nil {
		return fmt.Errorf("note a dropped session: %w", err)
	}
	return nil
}

// ping asks whether the database answers.
func (s *store) ping(ctx context.Context) error { return s.db.PingContext(ctx) }
