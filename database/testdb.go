package database

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"sapar/migrations"
)

// New gives a test a migrated database of its own, opened as the serving pool is: as AppRole. It is dropped when the test ends.
//
// Postgres is the one that SAPAR_TEST_DATABASE_URL names (make test sets it), else one that this process starts and that goes with it.
// The migrations run once, in a template named by their hash; a database is a clone of that, a few dozen milliseconds each.
// Where no Postgres can be had the test fails.
func New(t testing.TB) *sqlx.DB {
	t.Helper()
	patient := serving
	patient.silence = time.Minute // a busy test machine is slow, not frozen
	db, err := patient.open(t.Context(), NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// NewURL is New for tests that start a server of their own: the address of the database, with its owner as the user.
func NewURL(t testing.TB) string {
	t.Helper()
	template, err := testTemplate()
	if err != nil {
		t.Fatalf("a database for the test: %v", err)
	}
	return template.clone(t)
}

// server is the Postgres of a test run. A cluster of our own is held here, because it ends when its files are closed,
// which the garbage collector does to whatever nobody holds.
type server struct {
	url     string
	cluster *Cluster
}

// testServer is found or started once per process.
var testServer = sync.OnceValues(func() (server, error) {
	if url := os.Getenv("SAPAR_TEST_DATABASE_URL"); url != "" {
		return server{url: url}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cluster, err := Temporary(ctx)
	if err != nil {
		return server{}, err
	}
	return server{url: cluster.URL(), cluster: cluster}, nil
})

// testTemplate is made once; all processes of a test run share the database behind it.
var testTemplate = sync.OnceValues(func() (template, error) {
	return newTemplate(migrations.Files)
})

// template is a migrated database that is only ever copied.
type template struct {
	server string
	name   string
}

func newTemplate(files fs.FS) (template, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server, err := testServer()
	if err != nil {
		return template{}, err
	}
	hash, err := hashOf(files)
	if err != nil {
		return template{}, err
	}
	made := template{server: server.url, name: "sapar_template_" + hash}
	db, err := pool{connections: 1}.open(ctx, server.url)
	if err != nil {
		return template{}, err
	}
	defer func() { _ = db.Close() }() // frees the lock
	if _, err := db.ExecContext(ctx, "SELECT pg_advisory_lock(5354, 1)"); err != nil {
		return template{}, fmt.Errorf("lock the template: %w", err)
	}
	var there bool
	if err := db.GetContext(ctx, &there, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", made.name); err != nil {
		return template{}, err
	}
	if there {
		return made, nil
	}
	return made, made.build(ctx, db, files)
}

// clone makes a database that lives as long as the test.
func (m template) clone(t testing.TB) string {
	t.Helper()
	name := "sapar_test_" + strings.ToLower(rand.Text())
	if err := m.admin(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+m.name); err != nil {
		t.Fatalf("a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := m.admin(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the database of the test: %v", err)
		}
	})
	return withDatabase(m.server, name)
}

// build migrates under another name first, so that a half-made template is never used.
func (m template) build(ctx context.Context, db *sqlx.DB, files fs.FS) error {
	draft := m.name + "_draft"
	if err := each(ctx, db, "DROP DATABASE IF EXISTS "+draft+" WITH (FORCE)", "CREATE DATABASE "+draft); err != nil {
		return err
	}
	owner, err := OpenOwner(ctx, withDatabase(m.server, draft))
	if err != nil {
		return err
	}
	_, err = Migrate(ctx, owner, files)
	if err := errors.Join(err, owner.Close()); err != nil {
		return fmt.Errorf("make the template: %w", err)
	}
	return each(ctx, db, "ALTER DATABASE "+draft+" RENAME TO "+m.name)
}

func (m template) admin(ctx context.Context, statement string) error {
	db, err := pool{connections: 1}.open(ctx, m.server)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return each(ctx, db, statement)
}

func each(ctx context.Context, db *sqlx.DB, statements ...string) error {
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func hashOf(files fs.FS) (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		fmt.Fprintf(hash, "%s %d\n%s", path, len(text), text)
		return err
	})
	return fmt.Sprintf("%x", hash.Sum(nil))[:16], err
}

// withDatabase names another database of the same server. Of two equal keys the later one counts.
func withDatabase(address, name string) string {
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		return address + " dbname=" + name
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return address // opening it says what is wrong
	}
	parsed.Path = "/" + name
	return parsed.String()
}
