package toolchain

import (
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"evenkeel.dev/evenkeel/hack/buildcache"
)

// versionTimeout bounds how long a prebuilt program may take to tell its
// version: it is somebody else's, and may be anything.
const versionTimeout = 10 * time.Second

// fromAssets returns the prebuilt tool, if there is one that says that it is
// of the pinned version.
func (t *Toolchain) fromAssets(ctx context.Context, p pinned, say *buildcache.Progress) (string, bool) {
	if t.Assets == "" || len(p.versionArgs) == 0 {
		return "", false
	}
	// Children run in folders of their own, where a relative path means
	// something else.
	path, err := filepath.Abs(filepath.Join(t.Assets, p.name))
	prebuilt := buildcache.Entry{Dir: t.Assets, Name: p.name, Executable: true}
	if err != nil || !prebuilt.Complete() {
		return "", false
	}
	found, err := askVersion(ctx, path, p.versionArgs)
	switch {
	case err != nil:
		say.Linef("not using %s: asking for its version: %v", path, err)
		return "", false
	case found != strings.TrimPrefix(p.version, "v"):
		say.Linef("not using %s: it is %q, and %s is pinned", path, found, p.version)
		return "", false
	}
	return path, true
}

// askVersion runs a program for its version, without a leading "v".
func askVersion(ctx context.Context, path string, args []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	// Something that the program left running may hold its output open.
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", err
	}
	// The first version in the output is the program's; etcd and kwok go on
	// with that of Go.
	pattern := regexp.MustCompile(`\bv?(\d+\.\d+\.\d+[-+.0-9A-Za-z]*)`)
	if match := pattern.FindSubmatch(out); match != nil {
		return string(match[1]), nil
	}
	return "", nil
}
