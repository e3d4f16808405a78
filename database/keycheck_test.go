package database

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestADatabaseOpensOnlyWithTheKeysItWasSealedWith(t *testing.T) {
	db, err := OpenOwner(t.Context(), NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	load := func(name string) *Keys {
		keys, err := LoadKeys(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	first := load("first.json")
	for range 2 {
		if err := CheckKeys(t.Context(), db, first); err != nil {
			t.Fatal(err)
		}
	}
	if err := CheckKeys(t.Context(), db, load("second.json")); !errors.Is(err, ErrOtherKeys) {
		t.Errorf("other keys: %v", err)
	}
}
