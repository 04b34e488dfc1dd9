package kindcluster

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"sigs.k8s.io/kind/pkg/cluster/nodes"
)

// heldImage is an image in a node's containerd: the digest that its name stands
// for, and that of its configuration if that is a manifest.
type heldImage struct{ digest, config string }

// is tells whether an ID is that of the manifest or of the configuration:
// engines differ in what they call an image's ID.
func (h heldImage) is(id string) bool {
	id = "sha256:" + strings.TrimPrefix(id, "sha256:")
	return id == h.digest || id == h.config
}

// identity is the same for all builds of the same content, also where the
// manifest, or an index of several, holds when it was made.
func (h heldImage) identity() string {
	if h.config != "" {
		return h.config
	}
	return h.digest
}

// held returns the image of a name that a node has, or the zero value.
func (c *Cluster) held(ctx context.Context, node, name string) (heldImage, error) {
	const ctr = "ctr --namespace=k8s.io "
	listed, err := c.engine.output(ctx, "exec", node, "sh", "-c", ctr+"images list name=="+name)
	if err != nil {
		return heldImage{}, fmt.Errorf("looking for %s on node %s: %w", name, node, err)
	}
	digest := listedDigest(listed)
	if digest == "" {
		return heldImage{}, nil
	}
	content, err := c.engine.output(ctx, "exec", node, "sh", "-c", ctr+"content get "+digest)
	if err != nil {
		return heldImage{}, fmt.Errorf("reading the manifest of %s on node %s: %w", name, node, err)
	}
	return parseHeld(digest, content)
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

func parseHeld(digest string, content []byte) (heldImage, error) {
	var manifest struct{ Config struct{ Digest string } }
	if err := json.Unmarshal(content, &manifest); err != nil {
		return heldImage{}, fmt.Errorf("reading the manifest %s: %w", digest, err)
	}
	return heldImage{digest: digest, config: manifest.Config.Digest}, nil
}

// heldIdentity tells which build of an image the nodes have.
func (c *Cluster) heldIdentity(ctx context.Context, name string) (string, error) {
	running, err := c.runningNodes(ctx)
	if err != nil {
		return "", err
	}
	for _, node := range running {
		held, err := c.held(ctx, node.String(), name)
		if err != nil {
			return "", err
		}
		if held.digest != "" {
			return held.identity(), nil
		}
	}
	return "", fmt.Errorf("no node has the image %s", name)
}

// runningNodes returns the nodes whose containers run.
func (c *Cluster) runningNodes(ctx context.Context) ([]nodes.Node, error) {
	containers, err := c.engine.containers(ctx, c.name)
	if err != nil {
		return nil, err
	}
	runs := map[string]bool{}
	for _, container := range containers {
		runs[container.name] = container.running
	}
	all, err := c.provider.ListInternalNodes(c.name)
	if err != nil {
		return nil, fmt.Errorf("listing the nodes: %w", explainCreate(err))
	}
	var running []nodes.Node
	for _, node := range all {
		if runs[node.String()] {
			running = append(running, node)
		}
	}
	return running, nil
}

// nodesWithout returns the nodes that run and lack an image under one of its
// names.
func (c *Cluster) nodesWithout(ctx context.Context, id string, names []string) ([]nodes.Node, error) {
	running, err := c.runningNodes(ctx)
	if err != nil {
		return nil, err
	}
	var (
		group   sync.WaitGroup
		mu      sync.Mutex
		without []nodes.Node
	)
	for _, node := range running {
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
	for _, name := range names {
		held, err := c.held(ctx, node, name)
		if err != nil || held.digest == "" || !held.is(id) {
			return false
		}
	}
	return len(names) > 0
}
