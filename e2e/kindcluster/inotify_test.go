package kindcluster

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// fakeProc is a /proc where a limit is set and so many instances are in use.
func fakeProc(t *testing.T, limit string, used int) string {
	t.Helper()
	proc := t.TempDir()
	settings := filepath.Join(proc, "sys", "fs", "inotify")
	files := filepath.Join(proc, "17", "fd")
	for _, dir := range []string{settings, files} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(settings, "max_user_instances"), []byte(limit+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range used {
		if err := os.Symlink("anon_inode:inotify", filepath.Join(files, strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/dev/null", filepath.Join(files, "other")); err != nil {
		t.Fatal(err)
	}
	return proc
}

func TestTooFewInotifyInstancesAreToldBeforehand(t *testing.T) {
	if used := countInotify(fakeProc(t, "128", 3)); used != 3 {
		t.Errorf("%d instances are counted, want 3", used)
	}
	if err := checkInotify(fakeProc(t, "128", 3)); err != nil {
		t.Errorf("with 125 free it fails: %v", err)
	}
	if err := checkInotify(t.TempDir()); err != nil {
		t.Errorf("where nothing can be seen it fails: %v", err)
	}
	err := checkInotify(fakeProc(t, "128", 75))
	if os.Geteuid() != 0 {
		if err != nil {
			t.Errorf("an ordinary user can't see what others use, and it fails: %v", err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), "only 53 of 128") || !strings.Contains(err.Error(), "sysctl") {
		t.Errorf("with 53 free the error is %v, want one that says so and what to do", err)
	}
}
