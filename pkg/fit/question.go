package fit

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
)

// Question asks where the successors of some Pods of one workload could go.
type Question struct {
	// Template is what the successors are made of.
	Template *podview.Template
	// Candidates are the Pods that may be evicted, each on one of the nodes.
	Candidates []*podview.Pod
	// Nodes are all that there are, sorted by name.
	Nodes []Node
	// Volumes tells of claims; nil for a world without bound ones.
	Volumes Volumes
	// NamespaceLabels gives the labels of a namespace; nil where none is known.
	NamespaceLabels func(namespace string) map[string]string
}

// Node is a node with the Pods on it.
type Node struct {
	// Zone is empty where the node is in no zone.
	Name, Zone string
	Labels     map[string]string
	// Admitted is true where the node is eligible; what else is said of it here
	// decides then. Selected and Tolerated are as eligibility.Standing's.
	Admitted, Selected, Tolerated bool
	Allocatable                   corev1.ResourceList
	// Pods are those that take room on the node. Of a node that is not admitted
	// only those matter that Wide tells of, and those that keep others away from
	// more than their node.
	Pods []*podview.Pod
	// Reserved is what has been promised of the node besides.
	Reserved Reserved
}

// find returns a Pod as it is on the node by now, nil where it is not on it.
func (n *Node) find(p *podview.Pod) *podview.Pod {
	if n == nil || p.Node != n.Name {
		return nil
	}
	for _, q := range n.Pods {
		if q.UID == p.UID {
			return q
		}
	}
	return nil
}

// Reserved is room that is promised to Pods that are not there yet. It takes
// room alone: whom such a Pod keeps away, or with whom it is counted, shows when
// it is there.
type Reserved struct {
	Pods int
	podview.Demand
}

// Plus is the room with one more Pod that demands so much; nil for nothing but
// its slot.
func (r Reserved) Plus(d *podview.Demand) Reserved {
	sum := Reserved{Pods: r.Pods + 1, Demand: r.Demand}
	if d == nil {
		return sum
	}
	sum.CPU, sum.Memory, sum.Storage = r.CPU+d.CPU, r.Memory+d.Memory, r.Storage+d.Storage
	sum.Extended = append(r.Extended[:len(r.Extended):len(r.Extended)], d.Extended...)
	sum.Ports = append(r.Ports[:len(r.Ports):len(r.Ports)], d.Ports...)
	return sum
}

// Wide is true where Pods on nodes that are not eligible have a say in where a
// template's Pods may go.
func Wide(t *podview.Template) bool {
	r := t.Rules
	return r != nil && (len(r.Together) > 0 || len(r.Spread) > 0 || r.Far())
}

// Scene answers the question. A spot is a node that would take the successor of
// some candidate; there is none where the scheduler would heed what is not known
// here. No candidate is barred.
func (q Question) Scene() placement.Scene {
	if q.Template.Rules != nil && q.Template.Rules.Unknown != "" {
		return q.scene(nil, make([]placement.Mask, len(q.Candidates)))
	}
	var spots []*spot
	at := make(map[string]*Node, len(q.Nodes))
	for i := range q.Nodes {
		n := &q.Nodes[i]
		at[n.Name] = n
		if n.Admitted {
			spots = append(spots, newSpot(n, q.Template.Demand))
		}
	}
	shared := newWorld(&q, new(podview.Pod).Successor(q.Template))
	volumes := newVolumes(q.Volumes)
	masks := make([]placement.Mask, len(q.Candidates))
	for i, c := range q.Candidates {
		w := shared
		if w.perPod && len(c.OwnLabels()) > 0 {
			w = newWorld(&q, c.Successor(q.Template))
		}
		pinned := volumes.of(c)
		w.without(c, at[c.Node], func() {
			for s, spot := range spots {
				if spot.admits(c) && w.admits(spot.node) && pinned.admits(spot.node) {
					masks[i].Add(s)
				}
			}
		})
	}
	for _, s := range spots {
		if shared.repelsItself(s.node) {
			s.room = min(s.room, 1)
		}
	}
	return q.scene(spots, masks)
}

// scene puts an answer together, without the spots that take nobody.
func (q Question) scene(spots []*spot, masks []placement.Mask) placement.Scene {
	var scene placement.Scene
	var used placement.Mask
	for _, m := range masks {
		for s := range m.All() {
			used.Add(s)
		}
	}
	place := make([]int, len(spots))
	for s := range used.All() {
		place[s] = len(scene.Spots)
		n := spots[s].node
		scene.Spots = append(scene.Spots, placement.Spot{Node: n.Name, Zone: n.Zone, Room: spots[s].room})
	}
	zones := make(map[string]string, len(q.Nodes))
	for i := range q.Nodes {
		zones[q.Nodes[i].Name] = q.Nodes[i].Zone
	}
	for i, c := range q.Candidates {
		var admits placement.Mask
		for s := range masks[i].All() {
			admits.Add(place[s])
		}
		scene.Candidates = append(scene.Candidates, placement.Candidate{
			UID: string(c.UIDText()), Name: c.Name, Node: c.Node, Zone: zones[c.Node],
			DeletionCost: c.DeletionCost(), Created: c.Created.Time(), Admits: admits,
		})
	}
	return scene
}

func (q *Question) namespaceLabels(namespace string) map[string]string {
	if q.NamespaceLabels == nil {
		return nil
	}
	return q.NamespaceLabels(namespace)
}

// selects asks a term about a Pod.
func (q *Question) selects(t *podview.Term, namespace string, of labels.Labels) bool {
	return t.Selects(namespace, q.namespaceLabels, of)
}
