package database

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/lib/pq"
)

// SealedTable names what is sealed in a table. A column may hold values of both sets of keys, and empty ones.
type SealedTable struct {
	Name    string
	Columns []SealedColumn
}

// SealedColumn is a column of type bytea. Context is an SQL expression of its row: the bytes, as bytea, that its owner seals it with.
type SealedColumn struct {
	Name, Context string
}

// SealedCount is how many values of a column begin with the id of a key.
type SealedCount struct {
	Table, Column string
	Key           uint32 // 0: what no key of Sapar sealed
	Values        int
}

// sqlAsOwner lets the account that owns the tables see every row (policy reseal) until the transaction ends; and lets go of rows when this
// process freezes.
const sqlAsOwner = `
SELECT set_config('sapar.reseal', 'on', true), set_config('idle_in_transaction_session_timeout', '10s', true)`

// ErrHidden tells that row-level security hides rows of a table from the account, so that it cannot know what they are sealed with.
var ErrHidden = errors.New("rows are hidden from this account")

// CountSealed counts sealed values by their keys, all at one moment, so that a value that is copied meanwhile is counted where it was or
// where it is. The pool is one of OpenOwner.
func CountSealed(ctx context.Context, db *DB, tables []SealedTable) ([]SealedCount, error) {
	if err := checkVisible(ctx, db, tables); err != nil {
		return nil, err
	}
	tx, err := db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("count sealed values: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, sqlAsOwner); err != nil {
		return nil, fmt.Errorf("count sealed values: %w", err)
	}
	var all []SealedCount
	for _, table := range tables {
		for _, column := range table.Columns {
			counts, err := countColumn(ctx, tx, table.Name, column.Name)
			if err != nil {
				return nil, fmt.Errorf("count sealed values of %s: %w", table.Name, err)
			}
			all = append(all, counts...)
		}
	}
	return all, nil
}

const countPrefixes = `
SELECT substring(%s FROM 1 FOR 5) AS prefix, count(*) AS n
FROM %s
WHERE octet_length(%[1]s) > 0
GROUP BY 1
ORDER BY 1`

func countColumn(ctx context.Context, tx *Tx, table, column string) ([]SealedCount, error) {
	var rows []struct {
		Prefix []byte
		N      int
	}
	if err := tx.SelectContext(ctx, &rows, fmt.Sprintf(countPrefixes, pq.QuoteIdentifier(column), pq.QuoteIdentifier(table))); err != nil {
		return nil, err
	}
	var counts []SealedCount
	foreign := SealedCount{Table: table, Column: column}
	for _, row := range rows {
		if len(row.Prefix) < prefixBytes || row.Prefix[0] != 1 {
			foreign.Values += row.N
			continue
		}
		counts = append(counts, SealedCount{Table: table, Column: column, Key: binary.BigEndian.Uint32(row.Prefix[1:]), Values: row.N})
	}
	if foreign.Values > 0 {
		counts = append(counts, foreign)
	}
	return counts, nil
}

const sqlHidden = `
SELECT row_security_active($1::text) AND NOT EXISTS (
    SELECT FROM pg_policy p, unnest(p.polroles) AS role
    WHERE p.polrelid = $1::text::regclass AND p.polname = 'reseal' AND p.polcmd = '*' AND role <> 0 AND pg_has_role(role, 'USAGE'))`

// checkVisible makes sure that a table which seems to hold nothing holds nothing.
func checkVisible(ctx context.Context, db *DB, tables []SealedTable) error {
	for _, table := range tables {
		var hidden bool
		if err := db.GetContext(ctx, &hidden, sqlHidden, table.Name); err != nil {
			return fmt.Errorf("look at %s: %w", table.Name, err)
		}
		if hidden {
			return fmt.Errorf("%w: row-level security holds for it on %s, and no policy named reseal is meant for it", ErrHidden, table.Name)
		}
	}
	return nil
}
