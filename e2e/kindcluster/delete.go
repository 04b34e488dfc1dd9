package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// delete removes all of a cluster, whatever is left of it.
func (c *Cluster) delete(ctx context.Context) error {
	// Kind's own way first: it edits the user's kubeconfig.
	if err := c.provider.Delete(c.name, ""); err != nil {
		c.log.linef("kind: %v", explainCreate(err)) // what is left is removed below
	}
	return errors.Join(c.removeContainers(ctx), c.removeVolumes(ctx), c.removeNetwork(ctx), c.state.remove())
}

func (c *Cluster) removeContainers(ctx context.Context) error {
	containers, err := c.engine.containers(ctx, c.name)
	if err != nil || len(containers) == 0 {
		return err
	}
	args := []string{"rm", "-f", "-v"}
	for _, container := range containers {
		args = append(args, container.name)
	}
	if _, err := c.engine.output(ctx, args...); err != nil {
		return fmt.Errorf("removing the nodes' containers: %w", err)
	}
	return nil
}

// removeVolumes removes the volumes that kind made for podman's containers,
// also those whose container was never made.
func (c *Cluster) removeVolumes(ctx context.Context) error {
	if c.engine != podman {
		return nil
	}
	for _, node := range nodeNames(c.name) {
		out, err := c.engine.output(ctx, "volume", "ls", "--quiet", "--filter", "label="+node)
		if err != nil {
			return fmt.Errorf("looking for the volumes of node %s: %w", node, err)
		}
		volumes := strings.Fields(string(out))
		if len(volumes) == 0 {
			continue
		}
		if _, err := c.engine.output(ctx, append([]string{"volume", "rm", "--force"}, volumes...)...); err != nil {
			return fmt.Errorf("removing the volumes of node %s: %w", node, err)
		}
	}
	return nil
}

// nodeNames are the names that kind gives the nodes.
func nodeNames(cluster string) []string {
	names := []string{cluster + "-control-plane", cluster + "-worker"}
	for i := 2; i <= len(workerZones()); i++ {
		names = append(names, fmt.Sprintf("%s-worker%d", cluster, i))
	}
	return names
}

// kindNetwork is the network that kind's nodes of all clusters share.
const kindNetwork = "kind"

// noteNetwork notes if there is no network of kind's yet, so that it can be
// removed with the last cluster: one that was there is not ours to remove.
func (c *Cluster) noteNetwork(ctx context.Context) error {
	if c.engine.exists(ctx, "network", kindNetwork) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.networkMark()), 0o755); err != nil {
		return fmt.Errorf("making the folder for clusters: %w", err)
	}
	if err := os.WriteFile(c.networkMark(), nil, 0o644); err != nil {
		return fmt.Errorf("noting that the network %s is new: %w", kindNetwork, err)
	}
	return nil
}

// removeNetwork removes kind's network, if it is ours and nothing is in it.
func (c *Cluster) removeNetwork(ctx context.Context) error {
	switch _, err := os.Stat(c.networkMark()); {
	case errors.Is(err, fs.ErrNotExist):
		return nil // somebody else's
	case err != nil:
		return fmt.Errorf("looking whose the network %s is: %w", kindNetwork, err)
	}
	users, err := c.engine.output(ctx, "ps", "-a", "--quiet", "--filter", "network="+kindNetwork)
	if err != nil {
		return fmt.Errorf("looking who uses the network %s: %w", kindNetwork, err)
	}
	if len(strings.Fields(string(users))) > 0 {
		return nil
	}
	if c.engine.exists(ctx, "network", kindNetwork) {
		if _, err := c.engine.output(ctx, "network", "rm", kindNetwork); err != nil {
			return fmt.Errorf("removing the network %s: %w", kindNetwork, err)
		}
	}
	if err := os.Remove(c.networkMark()); err != nil {
		return fmt.Errorf("forgetting the network %s: %w", kindNetwork, err)
	}
	return nil
}

// networkMark is the file that says that kind's network of this engine was
// made for one of our clusters.
func (c *Cluster) networkMark() string {
	return filepath.Join(filepath.Dir(string(c.state)), "made-network."+string(c.engine))
}

// exists tells whether the engine has a network, volume or image of that name.
func (e engine) exists(ctx context.Context, what, name string) bool {
	_, err := e.output(ctx, what, "inspect", name)
	return err == nil
}
