package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"sapar/database"
)

// place is the temporary folder of a bench, with a cluster that runs as the one of kept data does, and the servers on it.
type place struct {
	folder    string
	cluster   *database.Cluster
	keys      *database.Keys
	children  []*child
	program   Program
	dialogues *dialogues
}

func openPlace(ctx context.Context, parent string, program Program, at door) (_ *place, err error) {
	p := &place{program: program}
	if p.dialogues, err = newDialogues(at); err != nil {
		return nil, err
	}
	if p.folder, err = os.MkdirTemp(parent, "sapar-bench-"); err != nil {
		return nil, fmt.Errorf("folder for the bench: %w", err)
	}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if err = os.Chmod(p.folder, 0o711); err != nil { // Postgres does not run as root, and must get through to its tables
		return nil, err
	}
	if p.keys, err = database.LoadKeys(p.keysPath()); err != nil {
		return nil, err
	}
	progress("starting a Postgres in %s (fsync on, synchronous_commit on)", p.folder)
	p.cluster, err = database.Start(ctx, filepath.Join(p.folder, "data"))
	return p, err
}

func progress(format string, arguments ...any) { fmt.Fprintf(os.Stderr, format+"\n", arguments...) }

func (p *place) keysPath() string { return filepath.Join(p.folder, "keys.json") }

// close stops what runs and removes everything.
func (p *place) close() {
	var errs []error
	for _, c := range p.children {
		errs = append(errs, c.stop())
	}
	if p.cluster != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		errs = append(errs, p.cluster.Stop(ctx))
	}
	errs = append(errs, os.RemoveAll(p.folder))
	if err := errors.Join(errs...); err != nil {
		progress("clean up after the bench: %v", err)
	}
}

// makeDatabase makes and migrates a database of the cluster, with some sessions in it, and returns its address.
func (p *place) makeDatabase(ctx context.Context, name string, rows int) (string, error) {
	admin, err := database.OpenOwner(ctx, p.cluster.URL())
	if err != nil {
		return "", err
	}
	defer admin.Close()
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE bench_"+name); err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	url := p.cluster.URL() + " dbname=bench_" + name
	if err := p.program.Prepare(ctx, url, p.keys); err != nil {
		return "", err
	}
	owner, err := database.OpenOwner(ctx, url)
	if err != nil {
		return "", err
	}
	defer owner.Close()
	return url, (&filling{db: owner, keys: p.keys, rows: rows, callers: min(rows, mostCallers)}).run(ctx, name)
}

// serve starts the program on a database of its own.
func (p *place) serve(ctx context.Context, name string, rows int, settings ...string) (*target, error) {
	url, err := p.makeDatabase(ctx, name, rows)
	if err != nil {
		return nil, err
	}
	return p.serveOn(ctx, name, url, rows, settings...)
}

func (p *place) serveOn(ctx context.Context, name, url string, rows int, settings ...string) (*target, error) {
	child, err := p.start(ctx, name, append([]string{"serve", "--database-url=" + url, "--keys=" + p.keysPath()}, settings...)...)
	if err != nil {
		return nil, err
	}
	return &target{name: name, address: child.address, child: child, url: url, dialogues: p.dialogues, people: min(rows, mostCallers)}, nil
}

// baseline starts the baseline on a database of its own.
func (p *place) baseline(ctx context.Context, name string, rows int) (*target, error) {
	url, err := p.makeDatabase(ctx, name, rows)
	if err != nil {
		return nil, err
	}
	child, err := p.part(ctx, name, url)
	if err != nil {
		return nil, err
	}
	return &target{name: name, address: child.address, child: child, url: url, dialogues: p.dialogues, answer: baselineAnswer, people: min(rows, mostCallers)}, nil
}

// printStartTimes starts the program on nothing, and again on what that made, each until it answers a caller.
func (p *place) printStartTimes(ctx context.Context) error {
	for _, run := range []struct {
		what string
		goal time.Duration
	}{{"on a first run", 3 * time.Second}, {"on existing data", time.Second}} {
		start := time.Now()
		child, err := p.start(ctx, "start", "serve", "--data="+filepath.Join(p.folder, "start"))
		if err != nil {
			return err
		}
		fmt.Printf("serve answers %s after %.2f s (%.0f s aimed at)\n", run.what, time.Since(start).Seconds(), run.goal.Seconds())
		if err := child.stop(); err != nil {
			return err
		}
	}
	return nil
}

// memoryWith starts the program afresh on a target's database, opens dialogues, and returns its resident memory in MiB.
func (p *place) memoryWith(ctx context.Context, on *target, open int) (float64, error) {
	if err := on.child.stop(); err != nil {
		return 0, err
	}
	t, err := p.serveOn(ctx, "memory", on.url, on.people)
	if err != nil {
		return 0, err
	}
	t.sessions.Store(on.sessions.Load())
	t.newcomers.Store(on.newcomers.Load())
	progress("opening %d dialogues", open)
	c, err := t.newCaller(ctx)
	if err != nil {
		return 0, err
	}
	defer c.conn.Close()
	for range open {
		if err := c.advance(2); err != nil {
			return 0, err
		}
	}
	if c.wrong > 0 {
		return 0, fmt.Errorf("%d wrong answers while %d dialogues were opened", c.wrong, open)
	}
	return t.child.memory("VmRSS")
}

// freeAddress is an address of this machine that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
