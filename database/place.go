package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrOtherMajor tells that data were written by another major version of Postgres than is installed. They are not touched.
var ErrOtherMajor = errors.New("data of another major version")

// locate finds the data directory, and creates it when needed.
func (c *Cluster) locate(dataDir string) error {
	home, err := filepath.Abs(dataDir)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if err := os.MkdirAll(home, 0o711); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	c.home = resolve(home)
	return c.look()
}

// look finds out where the cluster is, or will be, and whose it is.
func (c *Cluster) look() error {
	name := filepath.Join(c.home, "postgres")
	if link, err := os.Readlink(name); err == nil {
		if _, err := os.Stat(name); err != nil {
			return fmt.Errorf("%s is a link to the tables in %s: %w", name, link, err)
		}
	}
	c.dir = resolve(name)
	owner, err := ownerOf(c.dir)
	c.owner = owner
	return err
}

// settle makes sure that there is a cluster, that it fits the installed Postgres and that its user can reach it.
func (c *Cluster) settle(ctx context.Context) error {
	if err := c.look(); err != nil {
		return err
	}
	major, err := majorOf(c.dir)
	if err != nil {
		return err
	}
	if c.binaries, err = pick(findAll(), major); err != nil {
		return err
	}
	if err := c.owner.openPath(c.home); err != nil {
		return err
	}
	if major == 0 {
		if err := c.create(ctx); err != nil {
			return err
		}
	}
	if !c.owner.canEnter(c.dir) {
		return c.closed(c.dir)
	}
	c.socket, err = c.chooseSocket()
	return err
}

func (c *Cluster) closed(dir string) error {
	return fmt.Errorf("user %s cannot enter %s: open the folders above it (chmod o+x), or set SAPAR_DATA to a folder "+
		"that is not below a closed one", c.owner.name, dir)
}

// majorOf reads which Postgres wrote the data; 0 means that there are none yet.
func majorOf(dir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if err == nil {
		return strconv.Atoi(strings.TrimSpace(string(text)))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	if len(entries) > 0 {
		return 0, fmt.Errorf("%s holds files but is no Postgres cluster: move it aside", dir)
	}
	return 0, nil
}

// create runs initdb in a new folder and renames it when it is complete, so that an interrupted one is never taken for data.
func (c *Cluster) create(ctx context.Context) error {
	parent, err := c.parentOfNew()
	if err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(parent, "postgres.new-")
	if err != nil {
		return fmt.Errorf("create the cluster: %w", err)
	}
	if err := c.initdb(ctx, fresh); err != nil {
		return errors.Join(err, os.RemoveAll(fresh))
	}
	return c.moveIn(parent, fresh)
}

func (c *Cluster) initdb(ctx context.Context, dir string) error {
	if err := c.owner.own(dir); err != nil {
		return err
	}
	arguments := []string{
		"-D", dir, "-U", clusterName, "--encoding=UTF8", "--locale=C.UTF-8",
		"--auth-local=trust", "--auth-host=reject",
	}
	if c.noSync {
		arguments = append(arguments, "--no-sync")
	}
	if out, err := c.owner.command(ctx, dir, c.binaries.Path("initdb"), arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb as %s: %w: %s", c.owner.name, err, lastLines(string(out)))
	}
	return nil
}

// parentOfNew is the data directory, or a folder elsewhere when the server's user cannot reach it: root's data below /root, say.
func (c *Cluster) parentOfNew() (string, error) {
	if c.owner.canEnter(c.home) {
		return c.home, nil
	}
	if c.elsewhere == "" {
		return "", c.closed(c.home)
	}
	if err := os.MkdirAll(c.elsewhere, 0o711); err != nil {
		return "", errors.Join(c.closed(c.home), err)
	}
	if !c.owner.canEnter(c.elsewhere) {
		return "", c.closed(c.home)
	}
	return c.elsewhere, nil
}

// moveIn gives a complete cluster its name. Elsewhere it keeps its own, and the data directory has a link to it.
func (c *Cluster) moveIn(parent, fresh string) error {
	name := filepath.Join(c.home, "postgres")
	if parent == c.home {
		c.dir = name
		return os.Rename(fresh, name) // replaces an empty folder, and no other
	}
	kept := filepath.Join(parent, strings.TrimPrefix(filepath.Base(fresh), "postgres.new-"))
	if err := os.Rename(fresh, kept); err != nil {
		return err
	}
	if err := os.Symlink(kept, name); err != nil {
		return fmt.Errorf("link to the cluster in %s: %w", kept, err)
	}
	slog.Warn("the data directory is closed to the database's user: its tables are kept elsewhere", "user", c.owner.name, "dir", kept)
	c.dir = kept
	return nil
}
