package main

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// crowded is an app whose first replicas are all bound to one node, and their
// successors to others.
type crowded struct {
	app
	// node is the number of the node that it is crowded onto.
	node int
	// late is for how long its first replicas are kept from being ready, after the
	// last of them was bound.
	late time.Duration
	// pods are the first replicas, placed is when the last of them was bound by what
	// the API server wrote into its status, successors how many came after them.
	pods       []string
	placed     time.Time
	successors int
}

// next is the node for the next Pod.
func (c *crowded) next(pod string) string {
	if len(c.pods) < replicas {
		c.pods = append(c.pods, pod)
		return node(c.node)
	}
	c.successors++
	return node(c.node + c.successors)
}

// whole is true when all of the first replicas are bound.
func (c *crowded) whole() bool { return len(c.pods) == replicas && c.successors == 0 }

// saw takes in what the API server says of a Pod.
func (c *crowded) saw(p *corev1.Pod) {
	if !slices.Contains(c.pods, p.Name) {
		return
	}
	bound := conditionOf(p, corev1.PodScheduled)
	if bound != nil && bound.Status == corev1.ConditionTrue && bound.LastTransitionTime.After(c.placed) {
		c.placed = bound.LastTransitionTime.Time
	}
}
