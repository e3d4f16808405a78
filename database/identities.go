package database

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// Identity is an equation that must hold over what is stored, whatever happened: two sides that were written apart say the same.
type Identity struct {
	Name     string `db:"name"`     // turns, texts, outbox, events, receipts
	Expected int    `db:"expected"` // how much there is, as one side says
	Found    int    `db:"found"`    // as the other says
	Broken   int    `db:"broken"`   // places where the two contradict each other
	First    string `db:"first"`    // such a place: the id of a session, a text's session and turn, the number of a case; "" for none
}

// Holds reports whether the identity holds.
func (i Identity) Holds() bool { return i.Broken == 0 && i.Expected == i.Found }

const sqlCounting = `
SELECT set_config('sapar.counting', 'on', true)`

const sqlIdentities = `
SELECT name, expected, found, broken, first
FROM identities`

// Identities counts everything, as of one moment. Only the owner of the tables may; whole tables are read.
func Identities(ctx context.Context, owner *sqlx.DB) (list []Identity, err error) {
	err = InTx(ctx, owner, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, sqlCounting); err != nil {
			return err
		}
		return tx.SelectContext(ctx, &list, sqlIdentities)
	})
	if err != nil {
		return nil, fmt.Errorf("count the identities: %w", err)
	}
	return list, nil
}

const sqlCountIdentities = `
SELECT name, expected, found, broken
FROM count_identities()`

// CountIdentities is Identities for the serving program, which may see numbers only: First is always empty.
func CountIdentities(ctx context.Context, db *sqlx.DB) (list []Identity, err error) {
	if err := db.SelectContext(ctx, &list, sqlCountIdentities); err != nil {
		return nil, fmt.Errorf("count the identities: %w", err)
	}
	return list, nil
}
