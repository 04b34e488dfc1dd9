package localcluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	tempPrefix = "evenkeel-cluster-"
	lockName   = "lock"
)

// makeDir makes a cluster's folder and locks it for as long as this process
// lives. A given folder must be empty or not exist; without one a temporary
// folder is made, which release removes.
func makeDir(given string) (dir string, release func() error, err error) {
	if given != "" {
		return lockGiven(given)
	}
	removeAbandoned(os.TempDir())
	if dir, err = os.MkdirTemp("", tempPrefix); err != nil {
		return "", nil, fmt.Errorf("making a temporary folder: %w", err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return dir, func() error {
		// First the folder, then the lock on it: nobody else removes it then.
		err := os.RemoveAll(dir)
		lock.Close()
		if err != nil {
			return fmt.Errorf("removing the cluster's folder: %w", err)
		}
		return nil
	}, nil
}

func lockGiven(given string) (string, func() error, error) {
	dir, err := filepath.Abs(given)
	if err != nil {
		return "", nil, fmt.Errorf("finding the cluster's folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("making the cluster's folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", nil, fmt.Errorf("looking into the cluster's folder: %w", err)
	}
	if len(entries) > 0 {
		return "", nil, fmt.Errorf("the folder %s is not empty: a cluster starts in one of its own", dir)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return "", nil, err
	}
	return dir, func() error { return lock.Close() }, nil
}

// lockDir takes the lock on a folder, which the kernel gives up with this
// process, however that ends.
func lockDir(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the cluster's folder: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("locking the cluster's folder %s: %w", dir, err)
	}
	return file, nil
}

// abandonedAfter keeps a folder safe that has been made and not yet locked.
const abandonedAfter = time.Minute

// removeAbandoned removes the temporary folders of clusters whose starters
// were killed: their processes are gone, and they are 100 MB each. Whatever
// cannot be removed, such as another user's, is left.
func removeAbandoned(temp string) {
	dirs, err := filepath.Glob(filepath.Join(temp, tempPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		info, err := file.Stat()
		if err == nil && time.Since(info.ModTime()) > abandonedAfter &&
			syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(dir)
		}
		file.Close()
	}
}
