package database

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockMode says whether others may hold the lock at the same time.
type lockMode int

const (
	shared    lockMode = syscall.LOCK_SH
	exclusive lockMode = syscall.LOCK_EX
)

var errLocked = errors.New("locked by another process")

// lockFile waits for a lock on a file, which it creates. Closing the file frees it; the system does so when the process dies.
func lockFile(ctx context.Context, path string, mode lockMode) (*os.File, error) {
	for {
		file, err := tryLock(path, mode)
		if !errors.Is(err, errLocked) {
			return file, err
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return nil, fmt.Errorf("wait for the process that starts or stops the database (%s): %w", path, err)
		}
	}
}

func tryLock(path string, mode lockMode) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), int(mode)|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
}
