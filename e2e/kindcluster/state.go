package kindcluster

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

//go:embed audit-policy.yaml
var auditPolicy []byte

// lockPoll is how often a lock that another process holds is tried again.
const lockPoll = 200 * time.Millisecond

// state is the folder in the user's cache that holds what belongs to one
// cluster and outlives this process.
type state string

func stateFor(name string) (state, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder: %w", err)
	}
	return state(filepath.Join(cache, "evenkeel", "kind", name)), nil
}

// checkName holds names to what kind takes for a cluster's name. Since the state folder
// is named like it, it must not begin with a dot.
func checkName(name string) error {
	const most = 50 // the longest node name must be a host name
	if len(name) > most || !regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*$`).MatchString(name) {
		return fmt.Errorf("%q is no name for a cluster: small letters, digits, dots and dashes, %d at the most", name, most)
	}
	return nil
}

func (s state) kubeconfig() string { return filepath.Join(string(s), "kubeconfig") }

// auditDir is mounted into the control-plane node.
func (s state) auditDir() string { return filepath.Join(string(s), "audit") }

// logsDir is for the logs of a cluster that could not be made.
func (s state) logsDir() string { return string(s) + ".logs" }

// prepare writes what the cluster's containers mount.
func (s state) prepare() error {
	if err := os.MkdirAll(s.auditDir(), 0o755); err != nil {
		return fmt.Errorf("making the cluster's folder: %w", err)
	}
	if err := os.WriteFile(filepath.Join(s.auditDir(), "policy.yaml"), auditPolicy, 0o644); err != nil {
		return fmt.Errorf("writing the audit policy: %w", err)
	}
	return nil
}

// remove removes the folder. The logs beside it stay: they tell why it was not
// made.
func (s state) remove() error {
	if err := os.RemoveAll(string(s)); err != nil {
		return fmt.Errorf("removing the cluster's folder: %w", err)
	}
	return nil
}

// removeLogs removes the logs of a cluster that could not be made.
func (s state) removeLogs() error {
	if err := os.RemoveAll(s.logsDir()); err != nil {
		return fmt.Errorf("removing the logs of a cluster that was not made: %w", err)
	}
	return nil
}

// lock keeps two processes from making and deleting one cluster at a time. The
// kernel gives it up with its holder. The file goes with the lock, and whoever
// waited for it looks for the one that has its name then: else two processes
// could hold locks on two files.
func (s state) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(string(s)), 0o755); err != nil {
		return nil, fmt.Errorf("making the folder for clusters: %w", err)
	}
	path := string(s) + ".lock"
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for {
		file, err := tryLock(path)
		if err != nil {
			return nil, fmt.Errorf("locking the cluster: %w", err)
		}
		if file != nil {
			return func() {
				_ = os.Remove(path) // before somebody else has it; one that stays does no harm
				_ = file.Close()
			}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for another process that makes or deletes the cluster: %w", context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// tryLock returns the file of that name with a lock on it, or nil if another
// holds it.
func tryLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the lock: %w", err)
	}
	switch err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil && stillNamed(file, path):
		return file, nil
	case err == nil, errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EINTR):
		return nil, file.Close()
	default:
		file.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
}

// stillNamed tells whether a name still stands for an open file.
func stillNamed(file *os.File, path string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(opened, named)
}

// exists tells whether Up has begun to make a cluster that is not deleted since.
func (s state) exists() bool {
	_, err := os.Stat(s.auditDir())
	return err == nil
}

// complete tells whether Up has finished.
func (s state) complete() bool {
	_, err := os.Stat(s.completeMark())
	return err == nil
}

func (s state) noteComplete() error {
	if err := os.WriteFile(s.completeMark(), nil, 0o644); err != nil {
		return fmt.Errorf("noting that the cluster is made: %w", err)
	}
	return nil
}

func (s state) completeMark() string { return filepath.Join(string(s), "complete") }
