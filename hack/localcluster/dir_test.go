package localcluster

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestOnlyFoldersThatNobodyUsesAnyMoreAreRemoved(t *testing.T) {
	temp := t.TempDir()
	folder := func(name string, age time.Duration) string {
		dir := filepath.Join(temp, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		lock := filepath.Join(dir, lockName)
		if err := os.WriteFile(lock, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if err := os.Chtimes(lock, then, then); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	abandoned := folder(tempPrefix+"abandoned", time.Hour)
	young := folder(tempPrefix+"young", 0)
	used := folder(tempPrefix+"used", time.Hour)
	other := folder("other", time.Hour)
	lock, err := lockDir(used)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()

	removeAbandoned(temp)

	for dir, want := range map[string]bool{abandoned: false, young: true, used: true, other: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %t", filepath.Base(dir), err, want)
		}
	}
}
