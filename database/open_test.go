package database

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jmoiron/sqlx"
)

// oneTable is a schema like ours in what matters here: a role that owns nothing, and a table that it may use.
var oneTable = fstest.MapFS{
	"0001_role.sql": {Data: []byte(`-- +goose Up
-- +goose StatementBegin
DO $$ BEGIN CREATE ROLE sapar_app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
-- +goose StatementEnd
`)},
	"0002_trips.sql": {Data: []byte(`-- +goose Up
CREATE TABLE trips (town text PRIMARY KEY);
GRANT SELECT, INSERT ON trips TO sapar_app;
`)},
}

var oneTableTemplate = sync.OnceValues(func() (template, error) {
	return newTemplate(oneTable)
})

func address(t *testing.T) string {
	t.Helper()
	template, err := oneTableTemplate()
	if err != nil {
		t.Fatal(err)
	}
	return template.clone(t)
}

func serve(t *testing.T, url string) *sqlx.DB {
	t.Helper()
	db, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestTheServingPoolOwnsNothingAndWaitsForNothingLong(t *testing.T) {
	db := serve(t, address(t))
	for query, want := range map[string]string{
		"SELECT current_user":                                           AppRole,
		"SELECT current_setting('statement_timeout')":                   "5s",
		"SELECT current_setting('lock_timeout')":                        "1200ms",
		"SELECT current_setting('idle_in_transaction_session_timeout')": "10s",
		"SELECT current_setting('application_name')":                    "sapar",
	} {
		if got := answer(t, db, query); got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
	}
	if _, err := db.ExecContext(t.Context(), "DROP TABLE trips"); err == nil {
		t.Error("the serving pool dropped a table")
	}
	if open := db.Stats().MaxOpenConnections; open != 16 {
		t.Errorf("the pool opens up to %d connections", open)
	}
}

func TestTheOwnerMayMigrate(t *testing.T) {
	db, err := OpenOwner(t.Context(), address(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.MustExecContext(t.Context(), "ALTER TABLE trips ADD COLUMN day date")
}

func TestWhatTheAddressSaysWins(t *testing.T) {
	db := serve(t, address(t)+" statement_timeout=9s application_name=probe")
	if got := answer(t, db, "SELECT current_setting('statement_timeout') || ' ' || current_setting('application_name')"); got != "9s probe" {
		t.Errorf("the settings are %q", got)
	}
}

func TestPGVariablesHaveNoSay(t *testing.T) {
	url := address(t)
	for name, value := range map[string]string{
		"PGHOST": "db.invalid", "PGHOSTADDR": "192.0.2.1", "PGDATABASE": "other", "PGUSER": "other", "PGPORT": "1",
		"PGOPTIONS": "-c statement_timeout=1", "PGREQUIRESSL": "1", "PGSSLMODE": "verify-full", "PGSERVICE": "other",
	} {
		t.Setenv(name, value)
	}
	if got := answer(t, serve(t, url), "SELECT current_setting('statement_timeout')"); got != "5s" {
		t.Errorf("statement_timeout is %q", got)
	}
}

func TestAnAddressThatIsNoneIsNotRepeatedInTheError(t *testing.T) {
	for _, url := range []string{"postgres://sapar:hunter2@host:port/db", "hunter2", "host=x sslmode=hunter2"} {
		_, err := Open(t.Context(), url)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q gives %v", url, err)
		}
	}
}

// proxy is a TCP port in front of a cluster's socket. Frozen, it takes everything and passes nothing on.
type proxy struct {
	listener net.Listener
	socket   string
	frozen   chan struct{}
}

func tcp(t *testing.T, c *Cluster) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	p := &proxy{listener: listener, socket: filepath.Join(c.socket, ".s.PGSQL.5432"), frozen: make(chan struct{})}
	go p.run()
	return p
}

func (p *proxy) url() string {
	return fmt.Sprintf("postgres://sapar@%s/sapar?sslmode=disable", p.listener.Addr())
}

func (p *proxy) run() {
	for {
		outside, err := p.listener.Accept()
		if err != nil {
			return
		}
		inside, err := net.Dial("unix", p.socket)
		if err != nil {
			_ = outside.Close()
			continue
		}
		go p.pass(inside, outside)
		go p.pass(outside, inside)
	}
}

func (p *proxy) pass(to io.WriteCloser, from io.Reader) {
	defer to.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		select {
		case <-p.frozen:
			continue
		default:
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func migrated(t *testing.T, c *Cluster) {
	t.Helper()
	if _, err := Migrate(t.Context(), owner(t, c), oneTable); err != nil {
		t.Fatal(err)
	}
}

// wantQuick runs a query with a deadline and one without: neither may hold a caller much longer than a phone waits for its screen.
func wantQuick(t *testing.T, db *sqlx.DB) {
	t.Helper()
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for name, ctx := range map[string]context.Context{"a deadline": short, "no deadline": t.Context()} {
		begun := time.Now()
		_, err := db.ExecContext(ctx, "SELECT 1")
		if took := time.Since(begun); err == nil || took > 10*time.Second {
			t.Errorf("with %s: %v after %v", name, err, took)
		}
	}
}

func TestAFrozenPostgresDoesNotHoldACaller(t *testing.T) {
	c := start(t, home(t))
	migrated(t, c)
	db := serve(t, c.URL())
	freeze(t, c)
	wantQuick(t, db)
}

func TestAFrozenConnectionOverTCPDoesNotHoldACaller(t *testing.T) {
	c := start(t, home(t))
	migrated(t, c)
	p := tcp(t, c)
	db := serve(t, p.url())
	close(p.frozen)
	wantQuick(t, db)
}

// freeze stops every process of the server until the test ends.
func freeze(t *testing.T, c *Cluster) {
	t.Helper()
	t.Cleanup(func() { _ = signalAll(c, syscall.SIGCONT) })
	if err := signalAll(c, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

func signalAll(c *Cluster, signal syscall.Signal) error {
	paths, _ := filepath.Glob("/proc/[0-9]*/cwd")
	var problems []error
	for _, path := range paths {
		var pid int
		if _, err := fmt.Sscanf(path, "/proc/%d/cwd", &pid); err == nil && sameFile(path, c.dir) {
			problems = append(problems, syscall.Kill(pid, signal))
		}
	}
	if len(problems) == 0 {
		return os.ErrProcessDone
	}
	return errors.Join(problems...)
}

func TestATransactionIsKeptOrGoneAsAWhole(t *testing.T) {
	db := serve(t, address(t))
	insert := func(town string, result error) error {
		return InTx(t.Context(), db, func(tx *sqlx.Tx) error {
			tx.MustExecContext(t.Context(), "INSERT INTO trips VALUES ($1)", town)
			return result
		})
	}
	if err := insert("Osh", nil); err != nil {
		t.Fatal(err)
	}
	if err := insert("Talas", io.EOF); !errors.Is(err, io.EOF) {
		t.Errorf("the error is %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = insert("Osh", nil) // the duplicate panics inside
	}()
	if towns := answer(t, db, "SELECT string_agg(town, ',') FROM trips"); towns != "Osh" {
		t.Errorf("kept are %s", towns)
	}
	if open := db.Stats().InUse; open != 0 {
		t.Errorf("%d connections are still held", open)
	}
}

func TestACommitThatFailsIsAnError(t *testing.T) {
	db := serve(t, address(t))
	err := InTx(t.Context(), db, func(tx *sqlx.Tx) error {
		_, _ = tx.ExecContext(t.Context(), "SELECT 1/0")
		return nil
	})
	if err == nil {
		t.Error("a broken transaction was called committed")
	}
}
