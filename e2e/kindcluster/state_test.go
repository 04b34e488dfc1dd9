package kindcluster

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

func TestOneProcessAtATimeHasTheLock(t *testing.T) {
	s := state(filepath.Join(t.TempDir(), "some"))
	unlock, err := s.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	end(interrupted)
	if _, err := s.lock(ended); !errors.Is(err, interrupted) {
		t.Errorf("who does not get it is told %v", err)
	}
	unlock()
	if left, err := os.ReadDir(filepath.Dir(string(s))); err != nil || len(left) != 0 {
		t.Errorf("what is left is %v, %v", left, err)
	}
}

func TestTheLockIsThatOfTheFileWithItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := tryLock(path)
	if err != nil || first == nil {
		t.Fatalf("the first gets %v, %v", first, err)
	}
	defer first.Close()
	waiting, err := os.Open(path) // as one that waits has
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	if !stillNamed(waiting, path) {
		t.Error("it is not the file of that name")
	}
	if second, err := tryLock(path); second != nil || err != nil {
		t.Errorf("a second gets %v, %v", second, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if stillNamed(waiting, path) {
		t.Error("a file that is removed has its name")
	}
	next, err := tryLock(path)
	if err != nil || next == nil {
		t.Fatalf("the next gets %v, %v", next, err)
	}
	defer next.Close()
	if stillNamed(waiting, path) {
		t.Error("the file that is removed is taken for the new one")
	}
}

func TestManyTakeTurns(t *testing.T) {
	s := state(filepath.Join(t.TempDir(), "some"))
	var holders atomic.Int32
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			unlock, err := s.lock(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer unlock()
			if now := holders.Add(1); now != 1 {
				t.Errorf("there are %d holders", now)
			}
			runtime.Gosched()
			holders.Add(-1)
		})
	}
	group.Wait()
}

func TestWhatDownRemoves(t *testing.T) {
	dir := t.TempDir()
	s := state(filepath.Join(dir, "some"))
	if err := s.prepare(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(s.logsDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := s.remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.logsDir()); err != nil || s.exists() {
		t.Errorf("the logs tell why the cluster was not made: %v", err)
	}
	if err := s.removeLogs(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("what is left is %v, %v", left, err)
	}
}
