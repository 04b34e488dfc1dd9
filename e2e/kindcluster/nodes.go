package kindcluster

import (
	"context"
	"fmt"
	"slices"
)

// ControlPlane returns the name of the control-plane node.
func (c *Cluster) ControlPlane() string { return c.name + "-control-plane" }

// Nodes returns the names of the cluster's nodes, running or not, sorted.
func (c *Cluster) Nodes(ctx context.Context) ([]string, error) {
	containers, err := c.engine.containers(ctx, c.name)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, container := range containers {
		names = append(names, container.name)
	}
	slices.Sort(names)
	return names, nil
}

// Exec runs a command on a node, without a shell, and returns what it wrote to
// its standard output. The error holds what it wrote to standard error.
func (c *Cluster) Exec(ctx context.Context, node string, command ...string) ([]byte, error) {
	if err := c.own(ctx, node); err != nil {
		return nil, err
	}
	return c.engine.output(ctx, append([]string{"exec", node}, command...)...)
}

// StopNode stops a node's container: to the cluster the node is lost.
func (c *Cluster) StopNode(ctx context.Context, node string) error {
	containers, err := c.engine.containers(ctx, c.name)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(containers, func(c container) bool { return c.name == node })
	if at < 0 {
		return c.noNode(node)
	}
	if _, err := c.engine.output(ctx, "stop", "-t", stopSeconds, node); err != nil {
		return fmt.Errorf("stopping node %s: %w", node, err)
	}
	return c.keepAddress(ctx, containers[at])
}

// keepAddress lets a container that was stopped get its address again when it
// starts, as docker does it. Podman gives out the next one, and in-cluster
// clients would be sent to the control plane's old address for a while.
func (c *Cluster) keepAddress(ctx context.Context, stopped container) error {
	if c.engine != podman || stopped.address() == "" {
		return nil
	}
	in := stopped.networks[0]
	if _, err := c.engine.output(ctx, "network", "disconnect", in.network, stopped.name); err != nil {
		return fmt.Errorf("keeping the address of node %s: %w", stopped.name, err)
	}
	// With its hardware address, which the neighbours remember.
	if _, err := c.engine.output(ctx, "network", "connect", "--ip", in.address, "--mac-address", in.mac, in.network, stopped.name); err != nil {
		return fmt.Errorf("keeping the address of node %s: %w", stopped.name, err)
	}
	return nil
}

// StartNode starts the container of a node that was stopped. It returns when
// the API server answers, by its Service too, and Pods of all nodes that run can
// reach each other; the node may not be Ready yet.
func (c *Cluster) StartNode(ctx context.Context, node string) error {
	if err := c.own(ctx, node); err != nil {
		return err
	}
	if _, err := c.engine.output(ctx, "start", node); err != nil {
		return fmt.Errorf("starting node %s: %w", node, err)
	}
	return c.restoreNetwork(ctx)
}

// RestartNode stops a node's container and starts it again, as StartNode does.
func (c *Cluster) RestartNode(ctx context.Context, node string) error {
	if err := c.StopNode(ctx, node); err != nil {
		return err
	}
	return c.StartNode(ctx, node)
}

// own fails unless a node is the cluster's: a wrong name must not stop
// somebody else's container.
func (c *Cluster) own(ctx context.Context, node string) error {
	names, err := c.Nodes(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(names, node) {
		return c.noNode(node)
	}
	return nil
}

func (c *Cluster) noNode(node string) error {
	return fmt.Errorf("cluster %s has no node %q", c.name, node)
}
