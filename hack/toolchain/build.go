package toolchain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// buildOnce builds a tool into its entry, unless another process has done so
// by the time that the lock is had.
func (t *Toolchain) buildOnce(ctx context.Context, p pinned, e entry, say *progress) error {
	if err := os.MkdirAll(filepath.Dir(e.dir), 0o755); err != nil {
		return fmt.Errorf("making the cache folder: %w", err)
	}
	unlock, err := lockFile(ctx, e.lock, func() {
		say.linef("waiting for another process that is building %s %s", p.name, p.version)
	})
	if err != nil {
		return err
	}
	defer unlock()
	if cached(e.binary) {
		return nil
	}
	removeLeftovers(e)
	temp, err := os.MkdirTemp(filepath.Dir(e.dir), filepath.Base(e.dir)+".tmp-")
	if err != nil {
		return fmt.Errorf("making a temporary folder: %w", err)
	}
	defer os.RemoveAll(temp)

	done := say.during(fmt.Sprintf("building %s %s", p.name, p.version), "no build of it is cached; the first one takes minutes")
	err = t.build(ctx, p, filepath.Join(temp, p.name))
	done(err)
	if err != nil {
		return err
	}
	// Nobody sees the entry before it is whole: a rename is atomic.
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("opening the cache entry to be read: %w", err)
	}
	if err := os.RemoveAll(e.dir); err != nil { // an entry that lost its program
		return fmt.Errorf("removing a damaged cache entry: %w", err)
	}
	if err := os.Rename(temp, e.dir); err != nil {
		return fmt.Errorf("putting the build into the cache: %w", err)
	}
	return nil
}

// removeLeftovers removes what builders of this entry left that were killed.
// The lock is held, so none of them is alive.
func removeLeftovers(e entry) {
	left, err := filepath.Glob(e.dir + ".tmp-*")
	if err != nil {
		return
	}
	for _, dir := range left {
		_ = os.RemoveAll(dir) // what cannot be removed only takes up space
	}
}

// build compiles a tool. The error holds the end of the compiler's output.
func (t *Toolchain) build(ctx context.Context, p pinned, output string) error {
	cmd := exec.CommandContext(ctx, t.Go, "build", "-trimpath", "-ldflags", p.ldflags(p.version), "-o", output, p.pkg)
	cmd.Dir = p.dir
	cmd.Env = buildEnv(os.Environ())
	// The compilers are the go command's children: only as a group do all of
	// them end with ctx.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("building in %s: %w", p.dir, context.Cause(ctx))
		}
		return fmt.Errorf("building in %s: %w:\n%s", p.dir, err, lastLines(out.String(), 20))
	}
	if !cached(output) {
		return errors.New("the go command reported success but wrote no program")
	}
	return nil
}

// goVersion asks which Go would build in dir: a go.mod may choose another
// toolchain than the one that runs this.
func (t *Toolchain) goVersion(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, t.Go, "env", "GOVERSION")
	cmd.Dir = dir
	cmd.Env = buildEnv(os.Environ())
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, lastLines(string(exit.Stderr), 5))
		}
		return "", fmt.Errorf("asking for the version of Go: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// buildEnv returns the environment for the go command: the user's, but for
// what would build for another machine, in another workspace or with other
// flags. The variables are set and not left out, since those that are left
// out are looked up in the file that "go env -w" writes.
func buildEnv(environ []string) []string {
	fixed := []string{
		"GOFLAGS=-mod=readonly", "GOWORK=off", "CGO_ENABLED=0",
		"GOOS=" + runtime.GOOS, "GOARCH=" + runtime.GOARCH,
	}
	env := make([]string, 0, len(environ)+len(fixed))
	for _, variable := range environ {
		switch name, _, _ := strings.Cut(variable, "="); name {
		case "GOFLAGS", "GOWORK", "CGO_ENABLED", "GOOS", "GOARCH", "GOEXPERIMENT":
		default:
			env = append(env, variable)
		}
	}
	return append(env, fixed...)
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
