package buildcache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatIsThereIsNotBuiltAgain(t *testing.T) {
	e := Entry{Dir: filepath.Join(t.TempDir(), "cache", "v1"), Name: "image.tar", What: "an image"}
	builds := 0
	for range 2 {
		err := e.Ensure(t.Context(), NewProgress(nil, 0), func(_ context.Context, temp string) error {
			builds++
			return os.WriteFile(filepath.Join(temp, "image.tar"), nil, 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if builds != 1 || !e.Complete() {
		t.Errorf("%d builds, complete: %t; want one that is", builds, e.Complete())
	}
}

func TestABuildThatWritesNothingIsAnErrorAndLeavesNothing(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "cache")
	e := Entry{Dir: filepath.Join(parent, "v1"), Name: "image.tar", What: "an image"}
	err := e.Ensure(t.Context(), NewProgress(nil, 0), func(context.Context, string) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "wrote no image.tar") {
		t.Errorf("the error is %v", err)
	}
	broken := errors.New("broken")
	if err := e.Ensure(t.Context(), NewProgress(nil, 0), func(context.Context, string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("the error is %v, want the build's", err)
	}
	if left, _ := filepath.Glob(filepath.Join(parent, "v1*")); len(left) != 1 || left[0] != e.Dir+".lock" {
		t.Errorf("there is %v, want the lock alone", left)
	}
}

func TestAProgramCountsOnlyIfItCanBeRun(t *testing.T) {
	e := Entry{Dir: t.TempDir(), Name: "tool", Executable: true}
	if err := os.WriteFile(e.Path(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if e.Complete() {
		t.Error("a file that can't be run counts as a program")
	}
	e.Executable = false
	if !e.Complete() {
		t.Error("a plain file doesn't count as there")
	}
}
