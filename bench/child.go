package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// child is the program once more, serving in a process of its own.
type child struct {
	process *exec.Cmd
	address string
	admin   string // where its metrics are
	log     string
	ended   chan error
}

// childStart is how long a child may take until it listens; one that queues a broadcast does that first.
const childStart = 3 * time.Minute

// start runs the program with some arguments and waits until it listens.
func (p *place) start(ctx context.Context, name string, arguments ...string) (*child, error) {
	address, err1 := freeAddress()
	admin, err2 := freeAddress()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	c := &child{address: address, admin: admin, log: filepath.Join(p.folder, name+".log"), ended: make(chan error, 1)}
	var err error
	if c.process, err = p.program.Command(append(arguments, "--listen="+address, "--admin-listen="+admin)...); err != nil {
		return nil, err
	}
	if err := c.run(); err != nil {
		return nil, err
	}
	p.children = append(p.children, c)
	progress("%s answers on %s, profiles on http://%s/debug/pprof/", name, address, admin)
	return c, c.wait(ctx)
}

func (c *child) run() error {
	log, err := os.Create(c.log)
	if err != nil {
		return err
	}
	defer log.Close()
	c.process.Stdout, c.process.Stderr = log, log
	c.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the bench, which then stops its children in order
	if err := c.process.Start(); err != nil {
		return err
	}
	go func() {
		c.ended <- c.process.Wait()
		close(c.ended)
	}()
	return nil
}

// wait returns when the child takes calls.
func (c *child) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, childStart)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", c.address)
		if err == nil {
			return conn.Close()
		}
		select {
		case err := <-c.ended:
			return fmt.Errorf("%s ended at once: %w\n%s", c.process, err, c.logTail())
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen: %w\n%s", c.process, ctx.Err(), c.logTail())
		case <-tick.C:
		}
	}
}

// stop ends the child and waits for it; a child that has ended is fine.
func (c *child) stop() error {
	if err := c.process.Process.Signal(os.Interrupt); err != nil {
		return nil // it has ended
	}
	select {
	case <-c.ended:
		return nil
	case <-time.After(30 * time.Second):
		return errors.Join(fmt.Errorf("%s does not stop", c.process), c.process.Process.Kill())
	}
}

// logTail is the end of what the child logged.
func (c *child) logTail() string {
	text, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

// counted reads one counter from the child's metrics.
func (c *child) counted(name string) (float64, error) {
	response, err := http.Get("http://" + c.admin + "/metrics")
	if err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("no counter %s", name)
}

// memory is that of the child in RAM, in MiB, as Linux tells it: VmRSS now, or VmHWM the most it ever was.
func (c *child) memory(line string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), line+":")
	kib, err := strconv.Atoi(strings.Fields(rest + " ?")[0])
	return float64(kib) / 1024, err
}
