package database

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	clusterName = "sapar" // superuser and database of the private cluster
	clusterPort = "5432"  // only names the socket: no TCP port is opened
	startWithin = 60 * time.Second
	stopWithin  = 60 * time.Second
)

// Cluster is a private Postgres under the data directory, reached over a unix socket that only its own user and root can open.
type Cluster struct {
	home      string // the data directory of Sapar, which holds the cluster and its lock files
	dir       string // the cluster itself, links resolved
	elsewhere string // where it goes when home is closed to its user; empty: nowhere
	socket    string // the directory of the socket
	binaries  Binaries
	owner     account
	settings  map[string]string
	noSync    bool
	users     *os.File // locked, shared, while this process uses the cluster
	janitor   *janitor // of a temporary cluster only
}

// Option changes how a cluster runs.
type Option func(*Cluster)

// Fast gives up durability for speed: for tests, never for data that is kept.
func Fast() Option {
	return func(c *Cluster) {
		c.noSync = true
		for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
			c.settings[name] = "off"
		}
		c.settings["max_connections"] = "300"
	}
}

// Setting sets one run-time parameter of the server, for instance max_wal_size.
func Setting(name, value string) Option {
	return func(c *Cluster) { c.settings[name] = value }
}

func keptSettings() map[string]string {
	return map[string]string{
		"listen_addresses":        "",
		"port":                    clusterPort,
		"unix_socket_permissions": "0700",
		"fsync":                   "on",
		"synchronous_commit":      "on",
		"shared_buffers":          "128MB",
		"max_connections":         "100",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		// The text and the details of a failed statement may hold a phone number or an answer.
		"log_min_error_statement": "panic",
		"log_error_verbosity":     "terse",
	}
}

// Start makes a cluster under dataDir when there is none, and starts it or joins it when it runs already.
// As root the server runs as postgres, sapar or nobody. Data of another major version are refused (ErrOtherMajor)
// and never changed; without a Postgres on this machine the error is ErrNoPostgres.
func Start(ctx context.Context, dataDir string, options ...Option) (*Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	c := &Cluster{elsewhere: "/var/lib/sapar", settings: keptSettings()}
	for _, option := range options {
		option(c)
	}
	if err := c.locate(dataDir); err != nil {
		return nil, err
	}
	turn, err := lockFile(ctx, c.turnFile(), exclusive)
	if err != nil {
		return nil, err
	}
	defer turn.Close()
	if err := c.bringUp(ctx); err != nil {
		return nil, fmt.Errorf("private database in %s: %w", c.home, err)
	}
	return c, nil
}

// Dir returns the directory that holds the tables.
func (c *Cluster) Dir() string { return c.dir }

// URL returns the address of the cluster's database, for Open and OpenOwner.
func (c *Cluster) URL() string { return c.url(clusterName) }

// Stop ends this process's use of the cluster. The last user stops the server, so a process that joined leaves it running
// for the one that started it, and the other way round; a user killed without warning does not count.
// It works with a context that is cancelled already, as at the end of a program, and takes a minute at most.
func (c *Cluster) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	turn, err := lockFile(ctx, c.turnFile(), exclusive)
	if err != nil {
		return err
	}
	defer turn.Close()
	if err := c.users.Close(); err != nil {
		return fmt.Errorf("leave the private database: %w", err)
	}
	last, err := tryLock(c.usersFile(), exclusive)
	if errors.Is(err, errLocked) {
		return nil
	}
	if err != nil {
		return err
	}
	defer last.Close()
	return c.halt(ctx)
}

func (c *Cluster) halt(ctx context.Context) error {
	stop := c.owner.command(ctx, c.dir, c.binaries.Path("pg_ctl"), "stop", "-D", c.dir, "-m", "fast", "-w", "-t", "50")
	if out, err := stop.CombinedOutput(); err != nil && c.ping(ctx) == nil {
		return fmt.Errorf("stop the private database: %w: %s", err, lastLines(string(out)))
	}
	if c.janitor != nil {
		return c.janitor.finish()
	}
	return nil
}

func (c *Cluster) turnFile() string  { return filepath.Join(c.home, "postgres.turn") }
func (c *Cluster) usersFile() string { return filepath.Join(c.home, "postgres.users") }
func (c *Cluster) logFile() string   { return filepath.Join(c.dir, "postgres.log") }

// bringUp runs while no other process starts or stops this cluster.
func (c *Cluster) bringUp(ctx context.Context) error {
	if err := c.settle(ctx); err != nil {
		return err
	}
	if err := c.join(ctx); err != nil {
		if err := c.launch(ctx); err != nil {
			return err
		}
	}
	if err := c.ensureDatabase(ctx); err != nil {
		return err
	}
	users, err := lockFile(ctx, c.usersFile(), shared)
	c.users = users
	return err
}

// launch starts the server and waits until it answers. After a kill -9 the old server's children may still be going away:
// then the start is tried again for a while.
func (c *Cluster) launch(ctx context.Context) error {
	patience := time.Now()
	if _, err := os.Stat(c.pidFile()); err == nil {
		patience = patience.Add(15 * time.Second)
	}
	for {
		if err := c.clearForeignLocks(); err != nil {
			return err
		}
		err := c.launchOnce(ctx)
		if err == nil || ctx.Err() != nil || time.Now().After(patience) {
			return err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

func (c *Cluster) launchOnce(ctx context.Context) error {
	server, ended, err := c.spawn()
	if err != nil {
		return err
	}
	for {
		if c.ping(ctx) == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("the server ended at once; the end of %s:\n%s", c.logFile(), c.logTail())
		case <-ctx.Done():
			_ = server.Process.Signal(syscall.SIGINT) // nobody would stop it later
			return fmt.Errorf("the server does not answer: %w; the end of %s:\n%s", ctx.Err(), c.logFile(), c.logTail())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// spawn starts the server in a session of its own, so that Ctrl-C in the terminal reaches Sapar only.
// The channel closes when the server ends.
func (c *Cluster) spawn() (*exec.Cmd, <-chan struct{}, error) {
	log, err := c.owner.openLog(c.logFile())
	if err != nil {
		return nil, nil, err
	}
	defer log.Close()
	server := c.owner.command(context.Background(), c.dir, c.binaries.Path("postgres"), c.arguments()...)
	server.Stdout, server.Stderr = log, log
	server.SysProcAttr.Setsid = true
	if err := server.Start(); err != nil {
		return nil, nil, fmt.Errorf("start %s as %s: %w", server.Path, c.owner.name, err)
	}
	ended := make(chan struct{})
	go reap(server, ended)
	return server, ended, nil
}

// reap waits for a server, so that it leaves no zombie that would look like a living one to the next start.
func reap(server *exec.Cmd, ended chan<- struct{}) {
	_ = server.Wait() // its log says why it ended
	close(ended)
}

func (c *Cluster) arguments() []string {
	arguments := []string{"-D", c.dir, "-c", "unix_socket_directories=" + quoteListItem(c.socket)}
	for name, value := range c.settings {
		arguments = append(arguments, "-c", name+"="+value)
	}
	return arguments
}

// quoteListItem keeps a comma or a space in a path from splitting it in two.
func quoteListItem(path string) string {
	return `"` + strings.ReplaceAll(path, `"`, `""`) + `"`
}

func (c *Cluster) logTail() string {
	text, err := os.ReadFile(c.logFile())
	if err != nil {
		return err.Error()
	}
	return lastLines(string(text))
}

func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// pick chooses the installed Postgres that fits the data; new data take the first.
func pick(found []Binaries, major int) (Binaries, error) {
	if len(found) == 0 {
		return Binaries{}, ErrNoPostgres
	}
	if major == 0 {
		return found[0], nil
	}
	i := slices.IndexFunc(found, func(b Binaries) bool { return b.Major == major })
	if i < 0 {
		return Binaries{}, fmt.Errorf("%w: the data were written by PostgreSQL %d, installed is %s; install PostgreSQL %d, "+
			"or move the data aside (nothing was changed)", ErrOtherMajor, major, found[0].Version, major)
	}
	return found[i], nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
