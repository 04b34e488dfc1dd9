// Package images makes the container images that the end-to-end tests and a
// kind cluster need where no registry can be reached: the node image of kind,
// a Prometheus, and a Pod that does nothing. What they are made of comes from
// Go modules, and the node's system of Debian's packages.
//
// Each is kept as an archive in the user's cache, under a key of everything
// that it is made of, this package's own source included, but for the versions
// of Debian's packages: those are what the release has on the day. It has to be root
// who makes the node, since that unpacks packages.
package images

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"evenkeel.dev/evenkeel/hack/buildcache"
	"evenkeel.dev/evenkeel/hack/toolchain"
)

// source is in the key of every image: who changes how they are made gets
// new ones.
//
//go:embed *.go pause/*.go
var source embed.FS

// Image is a container image in an archive.
type Image struct {
	// Name is what the archive calls the image.
	Name string
	// Archive is the path of a file in the format of "docker save".
	Archive string
}

// recipe says how one image is made.
type recipe struct {
	// name is the image's name without its tag.
	name string
	// tag is the image's tag; empty for the key of what it is made of.
	tag string
	// tools are the programs that go into it.
	tools []string
	// kind tells that kind's own files go into it.
	kind bool
	make func(ctx context.Context, k kitchen, archive string) error
}

// kitchen is what a recipe works with.
type kitchen struct {
	image string
	// root is the repository.
	root string
	// temp is a folder that is removed after the build.
	temp string
	// tools are the programs' paths, by name.
	tools map[string]string
	// goVersion is of the Go that compiles what is not among the tools.
	goVersion string
}

func recipes() map[string]recipe {
	return map[string]recipe{
		"node":       {name: "localhost/evenkeel/node", tools: nodeTools(), kind: true, make: makeNode},
		"prometheus": {name: "localhost/evenkeel/prometheus", tag: "dev", tools: []string{"prometheus"}, make: makePrometheus},
		"pause":      {name: "localhost/evenkeel/pause", tag: "dev", make: makePause},
	}
}

// Names returns what Ensure knows, sorted.
func Names() []string {
	var names []string
	for name := range recipes() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Ensure returns an image, and makes it where the cache has none: "node" takes
// minutes. What happens is told to progress, line by line. It fails for an
// unknown name, when a step of the build fails, or when ctx ends.
func Ensure(ctx context.Context, what string, progress io.Writer) (Image, error) {
	r, known := recipes()[what]
	if !known {
		return Image{}, fmt.Errorf("unknown image %q: there are %s", what, strings.Join(Names(), ", "))
	}
	if len(r.tools) > 0 && runtime.GOOS != "linux" {
		return Image{}, fmt.Errorf("the image %s can be made on Linux alone, whose programs are in it: here it has to be pulled", r.name)
	}
	chain, err := toolchain.New()
	if err != nil {
		return Image{}, err
	}
	k := kitchen{root: chain.Root, tools: map[string]string{}}
	for _, tool := range r.tools {
		if k.tools[tool], err = chain.Ensure(ctx, tool, progress); err != nil {
			return Image{}, err
		}
	}
	if k.goVersion, err = chain.GoVersion(ctx, chain.Root); err != nil {
		return Image{}, err
	}
	key, err := r.key(k)
	if err != nil {
		return Image{}, err
	}
	k.image = r.name + ":" + r.tag
	if r.tag == "" {
		k.image = r.name + ":" + key
	}
	entry := buildcache.Entry{
		Dir: filepath.Join(filepath.Dir(chain.Cache), "images", what, key), Name: what + ".tar", What: "the image " + k.image,
	}
	err = entry.Ensure(ctx, buildcache.NewProgress(progress, chain.Heartbeat), func(ctx context.Context, temp string) error {
		return k.cook(ctx, r, filepath.Join(temp, entry.Name))
	})
	if err != nil {
		return Image{}, fmt.Errorf("making the image %s: %w", k.image, err)
	}
	return Image{Name: k.image, Archive: entry.Path()}, nil
}

// cook makes an image with a temporary folder of its own.
func (k kitchen) cook(ctx context.Context, r recipe, archive string) error {
	temp, err := os.MkdirTemp("", "evenkeel-image-")
	if err != nil {
		return fmt.Errorf("making a temporary folder: %w", err)
	}
	defer os.RemoveAll(temp)
	k.temp = temp
	return r.make(ctx, k, archive)
}

// key digests what the image is made of. A tool is named by its folder in the
// cache, which has a name of its version, flags and modules; the folder of a
// prebuilt one has not, so its name and size stand for it.
func (r recipe) key(k kitchen) (string, error) {
	digest := sha256.New()
	part := func(label string, content []byte) {
		fmt.Fprintf(digest, "%s %d:", label, len(content))
		digest.Write(content)
	}
	part("arch", []byte(runtime.GOARCH))
	part("Go", []byte(k.goVersion))
	for _, tool := range r.tools {
		info, err := os.Stat(k.tools[tool])
		if err != nil {
			return "", fmt.Errorf("finding a part of the image: %w", err)
		}
		part(tool, fmt.Appendf(nil, "%s %d", filepath.Base(filepath.Dir(k.tools[tool])), info.Size()))
	}
	if r.kind {
		gomod, err := os.ReadFile(filepath.Join(k.root, kindFolder, "go.mod"))
		if err != nil {
			return "", fmt.Errorf("finding the version of kind: %w", err)
		}
		version, err := toolchain.RequiredVersion(gomod, kindModule)
		if err != nil {
			return "", fmt.Errorf("finding the version of kind: %w", err)
		}
		part(kindModule, []byte(version))
	}
	if err := addSource(part); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil))[:12], nil
}

// addSource adds this package's source, without its tests.
func addSource(part func(string, []byte)) error {
	for _, dir := range []string{".", "pause"} {
		files, err := source.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("reading the embedded source: %w", err)
		}
		for _, file := range files {
			name := filepath.ToSlash(filepath.Join(dir, file.Name()))
			if file.IsDir() || strings.HasSuffix(name, "_test.go") {
				continue
			}
			content, err := source.ReadFile(name)
			if err != nil {
				return fmt.Errorf("reading the embedded source: %w", err)
			}
			part(name, content)
		}
	}
	return nil
}
