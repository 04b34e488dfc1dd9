package main

import (
	"fmt"

	v1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/pkg/placement"
)

// scene is the cluster that the demo plays on: nodes, apps and changes are
// made to its measure.
type scene struct {
	nodes, zones int
	// mode is the operator's. The apps are others where it may do more than to
	// observe.
	mode placement.Mode
}

// repairs is true where the operator plans what it would move, or moves it.
func (s scene) repairs() bool { return s.mode > placement.Observe }

// The nodes with a part of their own, in any scene: all but one are in
// different zones, and the twin is in the first one's.
func (s scene) first() string  { return nodeName(1) }
func (s scene) second() string { return nodeName(2) }
func (s scene) twin() string   { return nodeName(1 + s.zones) }
func (s scene) last() string   { return nodeName(s.nodes) }

// nodeName is as localcluster.Nodes names them.
func nodeName(i int) string { return fmt.Sprintf("node-%d", i) }

// poolLabel names the pool of nodes that an app may be confined to.
const poolLabel = "node-pool"

// searchPool is two nodes of one zone and one of another.
const searchPool = "search"

// makeNodes returns the nodes, for localcluster.Cluster.AddNodes.
func (s scene) makeNodes() []*v1.Node {
	nodes := localcluster.Nodes(s.nodes, s.zones)
	for _, node := range nodes {
		switch node.Name {
		case s.first(), s.second(), s.twin():
			node.Labels[poolLabel] = searchPool
		default:
			node.Labels[poolLabel] = "general"
		}
	}
	return nodes
}

func (s scene) String() string { return fmt.Sprintf("%d nodes in %d zones", s.nodes, s.zones) }
