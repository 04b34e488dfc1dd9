package toolchain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// build compiles a tool. The error holds the end of the compiler's output.
func (t *Toolchain) build(ctx context.Context, p pinned, output string) error {
	cmd := exec.CommandContext(ctx, t.Go, "build", "-trimpath", "-tags", p.tags, "-ldflags", p.ldflags(p.version), "-o", output, p.pkg)
	cmd.Dir = p.dir
	cmd.Env = buildEnv(os.Environ(), p.cgo)
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
	return nil
}

// GoVersion asks which Go would build in dir: a go.mod may choose another
// toolchain than the one that runs this.
func (t *Toolchain) GoVersion(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, t.Go, "env", "GOVERSION")
	cmd.Dir = dir
	cmd.Env = buildEnv(os.Environ(), false)
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
func buildEnv(environ []string, cgo bool) []string {
	enabled := "0"
	if cgo {
		enabled = "1"
	}
	fixed := []string{
		"GOFLAGS=-mod=readonly", "GOWORK=off", "CGO_ENABLED=" + enabled,
		"GOOS=" + runtime.GOOS, "GOARCH=" + runtime.GOARCH,
	}
	env := make([]string, 0, len(environ)+len(fixed))
	for _, variable := range environ {
		switch name, _, _ := strings.Cut(variable, "="); name {
		case "GOFLAGS", "GOWORK", "CGO_ENABLED", "GOOS", "GOARCH", "GOEXPERIMENT", "GOAMD64", "GOARM64",
			"CC", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_LDFLAGS":
		default:
			env = append(env, variable)
		}
	}
	return append(env, fixed...)
}

// cVersions tells what else decides about a program that needs C: the compiler,
// and the library that is linked into it. One that can't be asked is no reason
// to fail here: the build will say what is missing.
func cVersions(ctx context.Context) string {
	var versions []byte
	for _, question := range [][]string{{"gcc", "-dumpfullversion"}, {"pkg-config", "--modversion", "libseccomp"}} {
		answer, err := exec.CommandContext(ctx, question[0], question[1:]...).Output()
		if err != nil {
			answer = []byte("unknown")
		}
		versions = append(versions, bytes.TrimSpace(answer)...)
		versions = append(versions, ' ')
	}
	return string(versions)
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
