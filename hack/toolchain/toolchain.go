package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"evenkeel.dev/evenkeel/hack/buildcache"
)

// Toolchain provides tools. Its fields are set before its first use and not
// changed after; it is then safe for concurrent use, also by several
// processes on the same cache.
type Toolchain struct {
	// Root is the repository's root folder, which holds hack/tools.
	Root string
	// Cache is the folder that built tools are kept in.
	Cache string
	// Assets is a folder of prebuilt tools, or empty.
	Assets string
	// Go is the go command, by name or path.
	Go string
	// Heartbeat is how often a build that takes long says so.
	Heartbeat time.Duration
}

// New returns the Toolchain of the repository around the working directory,
// with the user's cache folder and what KUBEBUILDER_ASSETS names. It fails
// outside of the repository, or where the user has no cache folder.
func New() (*Toolchain, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the working directory: %w", err)
	}
	root, err := FindRoot(dir)
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("finding the user's cache folder: %w", err)
	}
	return &Toolchain{
		Root:      root,
		Cache:     filepath.Join(cache, "evenkeel", "tools"),
		Assets:    os.Getenv("KUBEBUILDER_ASSETS"),
		Go:        "go",
		Heartbeat: 15 * time.Second,
	}, nil
}

// Ensure returns the path of a tool by the Toolchain that New returns; see
// Toolchain.Ensure.
func Ensure(ctx context.Context, name string, progress io.Writer) (string, error) {
	t, err := New()
	if err != nil {
		return "", err
	}
	return t.Ensure(ctx, name, progress)
}

// Ensure returns the path of the named tool in its pinned version, and builds
// it where neither Assets nor Cache have it. The first build takes minutes;
// what happens is told to progress, line by line. It fails for an unknown
// name, if the build fails (the error holds the end of the compiler's output),
// or when ctx ends.
func (t *Toolchain) Ensure(ctx context.Context, name string, progress io.Writer) (string, error) {
	spec, err := find(name)
	if err != nil {
		return "", err
	}
	pin, err := t.pin(spec)
	if err != nil {
		return "", err
	}
	say := buildcache.NewProgress(progress, t.Heartbeat)
	if path, ok := t.fromAssets(ctx, pin, say); ok {
		return path, nil
	}
	goVersion, err := t.GoVersion(ctx, pin.dir)
	if err != nil {
		return "", err
	}
	if pin.cgo {
		goVersion += " " + cVersions(ctx)
	}
	entry := t.entry(pin, goVersion)
	err = entry.Ensure(ctx, say, func(ctx context.Context, temp string) error {
		return t.build(ctx, pin, filepath.Join(temp, pin.name))
	})
	if err != nil {
		return "", fmt.Errorf("providing %s %s: %w", name, pin.version, err)
	}
	return entry.Path(), nil
}

// pinned is a tool with what its module says about it.
type pinned struct {
	tool
	// dir is the tool's module.
	dir     string
	version string
	// gomod and gosum are the files that decide what a build is made of.
	gomod, gosum []byte
}

func (t *Toolchain) pin(spec tool) (pinned, error) {
	p := pinned{tool: spec, dir: filepath.Join(t.Root, "hack", "tools", spec.folder)}
	var err error
	if p.gomod, err = os.ReadFile(filepath.Join(p.dir, "go.mod")); err != nil {
		return pinned{}, fmt.Errorf("finding the version of %s: %w", spec.name, err)
	}
	if p.gosum, err = os.ReadFile(filepath.Join(p.dir, "go.sum")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return pinned{}, fmt.Errorf("finding the checksums of %s: %w", spec.name, err)
	}
	if p.version, err = RequiredVersion(p.gomod, spec.module); err != nil {
		return pinned{}, fmt.Errorf("finding the version of %s in %s: %w", spec.name, filepath.Join(p.dir, "go.mod"), err)
	}
	return p, nil
}
