package accounts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// execer is a pool or a transaction.
type execer = sqlx.ExtContext

// row is an operator as they are stored.
type row struct {
	ID       uuid.UUID      `db:"id"`
	Name     string         `db:"name"`
	Roles    pq.StringArray `db:"roles"`
	Office   string         `db:"office"`
	Language string         `db:"language"`
	Enrolled bool           `db:"enrolled"`
	Revoked  bool           `db:"revoked"`
	Epoch    int            `db:"epoch"`
}

func (r row) operator() Operator {
	o := Operator{ID: r.ID, Name: r.Name, Office: r.Office, Language: r.Language, Enrolled: r.Enrolled, Revoked: r.Revoked, Epoch: r.Epoch}
	for _, role := range r.Roles {
		o.Roles = append(o.Roles, Role(role))
	}
	return o
}

func texts(roles []Role) (out pq.StringArray) {
	for _, r := range roles {
		out = append(out, string(r))
	}
	return out
}

const sqlInsert = `
INSERT INTO operators (id, name, roles, office, language, password, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (name) DO NOTHING`

func insert(ctx context.Context, tx execer, o Operator, password string, at time.Time) error {
	return one(ErrTaken)(tx.ExecContext(ctx, sqlInsert, o.ID, o.Name, texts(o.Roles), o.Office, o.Language, password, at))
}

const sqlAnybody = `
SELECT EXISTS (SELECT 1 FROM operators)`

func anybody(ctx context.Context, db sqlx.QueryerContext) (found bool, err error) {
	err = sqlx.GetContext(ctx, db, &found, sqlAnybody)
	return found, wrap("look for operators", err)
}

const sqlList = `
SELECT id, name, roles, office, language, secret <> '' AS enrolled, revoked_at IS NOT NULL AS revoked, epoch
FROM operators
ORDER BY name`

func list(ctx context.Context, db sqlx.QueryerContext) (out []Operator, err error) {
	var rows []row
	err = sqlx.SelectContext(ctx, db, &rows, sqlList)
	for _, r := range rows {
		out = append(out, r.operator())
	}
	return out, wrap("list operators", err)
}

const sqlGet = `
SELECT id, name, roles, office, language, secret <> '' AS enrolled, revoked_at IS NOT NULL AS revoked, epoch
FROM operators
WHERE id = $1`

func get(ctx context.Context, db sqlx.QueryerContext, id uuid.UUID) (Operator, error) {
	var r row
	err := sqlx.GetContext(ctx, db, &r, sqlGet, id)
	return r.operator(), missing(err)
}

const sqlHold = `
SELECT id, name, roles, office, language, secret <> '' AS enrolled, revoked_at IS NOT NULL AS revoked, epoch
FROM operators
WHERE name = $1
FOR UPDATE`

func hold(ctx context.Context, tx sqlx.QueryerContext, name string) (Operator, error) {
	var r row
	err := sqlx.GetContext(ctx, tx, &r, sqlHold, name)
	return r.operator(), missing(err)
}

const sqlKnown = `
SELECT id, name, roles, office, language, secret <> '' AS enrolled, revoked_at IS NOT NULL AS revoked, epoch, password
FROM operators
WHERE name = $1`

// known is an operator with what is kept of the password.
func known(ctx context.Context, db sqlx.QueryerContext, name string) (Operator, string, error) {
	var r struct {
		row
		Password string `db:"password"`
	}
	err := sqlx.GetContext(ctx, db, &r, sqlKnown, name)
	return r.operator(), r.Password, missing(err)
}

const sqlUpdate = `
UPDATE operators
SET roles = $2, office = $3, language = $4, epoch = $5, revoked_at = CASE WHEN $6 THEN coalesce(revoked_at, now()) END
WHERE id = $1`

func update(ctx context.Context, tx execer, o Operator) error {
	return one(ErrUnknown)(tx.ExecContext(ctx, sqlUpdate, o.ID, texts(o.Roles), o.Office, o.Language, o.Epoch, o.Revoked))
}

const sqlSetPassword = `
UPDATE operators
SET password = $2, epoch = epoch + 1, secret = CASE WHEN $3 THEN '' ELSE secret END, revoked_at = CASE WHEN $3 THEN NULL ELSE revoked_at END
WHERE name = $1`

func setPassword(ctx context.Context, tx execer, name, hash string, anew bool) error {
	return one(ErrUnknown)(tx.ExecContext(ctx, sqlSetPassword, name, hash, anew))
}

const sqlReadSecret = `
SELECT secret, step
FROM operators
WHERE id = $1`

func readSecret(ctx context.Context, db sqlx.QueryerContext, id uuid.UUID) (secret []byte, step int64, err error) {
	err = db.QueryRowxContext(ctx, sqlReadSecret, id).Scan(&secret, &step)
	return secret, step, missing(err)
}

const sqlUseStep = `
UPDATE operators
SET step = $2
WHERE id = $1 AND step < $2`

func useStep(ctx context.Context, tx execer, id uuid.UUID, step int64) error {
	return one(ErrRefused)(tx.ExecContext(ctx, sqlUseStep, id, step))
}

const sqlEnrol = `
UPDATE operators
SET secret = $2, step = 0
WHERE id = $1 AND secret = ''`

func enrol(ctx context.Context, tx execer, id uuid.UUID, secret []byte) error {
	return one(ErrRefused)(tx.ExecContext(ctx, sqlEnrol, id, secret))
}

const sqlLockTries = `
SELECT pg_advisory_xact_lock(5354, 20)`

const sqlDropTries = `
DELETE FROM operator_tries
WHERE at < $1`

const sqlTry = `
INSERT INTO operator_tries (name, at)
SELECT t.name, $3
FROM unnest($1::bytea[], $2::int[]) AS t (name, most)
WHERE (SELECT count(*) FROM operator_tries o WHERE o.name = t.name AND o.at >= $4) < t.most`

// countTries counts a try by each name, one caller after the other, and refuses when one of them had too many since a time.
func countTries(ctx context.Context, tx execer, names [][]byte, most []int, now, since time.Time) error {
	if _, err := tx.ExecContext(ctx, sqlLockTries); err != nil {
		return wrap("count a try", err)
	}
	if _, err := tx.ExecContext(ctx, sqlDropTries, since); err != nil {
		return wrap("count a try", err)
	}
	result, err := tx.ExecContext(ctx, sqlTry, pq.ByteaArray(names), pq.Array(most), now, since)
	if err != nil {
		return wrap("count a try", err)
	}
	if n, err := result.RowsAffected(); err != nil || int(n) < len(names) {
		return errors.Join(err, ErrTooMany)
	}
	return nil
}

const sqlForgive = `
DELETE FROM operator_tries
WHERE name = $1 OR ctid = (SELECT ctid FROM operator_tries WHERE name = $2 ORDER BY at DESC LIMIT 1)`

// forgive takes back the tries of an account whose owner was right, and this one try of the address: others may be there too.
func forgive(ctx context.Context, tx execer, account, address []byte) error {
	_, err := tx.ExecContext(ctx, sqlForgive, account, address)
	return wrap("forget tries", err)
}

const sqlRecord = `
INSERT INTO audit (at, who, address, action, about, before, after)
VALUES ($1, $2, $3, $4, $5, nullif($6, 'null')::jsonb, nullif($7, 'null')::jsonb)`

func record(ctx context.Context, tx execer, at time.Time, e Entry, before, after string) error {
	_, err := tx.ExecContext(ctx, sqlRecord, at, e.Who, e.Address, e.Action, e.About, before, after)
	return wrap("keep an audit entry", err)
}

const sqlAudit = `
SELECT id, at, who, address, action, about, coalesce(before, 'null') AS before, coalesce(after, 'null') AS after
FROM audit
WHERE ($1 = '' OR who = $1) AND ($2 = '' OR about = $2) AND ($3 = 0 OR id < $3)
ORDER BY id DESC
LIMIT $4`

func readAudit(ctx context.Context, db sqlx.QueryerContext, s Search) (out []Entry, err error) {
	rows, err := db.QueryxContext(ctx, sqlAudit, s.Who, s.About, s.Before, s.Limit)
	if err != nil {
		return nil, wrap("read the audit", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		var before, after []byte
		if err := rows.Scan(&e.ID, &e.At, &e.Who, &e.Address, &e.Action, &e.About, &before, &after); err != nil {
			return nil, wrap("read the audit", err)
		}
		if err := errors.Join(json.Unmarshal(before, &e.Before), json.Unmarshal(after, &e.After)); err != nil {
			return nil, wrap("read the audit", err)
		}
		out = append(out, e)
	}
	return out, wrap("read the audit", rows.Err())
}

// one makes an error of a statement that changed no row.
func one(none error) func(sql.Result, error) error {
	return func(result sql.Result, err error) error {
		if err != nil {
			return wrap("write an operator", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, none)
		}
		return nil
	}
}

func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrUnknown
	}
	return wrap("read an operator", err)
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
