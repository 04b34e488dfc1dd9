package toolchain

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// fakeGo stands in for the go command. It notes each build in the file
// "builds" next to itself and writes a program there that prints what it was
// built with.
const fakeGo = `#!/bin/sh
here=$(dirname "$0")
if [ "$1" = env ]; then echo go1.99.0; exit; fi
echo build >> "$here/builds"
while [ $# -gt 0 ]; do
  if [ "$1" = -o ]; then output=$2; fi
  shift
done
while [ -e "$here/hold" ]; do sleep 0.02; done
if [ -e "$here/broken" ]; then printf half > "$output"; echo "compiler: no" >&2; exit 1; fi
printf '#!/bin/sh\necho flags=%s work=%s os=%s\n' "$GOFLAGS" "$GOWORK" "$GOOS" > "$output"
chmod +x "$output"
`

type fixture struct {
	*Toolchain
	dir string
}

// newFixture makes a repository with one pinned tool, kwok, and a fake go
// command.
func newFixture(t *testing.T) fixture {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "root", "go.mod"), "module evenkeel.dev/evenkeel\n", 0o644)
	write(t, filepath.Join(dir, "root", "hack", "tools", "kwok", "go.mod"), kwokModule("v0.8.0"), 0o644)
	write(t, filepath.Join(dir, "bin", "go"), fakeGo, 0o755)
	return fixture{dir: dir, Toolchain: &Toolchain{
		Root: filepath.Join(dir, "root"), Cache: filepath.Join(dir, "cache"),
		Go: filepath.Join(dir, "bin", "go"), Heartbeat: 10 * time.Millisecond,
	}}
}

func kwokModule(version string) string {
	return `module evenkeel.dev/evenkeel/hack/tools/kwok

tool sigs.k8s.io/kwok/cmd/kwok

require (
	example.com/other v1.0.0 // indirect
	sigs.k8s.io/kwok ` + version + ` // indirect
)

replace sigs.k8s.io/kwok => ../kwok
`
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// A script that is open for writing cannot be run, not even if it is a
	// fork of another test that has it open: so it gets its name when closed.
	if err := os.WriteFile(path+".new", []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) ensure(t *testing.T) string {
	t.Helper()
	path, err := f.Ensure(t.Context(), "kwok", nil)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (f fixture) builds(t *testing.T) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(f.dir, "bin", "builds"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return bytes.Count(content, []byte("\n"))
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within 20s", what)
		case <-tick.C:
		}
	}
}

// syncBuffer is a buffer that one goroutine writes while another reads.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.buffer.Write(p)
	if err != nil {
		return n, fmt.Errorf("writing: %w", err)
	}
	return n, nil
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
