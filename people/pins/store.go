package pins

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"sapar/people"
)

// A name that has had its tries is not returned, and its lock is not made longer. The order is always the same, so that no two wait for each other.
const sqlTake = `
INSERT INTO pin_tries AS t (name, tries, latest)
SELECT n.name, 1, $2 FROM unnest($1::bytea[]) AS n (name) ORDER BY n.name
ON CONFLICT (name) DO UPDATE SET latest = $2, tries = CASE WHEN t.latest <= $2 - make_interval(secs => $4) THEN 1 ELSE t.tries + 1 END
WHERE t.tries < $3 OR t.latest <= $2 - make_interval(secs => $4)
RETURNING t.name`

// take counts a try of each name, at once and whatever becomes of the caller's transaction. What it returns may still try.
func take(ctx context.Context, db *sqlx.DB, at time.Time, names ...[]byte) (map[string]bool, error) {
	var taken [][]byte
	if err := db.SelectContext(ctx, &taken, sqlTake, pq.ByteaArray(names), at, mostTries, lockTime.Seconds()); err != nil {
		return nil, fmt.Errorf("count a PIN: %w", err)
	}
	out := make(map[string]bool, len(taken))
	for _, name := range taken {
		out[string(name)] = true
	}
	return out, nil
}

const sqlSettle = `
UPDATE pin_tries SET tries = CASE WHEN name = ANY ($2::bytea[]) THEN 0 ELSE tries - 1 END
WHERE name = ANY ($1::bytea[] || $2) AND tries > 0`

// settle gives the names in back their latest try again, and those in clean all of them. Without names it costs the same.
func settle(ctx context.Context, db *sqlx.DB, back, clean [][]byte) error {
	if _, err := db.ExecContext(ctx, sqlSettle, pq.ByteaArray(back), pq.ByteaArray(clean)); err != nil {
		return fmt.Errorf("settle a PIN: %w", err)
	}
	return nil
}

const sqlHousehold = `
SELECT person_id, pin
FROM members
WHERE phone_hash = $1`

type member struct {
	Person people.ID `db:"person_id"`
	PIN    string    `db:"pin"`
}

func household(ctx context.Context, db *sqlx.DB, phoneHash []byte) (rows []member, err error) {
	if err := db.SelectContext(ctx, &rows, sqlHousehold, phoneHash); err != nil {
		return nil, fmt.Errorf("read the PINs of a phone: %w", err)
	}
	return rows, nil
}

const sqlPersonal = `
SELECT pin
FROM people
WHERE id = $1`

// personal is a person's own hash; of nobody, and of somebody without a PIN, it is empty and equals none.
func personal(ctx context.Context, db *sqlx.DB, person people.ID) (pin string, err error) {
	err = db.GetContext(ctx, &pin, sqlPersonal, person)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read a PIN: %w", err)
	}
	return pin, nil
}

const sqlAloneOn = `
SELECT NOT EXISTS (SELECT 1 FROM members WHERE phone_hash = $1 AND person_id <> $2)`

func aloneOn(ctx context.Context, tx *sqlx.Tx, phoneHash []byte, person people.ID) (alone bool, err error) {
	if err := tx.GetContext(ctx, &alone, sqlAloneOn, phoneHash, person); err != nil {
		return false, fmt.Errorf("look who shares a phone: %w", err)
	}
	return alone, nil
}

const sqlPhonesOf = `
SELECT phone_hash FROM members WHERE person_id = $1
UNION
SELECT $2::bytea WHERE $2::bytea IS NOT NULL
ORDER BY 1`

func phonesOf(ctx context.Context, tx *sqlx.Tx, person people.ID, also []byte) (phones [][]byte, err error) {
	if err := tx.SelectContext(ctx, &phones, sqlPhonesOf, person, also); err != nil {
		return nil, fmt.Errorf("read where a PIN is used: %w", err)
	}
	return phones, nil
}

// Two people on a phone never have the same PIN: one of them would see the other's cases.
const sqlKeepMember = `
INSERT INTO members (phone_hash, person_id, pin, joined_at)
SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM members WHERE phone_hash = $1 AND pin = $3 AND person_id <> $2)
ON CONFLICT (phone_hash, person_id) DO UPDATE SET pin = $3`

func keepMember(ctx context.Context, tx *sqlx.Tx, phoneHash []byte, person people.ID, pin string, at time.Time) error {
	result, err := tx.ExecContext(ctx, sqlKeepMember, phoneHash, person, pin, at)
	if err != nil {
		return fmt.Errorf("keep a PIN on a phone: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrRefused)
	}
	return nil
}

const sqlKeepPersonal = `
UPDATE people SET pin = $2
WHERE id = $1`

func keepPersonal(ctx context.Context, tx *sqlx.Tx, person people.ID, pin string) error {
	if _, err := tx.ExecContext(ctx, sqlKeepPersonal, person, pin); err != nil {
		return fmt.Errorf("keep a PIN: %w", err)
	}
	return nil
}

const sqlMainNumber = `
SELECT phone_hash
FROM people
WHERE id = $1`

// mainNumber is the keyed hash of a person's number, or nil.
func mainNumber(ctx context.Context, tx *sqlx.Tx, person people.ID) (phoneHash []byte, err error) {
	if err := tx.GetContext(ctx, &phoneHash, sqlMainNumber, person); err != nil {
		return nil, fmt.Errorf("read a number: %w", err)
	}
	return phoneHash, nil
}

const sqlClear = `
DELETE FROM pin_tries
WHERE name = uuid_send($1) OR name IN (SELECT phone_hash FROM members WHERE person_id = $1)`

func clear(ctx context.Context, tx *sqlx.Tx, person people.ID) error {
	if _, err := tx.ExecContext(ctx, sqlClear, person); err != nil {
		return fmt.Errorf("forget wrong PINs: %w", err)
	}
	return nil
}

const sqlDropTries = `
DELETE FROM pin_tries
WHERE latest < $1`

// DropTries forgets tries that count no more.
func DropTries(ctx context.Context, tx sqlx.ExtContext, at time.Time) error {
	if _, err := tx.ExecContext(ctx, sqlDropTries, at.Add(-lockTime)); err != nil {
		return fmt.Errorf("drop wrong PINs: %w", err)
	}
	return nil
}

const sqlAny = `
SELECT EXISTS (SELECT 1 FROM members WHERE phone_hash = $1)`

// Any reports whether somebody on a phone has a PIN.
func Any(ctx context.Context, tx *sqlx.Tx, phoneHash []byte) (chosen bool, err error) {
	if err = tx.GetContext(ctx, &chosen, sqlAny, phoneHash); err != nil {
		return false, fmt.Errorf("look for a PIN: %w", err)
	}
	return chosen, nil
}
