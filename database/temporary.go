package database

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// Temporary starts a fast cluster with nothing in it, for tests. Stop removes it; so does the end of this process, however it comes.
func Temporary(ctx context.Context) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "sapar-test-")
	if err != nil {
		return nil, fmt.Errorf("folder for the temporary database: %w", err)
	}
	janitor, err := startJanitor(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	c, err := Start(ctx, dir, Fast(), func(c *Cluster) { c.elsewhere, c.janitor = "", janitor })
	if err != nil {
		return nil, errors.Join(err, janitor.finish())
	}
	return c, nil
}

// janitor is a shell that waits for the end of its input, which the end of this process is too, and then cleans up.
type janitor struct {
	shell *exec.Cmd
	input io.Closer
}

const cleanUp = `cat >/dev/null
file=$1/postgres/postmaster.pid
if [ -e "$file" ]; then kill -QUIT "$(head -n 1 "$file")"; fi
n=0
while [ -e "$file" ] && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done
rm -rf "$1"`

func startJanitor(dir string) (*janitor, error) {
	shell := exec.Command("/bin/sh", "-c", cleanUp, "sh", dir)
	shell.Dir = "/"
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is not for it
	input, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := shell.Start(); err != nil {
		return nil, fmt.Errorf("start the janitor of the temporary database: %w", err)
	}
	return &janitor{shell: shell, input: input}, nil
}

func (j *janitor) finish() error {
	if err := errors.Join(j.input.Close(), j.shell.Wait()); err != nil {
		return fmt.Errorf("remove the temporary database: %w", err)
	}
	return nil
}
