package database

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jmoiron/sqlx"
)

func emptyDatabase(t *testing.T) *sqlx.DB {
	t.Helper()
	server, err := testServer()
	if err != nil {
		t.Fatal(err)
	}
	db, err := OpenOwner(t.Context(), template{server: server.url, name: "template0"}.clone(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func wantApplied(t *testing.T, db *sqlx.DB, files fstest.MapFS, want int) {
	t.Helper()
	if applied, err := Migrate(t.Context(), db, files); err != nil || applied != want {
		t.Fatalf("applied %d, %v, want %d", applied, err, want)
	}
}

func oneMore() fstest.MapFS {
	more := maps.Clone(oneTable)
	more["0003_days.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE trips ADD COLUMN day date;\n")}
	return more
}

func TestEachMigrationRunsOnce(t *testing.T) {
	db := emptyDatabase(t)
	wantApplied(t, db, oneTable, 2)
	wantApplied(t, db, oneTable, 0)
	wantApplied(t, db, oneMore(), 1)
}

func TestANewerSchemaIsRefusedWithBothNumbers(t *testing.T) {
	db := emptyDatabase(t)
	wantApplied(t, db, oneMore(), 3)
	_, err := Migrate(t.Context(), db, oneTable)
	if !errors.Is(err, ErrNewerSchema) {
		t.Fatalf("the error is %v", err)
	}
	for _, want := range []string{"version 3", "knows 2", "restore the backup"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	wantApplied(t, db, oneMore(), 0)
}

func TestAMigrationThatFailsLeavesNothingOfItself(t *testing.T) {
	db := emptyDatabase(t)
	broken := oneMore()
	broken["0004_broken.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE half (n int);\nSELECT 1/0;\n")}
	if applied, err := Migrate(t.Context(), db, broken); err == nil {
		t.Errorf("applied %d without an error", applied)
	}
	if half := answer(t, db, "SELECT coalesce(to_regclass('half')::text, 'none')"); half != "none" {
		t.Error("half of the migration stayed")
	}
}

func TestReplicasThatStartTogetherMigrateOnce(t *testing.T) {
	db := emptyDatabase(t)
	type result struct {
		applied int
		err     error
	}
	results := make(chan result)
	for range 2 {
		go func() {
			applied, err := Migrate(t.Context(), db, oneTable)
			results <- result{applied, err}
		}()
	}
	first, second := <-results, <-results
	if err := errors.Join(first.err, second.err); err != nil || first.applied+second.applied != 2 {
		t.Errorf("%+v and %+v", first, second)
	}
}
