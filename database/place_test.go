package database

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// picture writes down every file below dir with its mode, owner, time and text.
func picture(t *testing.T, dir string) string {
	t.Helper()
	hash, err := hashOf(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(hash)
	err = filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			b.WriteString("\n" + path + " " + info.Mode().String() + " " + info.ModTime().String())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDataOfAnotherMajorVersionAreRefusedAndNotTouched(t *testing.T) {
	dir := home(t)
	c := start(t, dir)
	makeTrips(t, c)
	stop(t, c)
	version := filepath.Join(c.Dir(), "PG_VERSION")
	kept, err := os.ReadFile(version)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"9\n", "98\n"} {
		if err := os.WriteFile(version, []byte(other), 0o600); err != nil {
			t.Fatal(err)
		}
		before := picture(t, c.Dir())
		_, err = Start(t.Context(), dir, Fast())
		if !errors.Is(err, ErrOtherMajor) || !strings.Contains(err.Error(), strings.TrimSpace(other)) {
			t.Errorf("the error is %v", err)
		}
		if after := picture(t, c.Dir()); after != before {
			t.Errorf("the data changed from\n%s\nto\n%s", before, after)
		}
	}
	if err := os.WriteFile(version, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	wantTrips(t, start(t, dir))
}

func TestAFolderThatIsNoClusterIsRefusedAndNotTouched(t *testing.T) {
	dir := home(t)
	cluster := filepath.Join(dir, "postgres")
	if err := os.MkdirAll(cluster, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cluster, "diary.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := accountForNew()
	if err != nil {
		t.Fatal(err)
	}
	if err := own.own(cluster); err != nil {
		t.Fatal(err)
	}
	before := picture(t, cluster)
	if _, err := Start(t.Context(), dir, Fast()); err == nil || !strings.Contains(err.Error(), "no Postgres cluster") {
		t.Errorf("the error is %v", err)
	}
	if after := picture(t, cluster); after != before {
		t.Errorf("the folder changed from\n%s\nto\n%s", before, after)
	}
}

func TestAnInterruptedInitdbIsNotTakenForData(t *testing.T) {
	dir := home(t)
	half := filepath.Join(dir, "postgres.new-1")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	makeTrips(t, start(t, dir))
}

func TestALinkThatLeadsNowhereIsNotReplaced(t *testing.T) {
	dir := home(t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "postgres")
	if err := os.Symlink(filepath.Join(dir, "on-a-disk-not-mounted"), link); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), dir, Fast()); err == nil {
		t.Error("a new cluster was made although the link says that there is one")
	}
	if _, err := os.Readlink(link); err != nil {
		t.Errorf("the link is gone: %v", err)
	}
}

// As root only: a plain user's server can go wherever that user can.
func TestRootsDataInAClosedFolderAreKeptElsewhere(t *testing.T) {
	if os.Geteuid() != 0 {
		return
	}
	closed := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(closed, "sapar", "data")
	open := home(t)
	there := func(c *Cluster) { c.elsewhere = open }
	first, err := Start(t.Context(), dir, Fast(), there)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = first.Stop(context.Background()) })
	if !strings.HasPrefix(first.Dir(), open) {
		t.Errorf("the tables are in %s", first.Dir())
	}
	makeTrips(t, first)
	stop(t, first)
	wantTrips(t, start(t, dir))

	_, err = Start(t.Context(), filepath.Join(closed, "second"), Fast(), func(c *Cluster) { c.elsewhere = "" })
	if err == nil || !strings.Contains(err.Error(), "SAPAR_DATA") {
		t.Errorf("without another place the error is %v", err)
	}
}

func TestRootsDataDirectoryIsOpenedForPassingThroughOnly(t *testing.T) {
	dir := home(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		want = 0o711
	}
	if info.Mode().Perm() != want {
		t.Errorf("the mode is %o, want %o", info.Mode().Perm(), want)
	}
}

func TestDataOfAnotherUserAreRefusedWithTheirName(t *testing.T) {
	them := account{name: "aigul", uid: 1234}
	for name, c := range map[string]struct {
		data    account
		self    int
		refused string
	}{
		"own data":                  {account{uid: 7}, 7, ""},
		"root with a user's data":   {them, 0, ""},
		"another user's data":       {them, 7, "aigul"},
		"root with data of root":    {account{name: "root"}, 0, "chown"},
		"a user with data of root":  {account{name: "root"}, 7, "root"},
		"root with data of a guest": {account{name: "uid 4321", uid: 4321}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.data.as(c.self, "/srv/data/postgres")
			if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
