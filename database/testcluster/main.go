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
	code, err := run(context.Background(), slices.DeleteFunc(os.Args[1:], func(s string) bool { return s == "--" }))
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
			return runWith(url, command)
		}
	}
	cluster, err := database.Temporary(ctx)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, cluster.Stop(ctx)) }()
	return runWith(cluster.URL(), command)
}

// runWith hides DATABASE_URL from the command, so that no test can reach into the database itself.
func runWith(url string, command []string) (int, error) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM) // the command gets Ctrl-C too; its end is ours
	child := exec.Command(command[0], command[1:]...)
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
