package eligibility

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Standing is a node and what a class says of it.
type Standing struct {
	Facts
	// Node is the memo's own and must not be changed.
	Node *corev1.Node
	// Admitted is true where the node is eligible. Selected asks for node selector
	// and required affinity alone, Tolerated for taints alone: a scheduler counts
	// Pods on nodes of which no more is true.
	Admitted, Selected, Tolerated bool
}

// Survey returns the nodes eligible for a class, as Eligible does, and what the
// class says of every node at the same moment, sorted by name. It notes nothing:
// nobody is told of changes because of it.
func (m *Memo) Survey(key string, describe func() Class) (placement.Eligible, []Standing) {
	m.mu.RLock()
	c := m.classes[key]
	if c == nil {
		c = newClass(describe, m.nodes)
	}
	eligible, all := c.eligible, make([]Standing, 0, len(m.byName))
	for i, s := range m.nodes {
		if s.node != nil {
			all = append(all, c.standing(s, c.verdicts[i]))
		}
	}
	m.mu.RUnlock()
	slices.SortFunc(all, func(a, b Standing) int { return cmp.Compare(a.Name, b.Name) })
	return eligible, all
}

func (c *class) standing(s slot, v verdict) Standing {
	if v == admitted {
		return Standing{Facts: s.facts, Node: s.node, Admitted: true, Selected: true, Tolerated: true}
	}
	return Standing{Facts: s.facts, Node: s.node, Selected: c.matcher.selects(s.node), Tolerated: c.matcher.tolerates(s.node)}
}
