package database

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// ErrOtherKeys tells that the tables were sealed with other keys than these. Nothing was changed.
var ErrOtherKeys = errors.New("the database was sealed with other keys")

// The first program that opens a database leaves the mark of its keys; every later one must have the same.
const sqlMarkKeys = `
INSERT INTO key_marks (one, mark) VALUES (true, $1)
ON CONFLICT (one) DO UPDATE SET mark = key_marks.mark
RETURNING mark`

// CheckKeys makes sure that what is stored can be read with these keys, and leaves their mark in a new database. Without it a lost keys
// file would be replaced silently, and every person would be a stranger.
func CheckKeys(ctx context.Context, db *DB, keys *Keys) error {
	var mark []byte
	own := keys.Hash("mark")
	if err := db.GetContext(ctx, &mark, sqlMarkKeys, own); err != nil {
		return fmt.Errorf("check the keys: %w", err)
	}
	if !bytes.Equal(mark, own) {
		return fmt.Errorf("%w: put the keys file back that was there when the data were written", ErrOtherKeys)
	}
	return nil
}
