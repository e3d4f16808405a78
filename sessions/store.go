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

// Effects carries out what a turn asks for, in the transaction of the turn; the program's main hands it over.
type Effects func(ctx context.Context, tx *sqlx.Tx, turned Turned, effect menus.Effect) error

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

// Everything a turn must know comes in one round trip: the person, this session, and the person's latest other one.
const sqlReadSession = `
SELECT p.id AS person_id, coalesce(p.language, '') AS language, coalesce(p.script, '') AS script,
    ARRAY(SELECT t.item FROM ticks t WHERE t.person_id = p.id) AS ticks,
    coalesce(s.turn, 0) AS turn, s.state, s.last_seen_at, s.ended_at IS NOT NULL AS ended,
    l.id AS held_id, l.state AS held_state, l.last_seen_at AS held_at, coalesce(l.ended_at IS NOT NULL, false) AS held_ended
FROM (SELECT 1) one
LEFT JOIN people p ON p.phone_hash = $1
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
	if row.State != nil {
		kept, err := unseal(s.keys, sess.id, row.State)
		if err != nil {
			return fmt.Errorf("open session: %w", err)
		}
		if !sess.wentOn(row.Turn, &kept) {
			sess.saved, sess.ended, sess.begun, sess.ahead = kept, row.Ended, true, false
		}
	}
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
	if errors.Is(err, sql.ErrNoRows) {
		return Reply{}, false, nil
	}
	if err != nil {
		return Reply{}, false, fmt.Errorf("read reply: %w", err)
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
	if err := s.db.GetContext(ctx, &sealed, sqlReadLastReply, id); err != nil {
		return Reply{}, fmt.Errorf("read last reply: %w", err)
	}
	return openReply(s.keys, id, sealed)
}

// One statement writes the turns of up to maxBatch sessions. A session moves on only from the turn that was expected; what did not move is
// not returned, and its caller reads again. A newcomer's row is made here too, and when another callback made it first, nothing is written.
const sqlWriteTurns = `
WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::bytea[], $5::bytea[], $6::text[], $7::text[], $8::int[],
        $9::bytea[], $10::bool[], $11::text[], $12::bytea[], $13::bytea[], $14::timestamptz[], $15::bool[], $16::bool[])
    AS i (id, turn, person_id, phone_hash, phone, channel, tree, revision, state, ended, node, callback, reply, at, fresh, carries)
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
    SET turn = i.turn, tree = i.tree, revision = i.revision, state = i.state, carries = i.carries, last_seen_at = i.at, ended_at = CASE WHEN i.ended THEN i.at END,
        started_at = CASE WHEN i.fresh THEN i.at ELSE s.started_at END
    FROM input i
    WHERE s.id = i.id AND s.turn = i.turn - 1 AND i.turn > 1
    RETURNING s.id
)
INSERT INTO turns (session_id, turn, callback, node, reply, at)
SELECT i.id, i.turn, i.callback, i.node, i.reply, i.at
FROM input i
WHERE i.id IN (SELECT id FROM begun UNION ALL SELECT id FROM moved)
RETURNING session_id`

// turnRow is one turn to be written.
type turnRow struct {
	id        uuid.UUID
	turn      int
	person    uuid.UUID
	phoneHash []byte // of a newcomer, else empty
	phone     []byte // sealed, of a newcomer, else empty
	channel   string
	tree      string
	revision  int
	state     []byte
	ended     bool
	fresh     bool // a dialogue begins in a session that is there already
	carries   bool // the state holds an earlier dropped dialogue besides
	node      string
	callback  []byte
	reply     []byte
	at        time.Time
}

// columns are the rows as the arrays the statement takes.
type columns struct {
	ids, people, channels, trees, nodes, ats        []string
	phoneHashes, phones, states, callbacks, replies pq.ByteaArray
	turns, revisions                                []int32
	ended, fresh, carries                           []bool
}

func (c *columns) add(r *turnRow) {
	c.ids = append(c.ids, r.id.String())
	c.turns = append(c.turns, int32(r.turn))
	c.people = append(c.people, r.person.String())
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
		pq.StringArray(c.nodes), c.callbacks, c.replies, pq.StringArray(c.ats), pq.BoolArray(c.fresh), pq.BoolArray(c.carries))
	if err != nil {
		return nil, fmt.Errorf("write turns: %w", err)
	}
	moved := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		moved[id] = true
	}
	return moved, nil
}

// Within is carried out in the transaction of a turn, after it is written and before its effects.
// The reply it returns takes the place of the turn's own.
type Within func(ctx context.Context, tx *sqlx.Tx, turned Turned, reply Reply) (Reply, error)

const sqlReplaceReply = `
UPDATE turns SET reply = $3
WHERE session_id = $1 AND turn = $2`

// replaceReply changes the reply of a turn within its own transaction.
func (s *store) replaceReply(ctx context.Context, tx *sqlx.Tx, row *turnRow, reply Reply) error {
	_, err := tx.ExecContext(ctx, sqlReplaceReply, row.id, row.turn, s.keys.Seal(reply.pack(), row.id[:]))
	return err
}

// writeWithEffects writes one turn and carries out what it asks for, in one transaction.
func (s *store) writeWithEffects(ctx context.Context, row *turnRow, turned Turned, within func(*sqlx.Tx) error, effects []menus.Effect, do Effects) error {
	return database.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		moved, err := s.writeTurns(ctx, tx.StmtxContext(ctx, s.write), []*turnRow{row})
		if err != nil {
			return err
		}
		if !moved[row.id] {
			return errStale
		}
		if err := within(tx); err != nil {
			return err
		}
		for _, e := range effects {
			if err := do(ctx, tx, turned, e); err != nil {
				return err
			}
		}
		return nil
	})
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
func (s *store) ping(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, "SELECT 1")
	return err
}
