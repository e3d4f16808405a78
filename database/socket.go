package database

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"
)

// The operating system cuts the path of a unix socket at 108 bytes on Linux and 104 on macOS, the closing zero included.
const longestSocketPath = 103

// chooseSocket puts the socket into the cluster's own folder, which only its user may enter; where that path is too long,
// into a folder with a short name made from it, the same for every process that asks.
func (c *Cluster) chooseSocket() (string, error) {
	if fits(c.dir) {
		return c.dir, nil
	}
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(c.dir)))[:12]
	own := fmt.Sprintf("sapar-%d-%s", c.owner.uid, hash)
	choices := []string{filepath.Join(os.TempDir(), own), filepath.Join("/tmp", own)}
	if runtime := os.Getenv("XDG_RUNTIME_DIR"); runtime != "" && !c.owner.other {
		choices = append([]string{filepath.Join(runtime, "sapar-"+hash)}, choices...)
	}
	var problems []error
	for _, dir := range choices {
		if !fits(dir) {
			continue
		}
		err := c.owner.privateDir(dir)
		if err == nil && c.owner.canEnter(dir) {
			return dir, nil
		}
		problems = append(problems, fmt.Errorf("%s: %w", dir, err))
	}
	return "", fmt.Errorf("no folder with a short path for the socket: %w", errors.Join(problems...))
}

func fits(dir string) bool {
	return len(filepath.Join(dir, ".s.PGSQL."+clusterPort)) <= longestSocketPath
}

// url names every parameter, so that no PG* variable has a say.
func (c *Cluster) url(name string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(c.socket)
	return fmt.Sprintf("host='%s' port=%s user=%s dbname=%s sslmode=disable", quoted, clusterPort, clusterName, name)
}

// join looks for a running server of this cluster by connecting to it: pid files lie after a crash and in copies.
// The server may have put its socket elsewhere, under another XDG_RUNTIME_DIR or TMPDIR than ours: its pid file tells where.
func (c *Cluster) join(ctx context.Context) error {
	err := c.ping(ctx)
	if err == nil {
		return nil
	}
	chosen, written := c.socket, c.readPidFile().socket
	if written == "" || written == chosen {
		return err
	}
	c.socket = written
	if err := c.ping(ctx); err != nil {
		c.socket = chosen
		return err
	}
	return nil
}

// ping asks the server behind the socket whether it serves this very directory.
func (c *Cluster) ping(ctx context.Context) error {
	return c.ask(ctx, func(ctx context.Context, db *sqlx.DB) error {
		var dir string
		if err := db.GetContext(ctx, &dir, "SELECT current_setting('data_directory')"); err != nil {
			return err
		}
		if !sameFile(dir, c.dir) {
			return fmt.Errorf("the server behind %s serves %s", c.socket, dir)
		}
		return nil
	})
}

func (c *Cluster) ask(ctx context.Context, question func(context.Context, *sqlx.DB) error) error {
	db, err := pool{connections: 1, silence: 5 * time.Second}.open(ctx, c.url("postgres"))
	if err != nil {
		return err
	}
	return errors.Join(question(ctx, db), db.Close())
}

func (c *Cluster) ensureDatabase(ctx context.Context) error {
	return c.ask(ctx, func(ctx context.Context, db *sqlx.DB) error {
		var there bool
		err := db.GetContext(ctx, &there, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", clusterName)
		if err == nil && !there {
			_, err = db.ExecContext(ctx, "CREATE DATABASE "+clusterName)
		}
		return err
	})
}

// pidFile is what a postmaster writes about itself.
type pidFile struct {
	pid    int
	socket string
}

func (c *Cluster) pidFile() string { return filepath.Join(c.dir, "postmaster.pid") }

func (c *Cluster) readPidFile() pidFile {
	text, err := os.ReadFile(c.pidFile())
	if err != nil {
		return pidFile{}
	}
	lines := strings.Split(string(text), "\n")
	pid, _ := strconv.Atoi(lines[0])
	if len(lines) < 5 {
		return pidFile{pid: pid}
	}
	return pidFile{pid: pid, socket: lines[4]}
}

// clearForeignLocks removes lock files that name a living process which is not this cluster's server: after a reboot the number
// belongs to something else, in a copied directory to the original's server. Postgres would refuse to start.
// It leaves them when a Postgres process still works in the directory, and where that cannot be told (no /proc).
func (c *Cluster) clearForeignLocks() error {
	pid := c.readPidFile().pid
	if pid <= 0 || syscall.Kill(pid, 0) != nil || c.inUse() {
		return nil
	}
	for _, path := range []string{c.pidFile(), filepath.Join(c.socket, ".s.PGSQL."+clusterPort+".lock")} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a stale lock file: %w", err)
		}
	}
	return nil
}

// inUse looks for a Postgres process whose working directory is the cluster's: every process of a server has that.
func (c *Cluster) inUse() bool {
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(processes) == 0 {
		return true
	}
	for _, process := range processes {
		name, err := os.ReadFile(filepath.Join(process, "comm"))
		if err == nil && bytes.HasPrefix(name, []byte("postgres")) && sameFile(filepath.Join(process, "cwd"), c.dir) {
			return true
		}
	}
	return false
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
