package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sapar/database"
)

// postgres is a private cluster whose processes a test may stop, freeze and start again.
type postgres struct {
	t       testing.TB
	home    string
	cluster *database.Cluster
}

func startPostgres(t testing.TB) *postgres {
	t.Helper()
	p := &postgres{t: t, home: reachable(t)}
	p.start()
	t.Cleanup(func() { _ = p.cluster.Stop(context.Background()) })
	return p
}

func (p *postgres) start() {
	p.t.Helper()
	cluster, err := database.Start(context.Background(), p.home, database.Fast(), database.Setting("synchronous_commit", "on"))
	if err != nil {
		p.t.Fatal(err)
	}
	if p.cluster == nil {
		p.cluster = cluster
	}
}

// pid is the process that all others of the cluster are children of; 0 when there is none.
func (p *postgres) pid() int { return postmaster(p.cluster.Dir()) }

func postmaster(dir string) int {
	text, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil || syscall.Kill(pid, 0) != nil {
		return 0
	}
	return pid
}

// crash is what pg_ctl stop -m immediate does.
func (p *postgres) crash() {
	p.t.Helper()
	pid := p.pid()
	p.send(pid, syscall.SIGQUIT)
	eventually(p.t, 20*time.Second, "the end of Postgres", func() bool { return syscall.Kill(pid, 0) != nil })
}

func (p *postgres) freeze() {
	p.t.Helper()
	pid := p.pid()
	p.send(pid, syscall.SIGSTOP)
	for _, child := range children(p.t, pid) {
		p.send(child, syscall.SIGSTOP)
	}
}

func (p *postgres) thaw() {
	p.t.Helper()
	pid := p.pid()
	for _, child := range append(children(p.t, pid), pid) {
		p.send(child, syscall.SIGCONT)
	}
}

func (p *postgres) send(pid int, signal syscall.Signal) {
	p.t.Helper()
	if pid <= 1 {
		p.t.Fatal("no Postgres runs")
	}
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		p.t.Fatal(err)
	}
}

func children(t testing.TB, of int) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		behind := string(text[strings.LastIndexByte(string(text), ')')+1:]) // state and parent stand behind the name
		fields := strings.Fields(behind)
		if parent, err := strconv.Atoi(fields[1]); err == nil && parent == of {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			if err == nil {
				out = append(out, pid)
			}
		}
	}
	return out
}

// slowLine is a unix socket in front of Postgres that holds back every answer for a while.
type slowLine struct {
	dir   string
	delay atomic.Int64
	lost  atomic.Pointer[string] // no answer comes after a request with these bytes
	mu    sync.Mutex
	open  []net.Conn
}

// newSlowLine listens in front of the socket that an address of Postgres names, and gives the address to use instead.
func newSlowLine(t testing.TB, address string) (*slowLine, string) {
	t.Helper()
	behind := strings.TrimPrefix(strings.Fields(address)[0], "host=")
	behind = strings.Trim(behind, "'")
	dir, err := os.MkdirTemp("", "slow-")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	line := &slowLine{dir: dir}
	go line.accept(listener, filepath.Join(behind, ".s.PGSQL.5432"))
	t.Cleanup(func() {
		listener.Close()
		line.cut()
		_ = os.RemoveAll(dir)
	})
	return line, strings.Replace(address, behind, dir, 1)
}

func (l *slowLine) accept(listener net.Listener, behind string) {
	for {
		front, err := listener.Accept()
		if err != nil {
			return
		}
		back, err := net.Dial("unix", behind)
		if err != nil {
			front.Close()
			continue
		}
		l.mu.Lock()
		l.open = append(l.open, front, back)
		l.mu.Unlock()
		deaf := &atomic.Bool{}
		go func() { l.pass(back, front, deaf); back.Close() }()
		go func() { l.drip(front, back, deaf); front.Close() }()
	}
}

// pass brings requests to Postgres; from the one on whose answer shall be lost, the connection is deaf.
func (l *slowLine) pass(back, front net.Conn, deaf *atomic.Bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := front.Read(buffer)
		if lost := l.lost.Load(); lost != nil && bytes.Contains(buffer[:n], []byte(*lost)) {
			deaf.Store(true)
		}
		if n > 0 {
			if _, err := back.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// drip passes on what Postgres answers, each read later by the delay.
func (l *slowLine) drip(front, back net.Conn, deaf *atomic.Bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := back.Read(buffer)
		if n > 0 && !deaf.Load() {
			if delay := time.Duration(l.delay.Load()); delay > 0 {
				<-time.After(delay)
			}
			if _, err := front.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (l *slowLine) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range l.open {
		conn.Close()
	}
}

// outage is a way Postgres goes away, and comes back.
type outage struct{ away, back func() }

func (p *postgres) outages(line *slowLine) map[string]outage {
	return map[string]outage{
		"stopped": {p.crash, p.start},
		"frozen":  {p.freeze, p.thaw},
		"slow by 2 s a read": {
			func() { line.delay.Store(int64(2 * time.Second)) }, func() { line.delay.Store(0) },
		},
		"slow by 1.2 s a read": {
			func() { line.delay.Store(int64(1200 * time.Millisecond)) }, func() { line.delay.Store(0) },
		},
		"cut off": {
			func() { _ = os.Rename(line.dir, line.dir+"-away"); line.cut() }, func() { _ = os.Rename(line.dir+"-away", line.dir) },
		},
	}
}

// stopwatch keeps the longest time a phone has waited for its screen.
type stopwatch struct{ longest atomic.Int64 }

func (w *stopwatch) measure(do func()) {
	start := time.Now()
	do()
	took := int64(time.Since(start))
	for {
		longest := w.longest.Load()
		if took <= longest || w.longest.CompareAndSwap(longest, took) {
			return
		}
	}
}

// patience is how long a phone may wait in these tests: 3 s on a machine that does nothing else (make faults), longer beside other tests.
func patience() time.Duration {
	if os.Getenv("SAPAR_LONG") != "" {
		return 3 * time.Second
	}
	return 10 * time.Second
}

func (w *stopwatch) check(t testing.TB) {
	t.Helper()
	longest := time.Duration(w.longest.Load())
	t.Logf("the longest wait for a screen: %s", longest.Round(time.Millisecond))
	if longest >= patience() {
		t.Errorf("a phone waited %s for its screen", longest)
	}
}
