package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// ErrNewerSchema tells that the database was migrated by a newer Sapar than this one. Nothing was changed.
var ErrNewerSchema = errors.New("the database is newer than this program")

// Migrate applies what is not yet applied of the numbered files, in order, and says how many that were. It never goes back.
// Replicas that start together wait for each other. A database newer than the newest file gives ErrNewerSchema.
func Migrate(ctx context.Context, db *sqlx.DB, files fs.FS) (applied int, err error) {
	provider, err := newProvider(db, files)
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	sources := provider.ListSources()
	if newest := sources[len(sources)-1].Version; current > newest {
		return 0, fmt.Errorf("%w: its schema is version %d, this program knows %d; run a Sapar at least as new as the one that migrated it, "+
			"or restore the backup from before that", ErrNewerSchema, current, newest)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return len(results), fmt.Errorf("migrate: %w", err)
	}
	return len(results), nil
}

func newProvider(db *sqlx.DB, files fs.FS) (*goose.Provider, error) {
	oneSecond, fiveMinutes := uint64(1), uint64(300)
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(oneSecond, fiveMinutes))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db.DB, files,
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
}
