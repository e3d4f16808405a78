package numbers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"sapar/people"
)

// queryer is a pool or a transaction to read from.
type queryer = sqlx.QueryerContext

const sqlLock = `
SELECT pg_advisory_xact_lock(hashtextextended('phone ' || encode($1, 'hex'), 0))`

// lock holds a phone until tx ends, whether or not there is a row of it.
func lock(ctx context.Context, tx *sqlx.Tx, phoneHash []byte) error {
	_, err := tx.ExecContext(ctx, sqlLock, phoneHash)
	return wrap("hold a phone", err)
}

const sqlCountOthers = `
SELECT count(*)
FROM members
WHERE phone_hash = $1 AND person_id <> $2`

func countOthers(ctx context.Context, tx *sqlx.Tx, phoneHash []byte, person people.ID) (n int, err error) {
	err = tx.GetContext(ctx, &n, sqlCountOthers, phoneHash, person)
	return n, wrap("count who shares a phone", err)
}

// Whoever shares a phone reads at first as its holder does.
const sqlInsertMember = `
INSERT INTO people (id, language, script, zone, created_at)
SELECT $1, coalesce(p.language, ''), coalesce(p.script, ''), coalesce(p.zone, ''), $3
FROM (SELECT 1) one LEFT JOIN people p ON p.phone_hash = $2`

func insertMember(ctx context.Context, tx *sqlx.Tx, phoneHash []byte, at time.Time) (people.ID, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return id, wrap("draw an id", err)
	}
	_, err = tx.ExecContext(ctx, sqlInsertMember, id, phoneHash, at)
	return id, wrap("store a member of a household", err)
}

const sqlNote = `
INSERT INTO number_history (person_id, phone_hash, became, at) VALUES ($1, $2, $3, $4)`

// note keeps what a number became to a person.
func note(ctx context.Context, tx *sqlx.Tx, person people.ID, phoneHash []byte, became string, at time.Time) error {
	_, err := tx.ExecContext(ctx, sqlNote, person, phoneHash, became, at)
	return wrap("note a number", err)
}

// holder is whom a phone leads to.
type holder struct {
	ID  people.ID `db:"id"`
	PIN bool      `db:"pin"`
}

const sqlHolder = `
SELECT id, pin <> '' AS pin FROM people WHERE phone_hash = $1
UNION ALL
SELECT p.id, p.pin <> '' FROM numbers n JOIN people p ON p.id = n.person_id WHERE n.phone_hash = $1 AND n.agreed_at IS NOT NULL
LIMIT 1`

// holderOf is whom a phone leads to; the zero holder when that is nobody.
func holderOf(ctx context.Context, tx *sqlx.Tx, phoneHash []byte) (h holder, err error) {
	err = tx.GetContext(ctx, &h, sqlHolder, phoneHash)
	if errors.Is(err, sql.ErrNoRows) {
		return holder{}, nil
	}
	return h, wrap("read whose a phone is", err)
}

// number is a main number. The zero one is none.
type number struct {
	Hash  []byte             `db:"phone_hash"`
	Phone []byte             `db:"phone"` // sealed for the person
	State people.NumberState `db:"number_state"`
}

const sqlMain = `
SELECT phone_hash, phone, number_state
FROM people
WHERE id = $1
FOR UPDATE`

// mainOf reads a person's main number, and holds the person until tx ends.
func mainOf(ctx context.Context, tx *sqlx.Tx, person people.ID) (m number, err error) {
	err = tx.GetContext(ctx, &m, sqlMain, person)
	return m, wrap("read a main number", err)
}

const sqlAddNumber = `
INSERT INTO numbers (phone_hash, phone, person_id, agreed_at, added_at) VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (phone_hash) DO UPDATE SET phone = $2, person_id = $3, agreed_at = $4, added_at = $4`

func addNumber(ctx context.Context, tx *sqlx.Tx, person people.ID, phoneHash, sealed []byte, at time.Time) error {
	_, err := tx.ExecContext(ctx, sqlAddNumber, phoneHash, sealed, person, at)
	return wrap("keep a further number", err)
}

const sqlKeepOld = `
INSERT INTO numbers (phone_hash, phone, person_id, added_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (phone_hash) DO UPDATE SET phone = $2, person_id = $3, agreed_at = NULL, added_at = $4`

// keepOld keeps a number as an old one, on which no PIN opens anything: whoever shared it is known by reference and PIN, from any phone. Else
// they would take the places of the next who has the number, and messages to them would go there.
func keepOld(ctx context.Context, tx *sqlx.Tx, person people.ID, phoneHash, sealed []byte, at time.Time) error {
	if _, err := tx.ExecContext(ctx, sqlKeepOld, phoneHash, sealed, person, at); err != nil {
		return wrap("keep an old number", err)
	}
	_, err := tx.ExecContext(ctx, sqlTakeMembers, phoneHash)
	return wrap("leave a phone", err)
}

const sqlSetMain = `
UPDATE people SET phone_hash = $2, phone = $3, agreed_at = $4, number_state = ''
WHERE id = $1`

const sqlDropNumber = `
DELETE FROM numbers
WHERE phone_hash = $1`

// setMain gives a person a main number that has just agreed, or none.
func setMain(ctx context.Context, tx *sqlx.Tx, person people.ID, m number, at time.Time) error {
	if _, err := tx.ExecContext(ctx, sqlSetMain, person, m.Hash, m.Phone, at); err != nil {
		return wrap("set a main number", err)
	}
	_, err := tx.ExecContext(ctx, sqlDropNumber, m.Hash)
	return wrap("set a main number", err)
}

const sqlShareStops = `
INSERT INTO stops (person_id, topic, stopped_at, channel)
SELECT $2, topic, stopped_at, channel FROM stops WHERE person_id = $1
ON CONFLICT (person_id, topic) DO NOTHING`

// shareStops has whoever comes to a phone stopped as its holder is.
func shareStops(ctx context.Context, tx *sqlx.Tx, from, to people.ID) error {
	_, err := tx.ExecContext(ctx, sqlShareStops, from, to)
	return wrap("share stops", err)
}

// What a carrier was told to stop on a number that is now a person's is a stop too.
const sqlMergeOptOut = `
INSERT INTO stops (person_id, topic, stopped_at, channel)
SELECT $2, '', now(), 'carrier' FROM people WHERE id = $1 AND number_state = 'opted out'
ON CONFLICT (person_id, topic) DO NOTHING`

const sqlMergeTicks = `
INSERT INTO ticks (person_id, item, ticked_at)
SELECT $2, item, ticked_at FROM ticks WHERE person_id = $1
ON CONFLICT (person_id, item) DO NOTHING`

const sqlMergeConsents = `
INSERT INTO consents (person_id, topic, version, agreed, channel, given_at)
SELECT $2, topic, version, agreed, channel, given_at FROM consents WHERE person_id = $1
ON CONFLICT (person_id, topic, given_at) DO NOTHING`

const sqlMergeNumbers = `
UPDATE numbers SET person_id = $2
WHERE person_id = $1`

const sqlMergeHistory = `
UPDATE number_history SET person_id = $2
WHERE person_id = $1`

const sqlMergeMerged = `
UPDATE people SET merged_into = $2
WHERE merged_into = $1`

const sqlDropMergedTicks = `
DELETE FROM ticks
WHERE person_id = $1`

const sqlDropMergedConsents = `
DELETE FROM consents
WHERE person_id = $1`

const sqlDropMergedMembers = `
DELETE FROM members
WHERE person_id = $1`

const sqlEmptyMerged = `
UPDATE people SET phone_hash = NULL, phone = NULL, pin = '', language = '', script = '', country = '', city = '', city_hash = '', oblast = '',
    raion = '', zone = '', merged_into = $2
WHERE id = $1`

// mergeRows gives all that this folder and people keep of one person to another, but the profile, and empties the row of the first.
func mergeRows(ctx context.Context, tx *sqlx.Tx, from, to people.ID) error {
	for _, query := range []string{
		sqlMergeOptOut, sqlShareStops, sqlMergeTicks, sqlMergeConsents, sqlMergeNumbers, sqlMergeHistory, sqlMergeMerged,
	} {
		if _, err := tx.ExecContext(ctx, query, from, to); err != nil {
			return wrap("merge two people", err)
		}
	}
	for _, query := range []string{sqlDropMergedTicks, sqlDropMergedConsents, sqlDropMergedMembers} {
		if _, err := tx.ExecContext(ctx, query, from); err != nil {
			return wrap("empty a merged person", err)
		}
	}
	if err := shareStops(ctx, tx, to, from); err != nil { // of what still waits to be sent to the newcomer
		return err
	}
	_, err := tx.ExecContext(ctx, sqlEmptyMerged, from, to)
	return wrap("empty a merged person", err)
}

const sqlNoteTaken = `
INSERT INTO number_history (person_id, phone_hash, became, at)
SELECT id, $1, 'reassigned', $2::timestamptz FROM people WHERE phone_hash = $1
UNION
SELECT person_id, $1, 'reassigned', $2 FROM numbers WHERE phone_hash = $1
UNION
SELECT person_id, $1, 'reassigned', $2 FROM members WHERE phone_hash = $1`

// A bad number mutes what still waits to be sent to it.
const sqlTakeMain = `
UPDATE people SET phone_hash = NULL, phone = NULL, agreed_at = NULL, number_state = 'bad'
WHERE phone_hash = $1`

const sqlTakeMembers = `
DELETE FROM members
WHERE phone_hash = $1`

// takeNumber takes a number from everybody it led to.
func takeNumber(ctx context.Context, tx *sqlx.Tx, phoneHash []byte, at time.Time) error {
	if _, err := tx.ExecContext(ctx, sqlNoteTaken, phoneHash, at); err != nil {
		return wrap("note a reassigned number", err)
	}
	for _, query := range []string{sqlTakeMain, sqlDropNumber, sqlTakeMembers} {
		if _, err := tx.ExecContext(ctx, query, phoneHash); err != nil {
			return wrap("take a reassigned number", err)
		}
	}
	return nil
}

// Whoever shares several phones is reached on the one they came to first.
const sqlReach = `
SELECT h.*
FROM (SELECT coalesce(p.phone_hash, (SELECT m.phone_hash FROM members m WHERE m.person_id = p.id ORDER BY m.joined_at LIMIT 1)) AS hash
    FROM people p WHERE p.id = $1) one
CROSS JOIN LATERAL (
    SELECT o.id AS holder, o.phone_hash AS hash, o.phone, false AS further FROM people o WHERE o.phone_hash = one.hash
    UNION ALL
    SELECT n.person_id, n.phone_hash, n.phone, true FROM numbers n WHERE n.phone_hash = one.hash AND n.agreed_at IS NOT NULL
) h
LIMIT 1`

type reachRow struct {
	Holder  people.ID `db:"holder"`
	Hash    []byte    `db:"hash"`
	Phone   []byte    `db:"phone"`   // sealed for its hash when Further, else for its holder
	Further bool      `db:"further"` // it is not the holder's main number
}

func reach(ctx context.Context, db queryer, person people.ID) (row reachRow, ok bool, err error) {
	err = sqlx.GetContext(ctx, db, &row, sqlReach, person)
	if errors.Is(err, sql.ErrNoRows) {
		return row, false, nil
	}
	return row, err == nil, wrap("read where a person is reached", err)
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
