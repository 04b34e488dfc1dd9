package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestFoldersOfDemosThatWereKilledLongAgoAreRemoved(t *testing.T) {
	temp := t.TempDir()
	old, fresh := filepath.Join(temp, tempPrefix+"1"), filepath.Join(temp, tempPrefix+"2")
	for _, dir := range []string{old, fresh} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * abandonedAfter)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	removeAbandoned(temp)
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old one is still there: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("the fresh one: %v", err)
	}
}
