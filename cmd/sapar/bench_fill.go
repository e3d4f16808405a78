package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/database"
)

const (
	mostCallers = 50_000  // people who call; the others of a big database only lie there
	fillChunk   = 200_000 // rows filled by one statement
)

// filling puts people, each with one dialogue that has ended, into an empty database.
type filling struct {
	db      *database.DB
	keys    *database.Keys
	rows    int
	callers int
}

func (f *filling) run(ctx context.Context, name string) error {
	if err := f.addCallers(ctx); err != nil {
		return err
	}
	for from := 1; from <= f.rows; from += fillChunk {
		to := min(from+fillChunk-1, f.rows)
		if _, err := f.db.ExecContext(ctx, sqlFill, from, to, f.rows, f.callers); err != nil {
			return fmt.Errorf("fill %s: %w", name, err)
		}
		progress("%s: %d of %d sessions filled", name, to, f.rows)
	}
	for _, statement := range []string{"DROP TABLE callers", "VACUUM ANALYZE", "CHECKPOINT"} {
		progress("%s: %s", name, statement)
		if _, err := f.db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

const sqlMakeCallers = `
CREATE UNLOGGED TABLE callers (n int PRIMARY KEY, phone_hash bytea NOT NULL, phone bytea NOT NULL, id uuid NOT NULL, language text NOT NULL)`

const sqlAddCallers = `
INSERT INTO callers (n, phone_hash, phone, id, language)
SELECT * FROM unnest($1::int[], $2::bytea[], $3::bytea[], $4::uuid[], $5::text[])`

// addCallers lays the people who will call aside, their numbers hashed and sealed as the program does it.
func (f *filling) addCallers(ctx context.Context) error {
	var numbers []int32
	var hashes, phones pq.ByteaArray
	var ids, languages []string
	for n := range f.callers {
		phone, language := benchPerson(n)
		id := uuid.New()
		numbers, ids, languages = append(numbers, int32(n)), append(ids, id.String()), append(languages, string(language))
		hashes = append(hashes, f.keys.Hash("phone", phone.E164()))
		phones = append(phones, f.keys.Seal([]byte(phone.E164()), id[:]))
	}
	return database.InTx(ctx, f.db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, sqlMakeCallers); err != nil {
			return fmt.Errorf("make the table of callers: %w", err)
		}
		_, err := tx.ExecContext(ctx, sqlAddCallers, pq.Int32Array(numbers), hashes, phones, pq.StringArray(ids), pq.StringArray(languages))
		return err
	})
}

// Ids rise with n and lie evenly over all there can be: so the indexes are filled quickly, and what callers add later, whose ids are
// hashes, falls anywhere in them as it does in a table that grew by itself. Callers lie scattered among the others.
const sqlFill = `
WITH input AS (
    SELECT n, lpad(to_hex(n * (1152921504606846976 / $3::bigint)), 15, '0') AS place
    FROM generate_series($1::bigint, $2::bigint) n
), newcomers AS (
    INSERT INTO people (id, phone_hash, phone, language, created_at)
    SELECT coalesce(c.id, (i.place || left(md5('id' || i.n), 17))::uuid), coalesce(c.phone_hash, decode(i.place || left(md5('phone' || i.n), 17), 'hex')),
        coalesce(c.phone, decode(repeat(md5('sealed' || i.n), 2) || left(md5(i.n::text), 26), 'hex')), coalesce(c.language, 'ky'),
        now() - i.n % 200 * interval '1 day'
    FROM input i
    LEFT JOIN callers c ON i.n % ($3 / $4::bigint) = 0 AND c.n = i.n / ($3 / $4::bigint) - 1
    RETURNING id, created_at
), begun AS (
    INSERT INTO sessions (id, person_id, channel, tree, revision, turn, state, started_at, last_seen_at, ended_at)
    SELECT id, id, 'africastalking', 'main', 1, 6, decode(repeat(md5(id::text), 27), 'hex'), created_at, created_at, created_at
    FROM newcomers
    RETURNING id, started_at
)
INSERT INTO turns (session_id, turn, callback, node, reply, at)
SELECT id, 6, decode(md5(id::text), 'hex'), 'consulates', decode(repeat(md5(id::text), 12), 'hex'), started_at
FROM begun`
