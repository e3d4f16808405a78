package bench

import (
	"context"
	"fmt"

	"github.com/google/uuid"
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
	for from := 1; from <= f.rows; from += fillChunk {
		to := min(from+fillChunk-1, f.rows)
		c := f.callersAmong(from, to)
		if _, err := f.db.ExecContext(ctx, sqlFill, from, to, f.rows, pq.Int64Array(c.rows), c.hashes, c.phones, pq.StringArray(c.ids), pq.StringArray(c.languages)); err != nil {
			return fmt.Errorf("fill %s: %w", name, err)
		}
		progress("%s: %d of %d sessions filled", name, to, f.rows)
	}
	return settle(ctx, f.db, name)
}

// settle has Postgres do now what it would do by itself while the first callers are measured.
func settle(ctx context.Context, db *database.DB, name string) error {
	for _, statement := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		progress("%s: %s", name, statement)
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// settleAt settles a database that others have filled.
func settleAt(ctx context.Context, url, name string) error {
	owner, err := database.OpenOwner(ctx, url)
	if err != nil {
		return err
	}
	defer owner.Close()
	return settle(ctx, owner, name)
}

// callerColumns are people who will call, as the arrays the statement takes.
type callerColumns struct {
	rows           []int64
	ids, languages []string
	hashes, phones pq.ByteaArray
}

// callersAmong are the callers whose rows are from one to another, their numbers hashed and sealed as the program does it. Callers lie
// scattered among the others, at every row that is a multiple of the same number.
func (f *filling) callersAmong(from, to int) *callerColumns {
	c := &callerColumns{}
	each := f.rows / f.callers
	for n := (from - 1) / each; n < f.callers && (n+1)*each <= to; n++ {
		phone, language := knownPerson(n)
		id := uuid.New()
		c.rows, c.ids, c.languages = append(c.rows, int64((n+1)*each)), append(c.ids, id.String()), append(c.languages, string(language))
		c.hashes = append(c.hashes, f.keys.Hash("phone", phone.E164()))
		c.phones = append(c.phones, f.keys.Seal([]byte(phone.E164()), id[:]))
	}
	return c
}

// Ids rise with n and lie evenly over all there can be: so the indexes are filled quickly, and what callers add later, whose ids are
// hashes, falls anywhere in them as it does in a table that grew by itself.
const sqlFill = `
WITH input AS (
    SELECT n, lpad(to_hex(n * (1152921504606846976 / $3::bigint)), 15, '0') || left(md5(n::text), 17) AS id
    FROM generate_series($1::bigint, $2::bigint) n
), newcomers AS (
    INSERT INTO people (id, phone_hash, phone, language, created_at, agreed_at)
    SELECT coalesce(c.id, i.id::uuid), coalesce(c.phone_hash, decode(i.id, 'hex')), coalesce(c.phone, decode(i.id || i.id || left(i.id, 26), 'hex')),
        coalesce(c.language, 'ky'), now() - i.n % 20 * interval '1 day', now() - i.n % 20 * interval '1 day'
    FROM input i
    LEFT JOIN unnest($4::bigint[], $5::bytea[], $6::bytea[], $7::uuid[], $8::text[]) AS c (n, phone_hash, phone, id, language) ON c.n = i.n
    RETURNING id, created_at
), begun AS (
    INSERT INTO sessions (id, person_id, channel, tree, revision, turn, state, started_at, last_seen_at, ended_at)
    SELECT id, id, 'africastalking', 'main', 1, 6, decode(repeat(md5(id::text), 27), 'hex'), created_at, created_at, created_at
    FROM newcomers
    RETURNING id, started_at
)
INSERT INTO turns (session_id, turn, callback, node, reply, at)
SELECT id, 6, uuid_send(id), 'consulates', decode(repeat(md5(id::text), 12), 'hex'), started_at
FROM begun`
