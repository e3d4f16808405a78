package database

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// createFile writes a complete file beside path and then links it there, so it is never half there and never written over. It reports
// whether it was the one who made it.
func createFile(path string, text []byte) (won bool, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o711); err != nil {
		return false, err
	}
	draft, err := writeDraft(path, text)
	if err != nil {
		return false, err
	}
	defer func() { _ = os.Remove(draft) }()
	err = os.Link(draft, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return false, err
	}
	return err == nil, syncDir(filepath.Dir(path))
}

// replaceJSON puts a new file in the place of path at once, with the same owner; what was there stays as path.old.
func replaceJSON(path string, content any) error {
	text, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	draft, err := writeDraft(path, text)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft) }() // is gone when all went well
	if err := errors.Join(sameOwner(draft, path), keepOld(path)); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeDraft writes a file that lasts, mode 0600, in the folder of path.
func writeDraft(path string, text []byte) (string, error) {
	draft, err := os.CreateTemp(filepath.Dir(path), ".keys-")
	if err != nil {
		return "", err
	}
	_, err = draft.Write(text)
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return "", errors.Join(err, os.Remove(draft.Name()))
	}
	return draft.Name(), nil
}

// keepOld gives the file a second name, in one step even where there is an older file of that name.
func keepOld(path string) error {
	second := path + ".old-draft"
	if err := os.Remove(second); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Link(path, second); err != nil {
		return err
	}
	return os.Rename(second, path+".old")
}

// dropOld removes what keepOld kept.
func dropOld(path string) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	if err := os.Remove(path + ".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// sameOwner gives the draft to whom path belongs: root may rotate the keys of a service that runs as somebody else.
func sameOwner(draft, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) == os.Geteuid() {
		return nil
	}
	if err := os.Chown(draft, int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("the new file would belong to another user than %s: %w", path, err)
	}
	return nil
}

// syncDir makes the new name last: data sealed with keys that a power cut takes away are lost.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
