package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets this program play a process that is killed while its temporary cluster runs.
func TestMain(m *testing.M) {
	if os.Getenv("SAPAR_TEST_DIE") == "" {
		os.Exit(m.Run())
	}
	c, err := Temporary(context.Background())
	if err != nil {
		panic(err)
	}
	fmt.Println(c.home)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

func wantGone(t *testing.T, dir string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			t.Fatalf("%s is still there", dir)
		}
	}
}

func TestATemporaryClusterGoesWithStop(t *testing.T) {
	c, err := Temporary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	makeTrips(t, c)
	stop(t, c)
	wantGone(t, c.home)
}

func TestATemporaryClusterGoesWithItsProcess(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "SAPAR_TEST_DIE=1")
	out, err := child.Output()
	dir := strings.TrimSpace(string(out))
	if err == nil || !strings.Contains(dir, "sapar-test-") {
		t.Fatalf("the process printed %q, %v", out, err)
	}
	wantGone(t, dir)
}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	first, second := NewURL(t), NewURL(t)
	if first == second {
		t.Error("two tests share a database")
	}
	if who := answer(t, New(t), "SELECT current_user"); who != AppRole {
		t.Errorf("the test works as %s", who)
	}
}

func TestAnotherDatabaseOfAServerKeepsTheRestOfTheAddress(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://u:p@h:1/a?sslmode=disable": "postgres://u:p@h:1/b?sslmode=disable",
		"host=/run dbname=a":                   "host=/run dbname=a dbname=b",
	} {
		if got := withDatabase(address, "b"); got != want {
			t.Errorf("%s becomes %s", address, got)
		}
	}
}

// As root only: the tests of the cluster again, as a user without privileges, since root's server takes other ways.
func TestAllThisHoldsForAPlainUser(t *testing.T) {
	if os.Geteuid() != 0 {
		return
	}
	dir := filepath.Dir(home(t))
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "database.test")
	if out, err := exec.Command("cp", os.Args[0], program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	plain, err := accountForNew()
	if err != nil {
		t.Fatal(err)
	}
	tests := "TestKeptData|TestASecondStart|TestATemporary"
	if os.Getenv("SAPAR_LONG") != "" {
		tests += "|TestDataSurvive|TestAClusterStarts|TestAPath|TestTheLastUser|TestDataOfAnother"
	}
	run := plain.command(t.Context(), dir, program, "-test.run", tests)
	run.Env = append(run.Env, "TMPDIR="+dir)
	if out, err := run.CombinedOutput(); err != nil {
		t.Errorf("as %s: %v\n%s", plain.name, err, out)
	}
}
