package placement

// Gone names the domains that are thought to fail all at once.
type Gone struct {
	Nodes, Zones map[string]bool
}

// NodeGone is the failure of one node.
func NodeGone(node string) Gone { return Gone{Nodes: map[string]bool{node: true}} }

// ZoneGone is the failure of one zone.
func ZoneGone(zone string) Gone { return Gone{Zones: map[string]bool{zone: true}} }

func (g Gone) takes(n Share) bool {
	return g.Nodes[n.Node] || (n.Zone != "" && g.Zones[n.Zone])
}

// Fate is what a failure does to a workload.
type Fate int

// The fates.
const (
	// Down is the fate of a workload that has no ready replica to lose.
	Down Fate = iota
	// Survives keeps every ready replica.
	Survives
	// Degraded loses some ready replicas.
	Degraded
	// Lost loses every ready replica.
	Lost
)

// Fate tells what a failure of those domains does to the assessed workload.
func (a Assessment) Fate(gone Gone) Fate {
	taken := 0
	for _, n := range a.Nodes {
		if gone.takes(n) {
			taken += n.Ready
		}
	}
	switch {
	case a.Ready == 0:
		return Down
	case taken == 0:
		return Survives
	case taken < a.Ready:
		return Degraded
	default:
		return Lost
	}
}

// Fated is what a failure can befall: an Assessment, or what embeds one.
type Fated interface {
	Fate(gone Gone) Fate
}

// Blast is what a failure does to many workloads.
type Blast[T Fated] struct {
	// Lost and Degraded are in the order in which they were given.
	Lost, Degraded []T
	// Survives counts the workloads that keep every ready replica.
	Survives int
}

// WhatIf tells what would be left of the workloads if those domains failed now,
// all at once. Workloads without a ready replica are in none of its parts:
// there is nothing to lose.
func WhatIf[T Fated](workloads []T, gone Gone) Blast[T] {
	var b Blast[T]
	for _, w := range workloads {
		switch w.Fate(gone) {
		case Lost:
			b.Lost = append(b.Lost, w)
		case Degraded:
			b.Degraded = append(b.Degraded, w)
		case Survives:
			b.Survives++
		case Down:
		}
	}
	return b
}
