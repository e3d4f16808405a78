package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user that the server runs as: this process's own, or one without privileges when that is root,
// because Postgres refuses to run as root.
type account struct {
	name     string
	uid, gid int
	other    bool // not this process's own user
}

// ownerOf tells who runs the cluster in dir: whoever owns it, and for new data this user or, for root, the first of
// postgres, sapar and nobody that exists.
func ownerOf(dir string) (account, error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return accountForNew()
	}
	if err != nil {
		return account{}, fmt.Errorf("private database: %w", err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	a := account{name: "uid " + strconv.Itoa(int(owner.Uid)), uid: int(owner.Uid), gid: int(owner.Gid)}
	if known, err := user.LookupId(strconv.Itoa(a.uid)); err == nil {
		a.name = known.Username
	}
	return a.as(os.Geteuid(), dir)
}

func (a account) as(self int, dir string) (account, error) {
	switch {
	case a.uid == self && self != 0:
		return a, nil
	case self == 0 && a.uid != 0:
		a.other = true
		return a, nil
	case self == 0:
		return account{}, fmt.Errorf("%s belongs to root, and Postgres refuses to run as root: chown it to its user", dir)
	}
	return account{}, fmt.Errorf("%s belongs to %s: run as that user or as root, or set SAPAR_DATA to another folder", dir, a.name)
}

func accountForNew() (account, error) {
	if os.Geteuid() != 0 {
		return account{name: "uid " + strconv.Itoa(os.Geteuid()), uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "sapar", "nobody"} {
		known, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(known.Uid)
		gid, gidErr := strconv.Atoi(known.Gid)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return account{name: name, uid: uid, gid: gid, other: true}, nil
		}
	}
	return account{}, errors.New("run as root, but none of the users postgres, sapar and nobody exists to run Postgres")
}

// command prepares a program that runs as the account, in dir, with an environment of its own: no PG* variable reaches it.
func (a account) command(ctx context.Context, dir, program string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, program, arguments...)
	command.Dir = dir
	command.Env = []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
	command.SysProcAttr = &syscall.SysProcAttr{}
	if a.other {
		command.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return command
}

// canEnter tries it out: permissions, access lists and mounts all have their say.
func (a account) canEnter(dir string) bool {
	if !a.other {
		return true
	}
	return a.command(context.Background(), dir, "/bin/sh", "-c", ":").Run() == nil
}

// openPath lets the account pass through Sapar's own data directory. Folders above it are not ours to change.
func (a account) openPath(home string) error {
	if !a.other {
		return nil
	}
	info, err := os.Stat(home)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o001 != 0 {
		return nil
	}
	return os.Chmod(home, info.Mode().Perm()|0o011)
}

func (a account) own(path string) error {
	if !a.other {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

func (a account) openLog(path string) (*os.File, error) {
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of the private database: %w", err)
	}
	if a.other {
		err = log.Chown(a.uid, a.gid)
	}
	return log, err
}

// privateDir makes a folder that only the account can enter, and refuses one that somebody else has put there.
func (a account) privateDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return a.own(dir)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	owner := int(info.Sys().(*syscall.Stat_t).Uid)
	if !info.IsDir() || owner != a.uid || info.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s is not a folder of user %s alone: remove it", filepath.Clean(dir), a.name)
	}
	return nil
}
