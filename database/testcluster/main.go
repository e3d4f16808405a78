// Package main runs a command with a temporary Postgres, named to it by SAPAR_TEST_DATABASE_URL: testcluster -- go test ./...
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"sapar/database"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	code, err := run(ctx, slices.DeleteFunc(os.Args[1:], func(s string) bool { return s == "--" }))
	if err != nil {
		fmt.Fprintln(os.Stderr, "testcluster:", err)
	}
	os.Exit(code)
}

// run returns the exit code of the command. DATABASE_URL wins, as everywhere: then nothing is started, and the tests make and drop
// databases of their own on that server.
func run(ctx context.Context, command []string) (code int, err error) {
	if len(command) == 0 {
		return 2, errors.New("usage: testcluster -- COMMAND [ARGUMENT...]")
	}
	for _, variable := range []string{"SAPAR_TEST_DATABASE_URL", "DATABASE_URL"} {
		if url := os.Getenv(variable); url != "" {
			return runWith(ctx, url, command)
		}
	}
	cluster, err := database.Temporary(ctx)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, cluster.Stop(ctx)) }()
	return runWith(ctx, cluster.URL(), command)
}

// runWith hides DATABASE_URL from the command, so that no test can reach into the database itself.
// An interrupt is passed on, and the end of the command awaited.
func runWith(ctx context.Context, url string, command []string) (int, error) {
	child := exec.CommandContext(ctx, command[0], command[1:]...)
	child.Cancel = func() error { return child.Process.Signal(os.Interrupt) }
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "DATABASE_URL=") })
	child.Env = append(child.Env, "SAPAR_TEST_DATABASE_URL="+url)
	err := child.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
