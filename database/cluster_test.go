package database

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jmoiron/sqlx"
)

// home makes a data directory that another user can reach, which t.TempDir is not.
func home(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sapar-home-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "data")
}

func start(t *testing.T, dir string) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), dir, Fast())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop(context.Background()) })
	return c
}

func stop(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// die leaves the cluster as a killed process does: the system frees its lock and nothing else happens.
func die(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.users.Close(); err != nil {
		t.Fatal(err)
	}
}

func owner(t *testing.T, c *Cluster) *sqlx.DB {
	t.Helper()
	db, err := OpenOwner(t.Context(), c.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func answer(t *testing.T, db *sqlx.DB, query string) string {
	t.Helper()
	var text string
	if err := db.GetContext(t.Context(), &text, query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

func makeTrips(t *testing.T, c *Cluster) {
	t.Helper()
	owner(t, c).MustExecContext(t.Context(), "CREATE TABLE trips AS SELECT 'Osh' AS town")
}

func wantTrips(t *testing.T, c *Cluster) {
	t.Helper()
	if town := answer(t, owner(t, c), "SELECT town FROM trips"); town != "Osh" {
		t.Errorf("the table holds %q", town)
	}
}

func TestKeptDataAreDurableAndReachedByASocketOnly(t *testing.T) {
	c, err := Start(t.Context(), home(t), Setting("max_wal_size", "512MB"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop(context.Background()) })
	db := owner(t, c)
	for name, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": "",
		"server_encoding": "UTF8", "lc_collate": "C.UTF-8", "max_connections": "100", "shared_buffers": "128MB",
		"unix_socket_permissions": "0700", "timezone": "UTC", "max_wal_size": "512MB", "log_error_verbosity": "terse",
	} {
		if got := answer(t, db, "SELECT current_setting('"+name+"')"); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if who := answer(t, db, "SELECT current_user || ' ' || current_database()"); who != "sapar sapar" {
		t.Errorf("user and database are %q", who)
	}
	wantPrivate(t, c.Dir())
}

func wantPrivate(t *testing.T, dir string) {
	t.Helper()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("%s has mode %o", dir, info.Mode().Perm())
	}
	if uid := info.Sys().(*syscall.Stat_t).Uid; uid == 0 {
		t.Errorf("%s belongs to root", dir)
	}
}

func TestTheLogOfTheServerHoldsNothingThatAPersonTyped(t *testing.T) {
	c := start(t, home(t))
	db := owner(t, c)
	db.MustExecContext(t.Context(), "CREATE TABLE people (phone text PRIMARY KEY)")
	for range 2 {
		_, _ = db.ExecContext(t.Context(), "INSERT INTO people VALUES ('secret-of-a-person')")
	}
	text, err := os.ReadFile(c.logFile())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "duplicate key") || strings.Contains(string(text), "secret-of-a-person") {
		t.Errorf("the log is:\n%s", text)
	}
}

func TestDataSurviveARestart(t *testing.T) {
	dir := home(t)
	c := start(t, dir)
	makeTrips(t, c)
	stop(t, c)
	if err := c.ping(t.Context()); err == nil {
		t.Error("the server still answers after Stop")
	}
	wantTrips(t, start(t, dir))
}

func TestAClusterStartsAgainAfterItsServerWasKilled(t *testing.T) {
	dir := home(t)
	c := start(t, dir)
	makeTrips(t, c)
	owner(t, c).MustExecContext(t.Context(), "CHECKPOINT")
	die(t, c)
	if err := syscall.Kill(c.readPidFile().pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wantTrips(t, start(t, dir))
}

func TestAPidFileThatNamesALivingStrangerDoesNotStopAStart(t *testing.T) {
	dir := home(t)
	c := start(t, dir)
	makeTrips(t, c)
	stop(t, c)
	stranger := c.owner.command(t.Context(), "/", "/bin/sleep", "600")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })
	lines := strconv.Itoa(stranger.Process.Pid) + "\n" + c.dir + "\n0\n5432\n" + c.socket + "\n\n"
	if err := os.WriteFile(c.pidFile(), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.owner.own(c.pidFile()); err != nil {
		t.Fatal(err)
	}
	wantTrips(t, start(t, dir))
}

func TestACopyStartsBesideItsRunningOriginal(t *testing.T) {
	dir := home(t)
	original := start(t, dir)
	makeTrips(t, original)
	owner(t, original).MustExecContext(t.Context(), "CHECKPOINT")
	copied := dir + "-copied"
	if out, err := exec.Command("cp", "-a", dir, copied).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	second := start(t, copied)
	wantTrips(t, second)
	if original.readPidFile().pid == second.readPidFile().pid {
		t.Error("the copy joined the original's server")
	}
	wantTrips(t, original)
}

func TestAPathOfMoreThanAHundredCharactersWorks(t *testing.T) {
	dir := filepath.Join(home(t), strings.Repeat("long, 'long' ", 9))
	c := start(t, dir)
	t.Cleanup(func() { _ = os.RemoveAll(c.socket) })
	if strings.HasPrefix(c.socket, dir) {
		t.Errorf("the socket is in %s", c.socket)
	}
	wantPrivate(t, c.socket)
	makeTrips(t, c)
	stop(t, c)
	wantTrips(t, start(t, dir))
}

func TestASocketFolderThatSomebodyElsePreparedIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sapar-trap")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	self := account{name: "self", uid: os.Geteuid(), gid: os.Getegid()}
	if err := self.privateDir(dir); err == nil {
		t.Error("a folder that others can enter was taken")
	}
	stranger := account{name: "stranger", uid: os.Geteuid() + 1, gid: os.Getegid()}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := stranger.privateDir(dir); err == nil {
		t.Error("a folder of another user was taken")
	}
}
