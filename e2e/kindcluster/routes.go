package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// endpoint is a node as seen by the others: the address of its container and
// the range that its Pods' addresses are from.
type endpoint struct{ node, address, podCIDR string }

// planRoutes returns, for each node, the arguments of ip(8) that lead from it
// to the Pods of the others. A node without a range has no Pods yet.
func planRoutes(endpoints []endpoint) map[string][][]string {
	plan := map[string][][]string{}
	for _, from := range endpoints {
		for _, to := range endpoints {
			if from.node == to.node || to.podCIDR == "" || to.address == "" {
				continue
			}
			plan[from.node] = append(plan[from.node], []string{"ip", "route", "replace", to.podCIDR, "via", to.address})
		}
	}
	return plan
}

// setRoutes lets Pods on different nodes reach each other. It replaces what was
// set before, since a container may get another address when it starts.
func (c *Cluster) setRoutes(ctx context.Context) error {
	if !c.routed {
		return nil
	}
	endpoints, err := c.endpoints(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for node, routes := range planRoutes(endpoints) {
		var script []string
		for _, route := range routes {
			script = append(script, strings.Join(route, " "))
		}
		if _, err := c.engine.output(ctx, "exec", node, "sh", "-ec", strings.Join(script, "\n")); err != nil {
			failed = append(failed, fmt.Errorf("setting the routes of node %s: %w", node, err))
		}
	}
	return errors.Join(failed...)
}

// endpoints returns the nodes whose containers run.
func (c *Cluster) endpoints(ctx context.Context) ([]endpoint, error) {
	containers, err := c.engine.containers(ctx, c.name)
	if err != nil {
		return nil, err
	}
	nodes, err := c.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing the nodes: %w", err)
	}
	podCIDR := map[string]string{}
	for _, node := range nodes.Items {
		podCIDR[node.Name] = node.Spec.PodCIDR
	}
	var endpoints []endpoint
	for _, container := range containers {
		if address := container.address(); address != "" {
			endpoints = append(endpoints, endpoint{container.name, address, podCIDR[container.name]})
		}
	}
	slices.SortFunc(endpoints, func(a, b endpoint) int { return strings.Compare(a.node, b.node) })
	return endpoints, nil
}
