package placement

import (
	"cmp"
	"math"
	"slices"
)

// Share is a node's part of a workload's ready replicas.
type Share struct {
	Node string
	// Zone is empty where the node is in no known zone.
	Zone  string
	Ready int
}

// Loss is what one domain's failure takes away; the zero value is none.
type Loss struct {
	// Name is the domain's; empty where no domain carries a ready replica.
	Name string
	// Share is the part of the ready replicas, in [0,1].
	Share float64
}

// spread is how a workload's ready replicas lie over the failure domains.
type spread struct {
	ready int
	// nodes are sorted by name; virtual nodes are not among them.
	nodes []Share
	// worstNode and worstZone are the domains with the most ready replicas; of
	// equals the first by name.
	worstNode, worstZone domain
	// zonesKnown is true where every ready replica's zone is known.
	zonesKnown bool
}

type domain struct {
	name  string
	ready int
}

func spreadOf(replicas []Replica) spread {
	s := spread{zonesKnown: true}
	byNode := make(map[string]Share)
	for _, r := range replicas {
		if !r.Ready {
			continue
		}
		s.ready++
		if r.Virtual {
			s.zonesKnown = false
			continue
		}
		share := byNode[r.Node]
		byNode[r.Node] = Share{Node: r.Node, Zone: r.Zone, Ready: share.Ready + 1}
	}
	byZone := make(map[string]int)
	for _, share := range byNode {
		s.nodes = append(s.nodes, share)
		s.worstNode = worse(s.worstNode, domain{share.Node, share.Ready})
		if share.Zone == "" {
			s.zonesKnown = false
			continue
		}
		byZone[share.Zone] += share.Ready
	}
	for zone, ready := range byZone {
		s.worstZone = worse(s.worstZone, domain{zone, ready})
	}
	slices.SortFunc(s.nodes, func(a, b Share) int { return cmp.Compare(a.Node, b.Node) })
	return s
}

func worse(a, b domain) domain {
	if b.ready > a.ready || (b.ready == a.ready && b.name < a.name) {
		return b
	}
	return a
}

func (s spread) loss(d domain) Loss {
	if d.ready == 0 {
		return Loss{}
	}
	return Loss{Name: d.name, Share: float64(d.ready) / float64(s.ready)}
}

// onOneNode is true where one node carries every ready replica.
func (s spread) onOneNode() bool { return s.ready > 0 && s.worstNode.ready == s.ready }

// inOneZone is true where every ready replica's zone is known and the same.
func (s spread) inOneZone() bool {
	return s.ready > 0 && s.zonesKnown && s.worstZone.ready == s.ready
}

// tolerated is the greatest number of n ready replicas that may stand in one
// of so many eligible domains: what the policy allows or, where it asks for
// more than they can give, the best that they allow. Without an eligible
// domain the present number is the best.
func tolerated(maxLoss float64, n, domains, present int) int {
	// A share such as 0.07 × 100 must not lose a replica to rounding.
	const epsilon = 1e-9
	byPolicy := int(math.Floor(maxLoss*float64(n) + epsilon))
	best := present
	if domains > 0 {
		best = ceilDiv(n, domains)
	}
	return max(byPolicy, best)
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
