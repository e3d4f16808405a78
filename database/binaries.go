package database

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNoPostgres tells that this machine has no Postgres server; its message holds three lines to copy.
var ErrNoPostgres = errors.New(`no PostgreSQL server found on this machine. One of these helps:
  apt install postgresql
  docker compose up
  DATABASE_URL=postgres://user:password@host:5432/sapar`)

// Binaries are the programs of one installed Postgres.
type Binaries struct {
	Dir     string // the folder that holds initdb, pg_ctl and postgres, links resolved
	Version string // as the server says it, for instance 15.18
	Major   int    // the number that must equal that of the data
}

// Path returns the full path of one of the programs.
func (b Binaries) Path(program string) string {
	return filepath.Join(b.Dir, program)
}

// findAll lists the Postgres servers of this machine, the one for new data first: PATH, pg_config --bindir, Debian's folders (newest
// first), those of the PostgreSQL packages for Red Hat, and Homebrew.
func findAll() []Binaries {
	var found []Binaries
	for _, dir := range candidateDirs() {
		b, err := inspect(dir)
		if err == nil && !slices.Contains(found, b) {
			found = append(found, b)
		}
	}
	return found
}

func candidateDirs() []string {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(resolve(path)))
	}
	if out, err := ask("pg_config", "--bindir"); err == nil {
		dirs = append(dirs, out)
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
	} {
		matches, _ := filepath.Glob(pattern) // fails for a bad pattern only
		dirs = append(dirs, newestFirst(matches)...)
	}
	return dirs
}

var digits = regexp.MustCompile(`\d+`)

func newestFirst(dirs []string) []string {
	slices.SortFunc(dirs, func(a, b string) int {
		return cmp.Compare(firstNumber(b), firstNumber(a))
	})
	return dirs
}

func firstNumber(s string) int {
	n, _ := strconv.Atoi(digits.FindString(s))
	return n
}

// inspect asks the server itself for its version: a path may say anything.
func inspect(dir string) (Binaries, error) {
	dir = resolve(dir)
	for _, program := range []string{"initdb", "pg_ctl", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil {
			return Binaries{}, err
		}
	}
	out, err := ask(filepath.Join(dir, "postgres"), "-V")
	if err != nil {
		return Binaries{}, err
	}
	return parseVersion(dir, out)
}

var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) ((\d+)\S*)`)

func parseVersion(dir, line string) (Binaries, error) {
	match := versionLine.FindStringSubmatch(line)
	if match == nil {
		return Binaries{}, fmt.Errorf("read the version of %s: %q", dir, line)
	}
	return Binaries{Dir: dir, Version: match[1], Major: firstNumber(match[2])}, nil
}

func ask(program string, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, arguments...).Output()
	return strings.TrimSpace(string(out)), err
}

// resolve follows links; a path that cannot be followed stays as it is and fails where it is used.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
