package kindcluster

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"evenkeel.dev/evenkeel/hack/toolchain"
	"sigs.k8s.io/kind/pkg/cluster/nodes"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"
)

// The images that the manifests below deploy and the tests name.
const (
	OperatorImage   = "localhost/evenkeel/operator:dev"
	PrometheusImage = "localhost/evenkeel/prometheus:dev"
	PauseImage      = "localhost/evenkeel/pause:dev"
)

// releasedPrometheus is what PrometheusImage is where it can be pulled, in the
// version whose promtool hack/tools/prometheus pins (there v0.313.5).
const releasedPrometheus = "prom/prometheus:v3.13.5"

// Load loads the image of an archive (docker save, podman save) into every node
// that runs and does not have it.
func (c *Cluster) Load(ctx context.Context, archive string) error {
	image, err := readArchive(archive)
	if err != nil {
		return err
	}
	targets, err := c.nodesWithout(ctx, image.id, image.names)
	if err != nil || len(targets) == 0 {
		return err
	}
	return c.loadInto(ctx, targets, archive)
}

// LoadImages builds the operator's image from the checkout, unless the options
// say otherwise, and loads it, Prometheus' and that of the tests' Pods into
// every node.
func (c *Cluster) LoadImages(ctx context.Context) error {
	began := time.Now()
	if err := c.provideOperator(ctx); err != nil {
		return err
	}
	if err := c.loadFromEngine(ctx, OperatorImage); err != nil {
		return err
	}
	if err := c.loadPrometheus(ctx); err != nil {
		return err
	}
	if err := c.loadBuilt(ctx, "pause"); err != nil {
		return err
	}
	if err := c.retryPulls(ctx); err != nil {
		return err
	}
	c.log.linef("the nodes have the images of the operator, Prometheus and pause (%s)", time.Since(began).Round(time.Second))
	return nil
}

// provideOperator builds the operator's image. That of an older checkout is no
// use, and Go's cache makes it a matter of seconds.
func (c *Cluster) provideOperator(ctx context.Context) error {
	if c.noBuild {
		has, err := c.engine.has(ctx, OperatorImage)
		if err == nil && !has {
			err = fmt.Errorf("%s has no image %s: leave --no-build out to have it built", c.engine, OperatorImage)
		}
		return err
	}
	root, err := repository()
	if err != nil {
		return err
	}
	c.log.linef("building %s", OperatorImage)
	cmd := exec.CommandContext(ctx, "bash", filepath.Join(root, "hack", "image.sh"))
	cmd.Dir, cmd.WaitDelay = root, 5*time.Second
	// These are for whoever calls it by hand.
	cmd.Env = append(os.Environ(), "IMAGE="+OperatorImage, "ARCHS=host", "OUT=")
	var said strings.Builder
	shown := io.MultiWriter(c.log.out, &said)
	cmd.Stdout, cmd.Stderr = shown, shown
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("building the operator's image (hack/image.sh): %w: %s", err, lastTelling(said.String()))
	}
	return nil
}

// loadPrometheus loads the released Prometheus where it can be pulled, and the
// one built here elsewhere.
func (c *Cluster) loadPrometheus(ctx context.Context) error {
	released, err := pullName(releasedPrometheus)
	if err != nil {
		return err
	}
	has, err := c.engine.has(ctx, released)
	if err != nil {
		return err
	}
	if !has && !c.routed { // who has kind's own node image can pull
		c.log.linef("pulling %s", releasedPrometheus)
		err := c.engine.pull(ctx, released)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if has = err == nil; !has {
			c.log.linef("it can not be pulled (%v): one is built", brief(err))
		}
	}
	if !has {
		return c.loadBuilt(ctx, "prometheus")
	}
	// Each time: the tag may be of another release.
	if _, err := c.engine.output(ctx, "tag", released, PrometheusImage); err != nil {
		return fmt.Errorf("naming Prometheus' image: %w", err)
	}
	return c.loadFromEngine(ctx, PrometheusImage)
}

// PrometheusHasPages tells whether the Prometheus that is loaded has pages to
// look at: the released one. That which is built here has only its API.
func (c *Cluster) PrometheusHasPages(ctx context.Context) (bool, error) {
	released, err := pullName(releasedPrometheus)
	if err != nil {
		return false, err
	}
	return c.engine.has(ctx, released)
}

func (c *Cluster) loadBuilt(ctx context.Context, what string) error {
	_, archive, err := ensureImage(ctx, what, c.log.out)
	if err != nil {
		return fmt.Errorf("providing the image %s: %w", what, err)
	}
	return c.Load(ctx, archive)
}

// loadFromEngine loads an image that the engine has.
func (c *Cluster) loadFromEngine(ctx context.Context, image string) error {
	id, err := c.engine.imageID(ctx, image)
	if err != nil {
		return err
	}
	targets, err := c.nodesWithout(ctx, id, []string{image})
	if err != nil || len(targets) == 0 {
		return err
	}
	dir, err := os.MkdirTemp("", "evenkeel-image-")
	if err != nil {
		return fmt.Errorf("making a folder for the image %s: %w", image, err)
	}
	defer os.RemoveAll(dir)
	archive := filepath.Join(dir, "image.tar")
	if err := c.engine.save(ctx, image, archive); err != nil {
		return err
	}
	// Docker's containerd image store has an ID that is not in the archive.
	if saved, err := readArchive(archive); err == nil {
		targets, err = c.nodesWithout(ctx, saved.id, []string{image})
		if err != nil || len(targets) == 0 {
			return err
		}
	}
	c.log.linef("loading %s", image)
	return c.loadInto(ctx, targets, archive)
}

// loadInto loads an archive into nodes, at once.
func (c *Cluster) loadInto(ctx context.Context, targets []nodes.Node, archive string) error {
	var (
		group  sync.WaitGroup
		mu     sync.Mutex
		failed []error
	)
	for _, node := range targets {
		group.Go(func() {
			if err := loadOne(node, archive); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, fmt.Errorf("loading %s into node %s: %w", filepath.Base(archive), node, err))
			}
		})
	}
	group.Wait()
	return errors.Join(append(failed, ctx.Err())...)
}

func loadOne(node nodes.Node, archive string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := nodeutils.LoadImageArchive(node, file); err != nil {
		return explainCreate(err)
	}
	return nil
}

// archivedImage is what an archive says about the image in it.
type archivedImage struct {
	id    string
	names []string
}

// readArchive reads the list of contents of an archive that docker save or
// podman save wrote. An ID is the digest of an image's configuration.
func readArchive(name string) (archivedImage, error) {
	file, err := os.Open(name)
	if err != nil {
		return archivedImage{}, fmt.Errorf("opening the image's archive: %w", err)
	}
	defer file.Close()
	for reader := tar.NewReader(file); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return archivedImage{}, fmt.Errorf("%s is no image's archive: it has no manifest.json", name)
		}
		if err != nil {
			return archivedImage{}, fmt.Errorf("reading the image's archive %s: %w", name, err)
		}
		if header.Name != "manifest.json" {
			continue
		}
		image, err := parseManifest(reader)
		if err != nil {
			return archivedImage{}, fmt.Errorf("reading the image's archive %s: %w", name, err)
		}
		return image, nil
	}
}

func parseManifest(r io.Reader) (archivedImage, error) {
	var manifest []struct {
		Config   string
		RepoTags []string
	}
	if err := json.NewDecoder(r).Decode(&manifest); err != nil {
		return archivedImage{}, fmt.Errorf("manifest.json: %w", err)
	}
	if len(manifest) != 1 {
		return archivedImage{}, fmt.Errorf("manifest.json lists %d images: one is expected", len(manifest))
	}
	return archivedImage{
		id:    strings.TrimSuffix(path.Base(manifest[0].Config), ".json"),
		names: manifest[0].RepoTags,
	}, nil
}

// repository returns the root folder of the checkout that this runs in.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the working directory: %w", err)
	}
	return toolchain.FindRoot(dir)
}
