// Package database opens Postgres, runs its transactions and migrations, and keeps the private cluster of a first run.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// AppRole is the role the serving pool takes on: the migrations create it, it owns nothing and row-level security holds for it.
const AppRole = "sapar_app"

// pool says how connections behave. Zero durations mean no limit.
type pool struct {
	connections int               // open at most, and kept when idle
	silence     time.Duration     // longest wait for one read or write on the wire
	parameters  map[string]string // run-time parameters; what the address itself says wins
}

var (
	// More than 16 connections make turns slower; fewer idle than open ones reopen all the time and burn a core.
	serving = pool{
		connections: 16,
		silence:     1500 * time.Millisecond,
		parameters: map[string]string{
			"role":                                AppRole,
			"statement_timeout":                   "5s",
			"lock_timeout":                        "1200ms", // less than the silence, so that a lock is told from a database that is gone
			"idle_in_transaction_session_timeout": "10s",
		},
	}
	// A migration may take as long as it needs, but waits only briefly for a lock that live turns would queue behind.
	owning = pool{connections: 4, parameters: map[string]string{"lock_timeout": "10s"}}
)

// Open connects the serving pool: as AppRole, with timeouts in Postgres, and with a deadline on every read and write,
// so that a frozen Postgres never holds a caller for longer than about 1.5 s.
// The address is a postgres:// URL or key=value pairs, over TCP or a unix socket; it alone decides, PG* variables do not.
func Open(ctx context.Context, url string) (*sqlx.DB, error) {
	return serving.open(ctx, url)
}

// OpenOwner connects as the user the address names, who owns the tables: for migrations and for looking at everything in tests.
// Statements have no time limit.
func OpenOwner(ctx context.Context, url string) (*sqlx.DB, error) {
	return owning.open(ctx, url)
}

// InTx runs f in one transaction: committed when f returns nil, rolled back when it returns an error or panics.
// An error of the commit itself may mean that it happened, so every write carries a unique key and may be repeated.
func InTx(ctx context.Context, db *sqlx.DB, f func(*sqlx.Tx) error) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

func (p pool) open(ctx context.Context, url string) (*sqlx.DB, error) {
	config, err := p.config(url)
	if err != nil {
		return nil, err
	}
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, fmt.Errorf("read database address: %w", err)
	}
	connector.Dialer(dialer{silence: p.silence})
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	db.SetMaxOpenConns(p.connections)
	db.SetMaxIdleConns(p.connections)
	db.SetConnMaxLifetime(30 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to the database: %w", err), db.Close())
	}
	return db, nil
}

// config reads an address. Its errors leave the address out: it may hold a password.
func (p pool) config(url string) (pq.Config, error) {
	if err := forgetPGVariables(); err != nil {
		return pq.Config{}, err
	}
	config, err := pq.NewConfig(url)
	if err != nil {
		return pq.Config{}, errors.New("read database address: neither a postgres:// URL nor key=value pairs that Postgres knows")
	}
	if config.ApplicationName == "" {
		config.ApplicationName = "sapar"
	}
	if config.Runtime == nil {
		config.Runtime = map[string]string{}
	}
	for name, value := range p.parameters {
		if _, said := config.Runtime[name]; !said {
			config.Runtime[name] = value
		}
	}
	return config, nil
}

// forgetPGVariables takes PGHOST, PGOPTIONS and their like out of this process:
// lib/pq reads them by itself, and refuses to connect at all when it meets one it does not know.
func forgetPGVariables() error {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "PG") {
			continue
		}
		if err := os.Unsetenv(name); err != nil {
			return fmt.Errorf("unset %s: %w", name, err)
		}
	}
	return nil
}
