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

// LoadImages loads the operator's image, Prometheus' and that of the tests'
// Pods into every node, and provides those that are not there.
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

// provideOperator builds the operator's image if the engine does not have it.
func (c *Cluster) provideOperator(ctx context.Context) error {
	has, err := c.engine.has(ctx, OperatorImage)
	if err != nil {
		return err
	}
	if has {
		c.log.linef("using %s as it was built last; make image builds it anew", OperatorImage)
		return nil
	}
	root, err := repository()
	if err != nil {
		return err
	}
	c.log.linef("building %s", OperatorImage)
	cmd := exec.CommandContext(ctx, "bash", filepath.Join(root, "hack", "image.sh"))
	cmd.Dir, cmd.WaitDelay = root, 5*time.Second
	cmd.Stdout, cmd.Stderr = c.log.out, c.log.out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building the operator's image (hack/image.sh): %w", err)
	}
	return nil
}

// loadPrometheus loads the released Prometheus where it can be pulled, and the
// one built here elsewhere.
func (c *Cluster) loadPrometheus(ctx context.Context) error {
	has, err := c.engine.has(ctx, PrometheusImage)
	if err != nil {
		return err
	}
	if !has && !c.routed { // who has kind's own node image can pull
		released, err := pullName(releasedPrometheus)
		if err != nil {
			return err
		}
		c.log.linef("pulling %s", releasedPrometheus)
		if err = c.engine.pull(ctx, released); err == nil {
			_, err = c.engine.output(ctx, "tag", released, PrometheusImage)
		}
		if err != nil {
			c.log.linef("it can not be pulled (%v): one is built", brief(err))
		}
		has = err == nil
	}
	if has {
		return c.loadFromEngine(ctx, PrometheusImage)
	}
	return c.loadBuilt(ctx, "prometheus")
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
	if _, err := c.engine.output(ctx, "save", "-o", archive, image); err != nil {
		return fmt.Errorf("saving the image %s: %w", image, err)
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

// nodesWithout returns the nodes that run and lack an image under one of its
// names.
func (c *Cluster) nodesWithout(ctx context.Context, id string, names []string) ([]nodes.Node, error) {
	containers, err := c.engine.containers(ctx, c.name)
	if err != nil {
		return nil, err
	}
	running := map[string]bool{}
	for _, container := range containers {
		running[container.name] = container.running
	}
	all, err := c.provider.ListInternalNodes(c.name)
	if err != nil {
		return nil, fmt.Errorf("listing the nodes: %w", explainCreate(err))
	}
	var (
		group   sync.WaitGroup
		mu      sync.Mutex
		without []nodes.Node
	)
	for _, node := range all {
		if !running[node.String()] {
			continue
		}
		group.Go(func() {
			if !c.hasImage(ctx, node.String(), id, names) {
				mu.Lock()
				defer mu.Unlock()
				without = append(without, node)
			}
		})
	}
	group.Wait()
	return without, ctx.Err()
}

// hasImage tells whether a node has an image under all of its names. What can
// not be found out is loaded once more.
func (c *Cluster) hasImage(ctx context.Context, node, id string, names []string) bool {
	const ctr = "ctr --namespace=k8s.io "
	for _, name := range names {
		// The image is listed with the digest of its manifest, and that has the ID.
		listed, err := c.engine.output(ctx, "exec", node, "sh", "-c", ctr+"images list name=="+name)
		if err != nil {
			return false
		}
		digest := listedDigest(listed)
		if digest == "" {
			return false
		}
		manifest, err := c.engine.output(ctx, "exec", node, "sh", "-c", ctr+"content get "+digest)
		if err != nil || !sameImage(id, digest, manifest) {
			return false
		}
	}
	return len(names) > 0
}

// listedDigest finds the digest in containerd's list of one image, below its
// headings: REF TYPE DIGEST.
func listedDigest(list []byte) string {
	lines := strings.Split(strings.TrimSpace(string(list)), "\n")
	if len(lines) < 2 {
		return ""
	}
	if fields := strings.Fields(lines[1]); len(fields) > 2 && strings.HasPrefix(fields[2], "sha256:") {
		return fields[2]
	}
	return ""
}

// sameImage tells whether an ID is that of a manifest or of the configuration
// it names: engines differ in what they call an image's ID.
func sameImage(id, digest string, manifest []byte) bool {
	var parsed struct{ Config struct{ Digest string } }
	if err := json.Unmarshal(manifest, &parsed); err != nil {
		return false
	}
	id = "sha256:" + strings.TrimPrefix(id, "sha256:")
	return id == digest || id == parsed.Config.Digest
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
