package database

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// usual is the Postgres that new data get.
func usual(t *testing.T) Binaries {
	t.Helper()
	found := findAll()
	if len(found) == 0 {
		t.Fatal(ErrNoPostgres)
	}
	return found[0]
}

func TestFindFollowsLinksInThePath(t *testing.T) {
	real := usual(t)
	links := t.TempDir()
	if err := os.Symlink(real.Path("initdb"), filepath.Join(links, "initdb")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", links+":/usr/bin:/bin")
	found := usual(t)
	if found.Dir != resolve(real.Dir) {
		t.Errorf("found %+v", found)
	}
}

func TestFindWorksWithoutInitdbInThePath(t *testing.T) {
	t.Setenv("PATH", "/nonexistent")
	if found := usual(t); found.Major < 13 {
		t.Errorf("found %+v", found)
	}
}

func TestTheVersionIsWhatTheServerSays(t *testing.T) {
	for line, want := range map[string]Binaries{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)": {"d", "15.18", 15},
		"postgres (PostgreSQL) 18beta2":                        {"d", "18beta2", 18},
		"postgres (PostgreSQL) 9.6.24":                         {"d", "9.6.24", 9},
	} {
		if got, err := parseVersion("d", line); err != nil || got != want {
			t.Errorf("%q gives %+v, %v", line, got, err)
		}
	}
	if _, err := parseVersion("d", "bash: postgres: not found"); err == nil {
		t.Error("a line without a version was read")
	}
}

func TestNewerFoldersComeFirstByNumber(t *testing.T) {
	got := newestFirst([]string{"/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin"})
	want := []string{"/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/9.6/bin"}
	if !slices.Equal(got, want) {
		t.Errorf("the order is %v", got)
	}
}

func TestDataChooseThePostgresThatWroteThem(t *testing.T) {
	installed := []Binaries{{Major: 17, Version: "17.2"}, {Major: 15, Version: "15.18"}}
	for major, want := range map[int]int{0: 17, 17: 17, 15: 15} {
		if got, err := pick(installed, major); err != nil || got.Major != want {
			t.Errorf("data of %d are opened by %+v, %v", major, got, err)
		}
	}
	if _, err := pick(installed, 16); !errors.Is(err, ErrOtherMajor) {
		t.Errorf("data of 16 give %v", err)
	}
}

func TestWithoutPostgresThereAreThreeLinesToCopy(t *testing.T) {
	_, err := pick(nil, 0)
	if !errors.Is(err, ErrNoPostgres) {
		t.Fatalf("the error is %v", err)
	}
	lines := strings.Split(err.Error(), "\n")[1:]
	for i, want := range []string{"apt install postgresql", "docker compose up", "DATABASE_URL="} {
		if len(lines) != 3 || !strings.HasPrefix(strings.TrimSpace(lines[i]), want) {
			t.Errorf("the lines are %q", lines)
		}
	}
}
