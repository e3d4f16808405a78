package privacy

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/people"
)

// queryer is a pool or a transaction to read from.
type queryer = sqlx.QueryerContext

const sqlHold = `
SELECT id
FROM people
WHERE (id = $1 OR merged_into = $1) AND forgotten_at IS NULL
ORDER BY id
FOR UPDATE`

// hold keeps a person, and the newcomers merged into them, from everybody else until tx ends.
func hold(ctx context.Context, tx *sqlx.Tx, person people.ID) (ids []people.ID, err error) {
	err = tx.SelectContext(ctx, &ids, sqlHold, person)
	return ids, wrap("read whom to forget", err)
}

// A number that stopped at its carrier is stopped for whoever has it next.
const sqlKeepOptOuts = `
INSERT INTO optouts (phone_hash, topic, stopped_at, channel)
SELECT phone.hash, stop.topic, stop.stopped_at, stop.channel
FROM (
    SELECT phone_hash AS hash FROM people WHERE id = ANY ($1) AND phone_hash IS NOT NULL
    UNION
    SELECT phone_hash FROM numbers WHERE person_id = ANY ($1) AND agreed_at IS NOT NULL
) phone
CROSS JOIN (
    SELECT topic, min(stopped_at) AS stopped_at, min(channel) AS channel
    FROM (
        SELECT topic, stopped_at, channel FROM stops WHERE person_id = ANY ($1)
        UNION ALL
        SELECT '', $2::timestamptz, 'carrier' FROM people WHERE id = ANY ($1) AND number_state = 'opted out'
    ) said
    GROUP BY topic
) stop
ON CONFLICT (phone_hash, topic) DO NOTHING`

const sqlCountForgotten = `
INSERT INTO forgotten_counts AS c (what, n)
SELECT what, n
FROM (
    SELECT 'people' AS what, count(*) AS n FROM people WHERE id = ANY ($1) AND merged_into IS NULL
    UNION ALL
    SELECT 'ticks', count(*) FROM ticks WHERE person_id = ANY ($1)
    UNION ALL
    SELECT format('%s v%s %s', topic, version, CASE WHEN agreed THEN 'yes' ELSE 'no' END), count(*)
    FROM consents WHERE person_id = ANY ($1)
    GROUP BY 1
) counted
WHERE n > 0
ORDER BY what
ON CONFLICT (what) DO UPDATE SET n = c.n + excluded.n`

// Wrong tries of a phone go on counting until their hour is over: to be forgotten must win nobody new ones.
const sqlDropTries = `
DELETE FROM pin_tries
WHERE name IN (SELECT uuid_send(id) FROM unnest($1::uuid[]) AS one (id)) OR tries = 0 AND name IN (
    SELECT phone_hash FROM people WHERE id = ANY ($1)
    UNION
    SELECT phone_hash FROM numbers WHERE person_id = ANY ($1)
    UNION
    SELECT phone_hash FROM members WHERE person_id = ANY ($1))`

const sqlDropTicks = `
DELETE FROM ticks
WHERE person_id = ANY ($1)`

const sqlDropConsents = `
DELETE FROM consents
WHERE person_id = ANY ($1)`

const sqlDropStops = `
DELETE FROM stops
WHERE person_id = ANY ($1)`

const sqlDropNumbers = `
DELETE FROM numbers
WHERE person_id = ANY ($1)`

const sqlDropMembers = `
DELETE FROM members
WHERE person_id = ANY ($1)`

const sqlDropHistory = `
DELETE FROM number_history
WHERE person_id = ANY ($1)`

// An empty row stays, since what is counted may name it. The day somebody first dialled is one of many in its month.
const sqlEmpty = `
UPDATE people SET phone_hash = NULL, phone = NULL, language = '', script = '', country = '', city = '', city_hash = '', oblast = '', raion = '',
    zone = '', pin = '', number_state = '', agreed_at = NULL, merged_into = NULL, created_at = date_trunc('month', created_at, 'UTC'), forgotten_at = $2
WHERE id = ANY ($1)`

// forget takes away what people and the folders below it keep.
func forget(ctx context.Context, tx *sqlx.Tx, ids []people.ID, at time.Time) error {
	people := pq.Array(ids)
	if _, err := tx.ExecContext(ctx, sqlKeepOptOuts, people, at); err != nil {
		return wrap("keep stops", err)
	}
	for _, query := range []string{
		sqlCountForgotten, sqlDropTries, sqlDropTicks, sqlDropConsents, sqlDropStops, sqlDropNumbers, sqlDropMembers, sqlDropHistory,
	} {
		if _, err := tx.ExecContext(ctx, query, people); err != nil {
			return wrap("forget a person", err)
		}
	}
	_, err := tx.ExecContext(ctx, sqlEmpty, people, at)
	return wrap("forget a person", err)
}

const sqlRead = `
SELECT created_at, language, script, country, city AS sealed_city, oblast, raion, zone, pin <> '' AS pin,
    ARRAY(SELECT item FROM ticks WHERE person_id = p.id ORDER BY item) AS ticks,
    ARRAY(SELECT topic FROM stops WHERE person_id = p.id ORDER BY topic) AS stops
FROM people p
WHERE id = $1`

type personRow struct {
	CreatedAt time.Time `db:"created_at"`
	Language  string    `db:"language"`
	Script    string    `db:"script"`
	people.Profile
	City  []byte         `db:"sealed_city"`
	PIN   bool           `db:"pin"`
	Ticks pq.StringArray `db:"ticks"`
	Stops pq.StringArray `db:"stops"`
}

func read(ctx context.Context, db queryer, person people.ID) (row personRow, err error) {
	err = sqlx.GetContext(ctx, db, &row, sqlRead, person)
	return row, wrap("read what is held of a person", err)
}

const sqlReadNumbers = `
SELECT phone_hash, phone, true AS main, false AS old, false AS shared FROM people WHERE id = $1 AND phone IS NOT NULL
UNION ALL
SELECT phone_hash, phone, false, agreed_at IS NULL, false FROM numbers WHERE person_id = $1
UNION ALL
SELECT m.phone_hash, '', false, false, true
FROM members m
WHERE m.person_id = $1 AND NOT EXISTS (SELECT 1 FROM people p WHERE p.id = $1 AND p.phone_hash = m.phone_hash)
    AND NOT EXISTS (SELECT 1 FROM numbers n WHERE n.person_id = $1 AND n.phone_hash = m.phone_hash)
ORDER BY main DESC, old, shared, phone_hash`

type numberRow struct {
	Hash   []byte `db:"phone_hash"`
	Phone  []byte `db:"phone"` // sealed for the person when Main, else for its hash
	Main   bool   `db:"main"`
	Old    bool   `db:"old"`
	Shared bool   `db:"shared"`
}

func readNumbers(ctx context.Context, db queryer, person people.ID) (rows []*numberRow, err error) {
	err = sqlx.SelectContext(ctx, db, &rows, sqlReadNumbers, person)
	return rows, wrap("read numbers", err)
}

const sqlReadConsents = `
SELECT topic, version, agreed, channel, given_at
FROM consents
WHERE person_id = $1
ORDER BY given_at, topic`

func readConsents(ctx context.Context, db queryer, person people.ID) (answers []Answer, err error) {
	err = sqlx.SelectContext(ctx, db, &answers, sqlReadConsents, person)
	return answers, wrap("read consents", err)
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
