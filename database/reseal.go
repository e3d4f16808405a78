package database

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"
)

// Resealed says what Reseal did and left.
type Resealed struct {
	Done       int // values sealed anew
	Unreadable int // values of an old key that did not open: changed by hand, or sealed for something else; they were left as they are
	Left       int // values of old keys that are there still, the unreadable ones among them; others were written meanwhile by a process with older keys files
}

const (
	windowBlocks = 32 // of a table at a time, in one transaction: some 500 rows, a few milliseconds
	mostPasses   = 10
	betweenPass  = 500 * time.Millisecond // so that whoever held a row lets go of it, and running servers take up the new keys
)

// Reseal seals anew, with the keys that seal now, what old keys of a set sealed, while the program serves. It goes through each table some
// pages at a time; rows that somebody holds are left for the next pass, so nobody waits for it for longer than a moment, and it for nobody.
// Where it has been is not written down: the values say themselves which key sealed them, so one that was killed is simply started again.
// The pool is one of OpenOwner. After each step it reports a table and how many of its rows were done, when report is not nil.
func (k *Keys) Reseal(ctx context.Context, db *DB, set KeySet, tables []SealedTable, report func(table string, rows int)) (Resealed, error) {
	if report == nil {
		report = func(string, int) {}
	}
	if set == SensitiveKeys && !k.OpensSensitive() {
		return Resealed{}, ErrSensitive
	}
	if err := checkVisible(ctx, db, tables); err != nil {
		return Resealed{}, err
	}
	var total Resealed
	for range mostPasses {
		pass, err := k.pass(ctx, db, set, tables, report)
		total.Done += pass.Done
		if err != nil {
			return total, err
		}
		total.Unreadable = pass.Unreadable
		if total.Left, err = k.left(ctx, db, set, tables); err != nil {
			return total, err
		}
		if total.Left <= total.Unreadable {
			return total, nil
		}
		if err := pause(ctx, betweenPass); err != nil {
			return total, err
		}
	}
	return total, nil
}

const sqlBlocks = `
SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::int`

// pass goes once through all tables.
func (k *Keys) pass(ctx context.Context, db *DB, set KeySet, tables []SealedTable, report func(string, int)) (Resealed, error) {
	var total Resealed
	for _, table := range tables {
		var blocks int
		if err := db.GetContext(ctx, &blocks, sqlBlocks, table.Name); err != nil {
			return total, fmt.Errorf("measure %s: %w", table.Name, err)
		}
		rows := 0
		var prefixes pq.ByteaArray
		for _, id := range k.old(set) {
			prefixes = append(prefixes, prefixOf(id))
		}
		for from := 0; from < blocks; from += windowBlocks {
			w := window{keys: k, set: set, table: table, from: from, prefixes: prefixes}
			if err := InTx(ctx, db, func(tx *Tx) error { return w.reseal(ctx, tx) }); err != nil {
				return total, fmt.Errorf("seal %s anew: %w", table.Name, err)
			}
			total.Done += w.Done
			total.Unreadable += w.Unreadable
			if rows += w.rows; w.rows > 0 {
				report(table.Name, rows)
			}
		}
	}
	return total, nil
}

// old are the keys of a set that a newer one has taken the place of.
func (k *Keys) old(set KeySet) (old []uint32) {
	for _, key := range listKeys(k.ring.Load().set(set)) {
		if key.Old() {
			old = append(old, key.ID)
		}
	}
	return old
}

// left counts the values that old keys of a set sealed.
func (k *Keys) left(ctx context.Context, db *DB, set KeySet, tables []SealedTable) (n int, err error) {
	counts, err := CountSealed(ctx, db, tables)
	for _, c := range counts {
		if slices.Contains(k.old(set), c.Key) {
			n += c.Values
		}
	}
	return n, err
}

// reseal seals one value anew with a key of the same set.
func (k *Keys) reseal(set KeySet, sealed, context []byte) ([]byte, error) {
	r := k.ring.Load()
	if set == SensitiveKeys {
		plain, err := r.openSensitive.Decrypt(sealed, context)
		if err != nil {
			return nil, err
		}
		return k.SealSensitive(plain, context), nil
	}
	plain, err := r.seal.Decrypt(sealed, context)
	if err != nil {
		return nil, err
	}
	return k.Seal(plain, context), nil
}

// window is some pages of a table, and what was done there.
type window struct {
	Resealed
	keys     *Keys
	set      KeySet
	table    SealedTable
	from     int
	prefixes pq.ByteaArray
	rows     int
}

// Only rows that nobody holds are read, and they are held until they are written: no turn is lost, and nobody is waited for.
const readWindow = `
SELECT t.ctid::text, %s
FROM %s t
WHERE t.ctid >= $1::tid AND t.ctid < $2::tid AND (%s)
FOR NO KEY UPDATE SKIP LOCKED`

const writeWindow = `
UPDATE %s t SET %s
FROM unnest($3::tid[], %s) AS v (place, %s)
WHERE t.ctid = v.place AND t.ctid >= $1::tid AND t.ctid < $2::tid`

func (w *window) reseal(ctx context.Context, tx *Tx) error {
	if _, err := tx.ExecContext(ctx, sqlAsOwner); err != nil {
		return err
	}
	places, values, err := w.read(ctx, tx)
	if err != nil || len(places) == 0 {
		return err
	}
	w.rows = len(places)
	args := append(w.bounds(), places)
	var sets, arrays, names []string
	for i, column := range w.table.Columns {
		name, v := pq.QuoteIdentifier(column.Name), fmt.Sprintf("c%d", i)
		sets = append(sets, fmt.Sprintf("%s = coalesce(nullif(v.%s, ''), t.%s)", name, v, name))
		arrays = append(arrays, fmt.Sprintf("$%d::bytea[]", i+4))
		names = append(names, v)
		args = append(args, values[i])
	}
	query := fmt.Sprintf(writeWindow, pq.QuoteIdentifier(w.table.Name), strings.Join(sets, ", "), strings.Join(arrays, ", "), strings.Join(names, ", "))
	_, err = tx.ExecContext(ctx, query, args...)
	return err
}

// read returns where the rows lie and the new values of each column; an empty one stands for what stays as it is.
func (w *window) read(ctx context.Context, tx *Tx) (places pq.StringArray, values []pq.ByteaArray, err error) {
	var columns, stale []string
	for _, column := range w.table.Columns {
		old := fmt.Sprintf("substring(t.%s FROM 1 FOR 5) = ANY ($3::bytea[])", pq.QuoteIdentifier(column.Name))
		columns = append(columns, fmt.Sprintf("CASE WHEN %s THEN t.%s END, CASE WHEN %s THEN %s END", old, pq.QuoteIdentifier(column.Name), old, column.Context))
		stale = append(stale, old)
	}
	query := fmt.Sprintf(readWindow, strings.Join(columns, ", "), pq.QuoteIdentifier(w.table.Name), strings.Join(stale, " OR "))
	rows, err := tx.QueryContext(ctx, query, append(w.bounds(), w.prefixes)...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	values = make([]pq.ByteaArray, len(w.table.Columns))
	for rows.Next() {
		place, row, err := w.scan(rows)
		if err != nil {
			return nil, nil, err
		}
		if row == nil {
			continue
		}
		places = append(places, place)
		for i := range row {
			values[i] = append(values[i], row[i])
		}
	}
	return places, values, rows.Err()
}

// scan seals one row anew; it returns none when there was nothing that opens.
func (w *window) scan(rows *sql.Rows) (place string, fresh [][]byte, err error) {
	cells := make([][]byte, 2*len(w.table.Columns))
	into := []any{&place}
	for i := range cells {
		into = append(into, &cells[i])
	}
	if err := rows.Scan(into...); err != nil {
		return "", nil, err
	}
	done := 0
	fresh = make([][]byte, len(w.table.Columns))
	for i := range fresh {
		if cells[2*i] == nil {
			continue
		}
		if fresh[i], err = w.keys.reseal(w.set, cells[2*i], cells[2*i+1]); err != nil {
			w.Unreadable++
			continue
		}
		done++
	}
	w.Done += done
	if done == 0 {
		return "", nil, nil
	}
	return place, fresh, nil
}

func (w *window) bounds() []any {
	return []any{fmt.Sprintf("(%d,0)", w.from), fmt.Sprintf("(%d,0)", w.from+windowBlocks)}
}
