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
}

type domain struct {
	name  string
	ready int
}

func spreadOf(replicas []Replica) spread {
	var s spread
	standings := make([]Share, 0, len(replicas))
	for _, r := range replicas {
		if !r.Ready {
			continue
		}
		s.ready++
		if !r.Virtual {
			standings = append(standings, Share{Node: r.Node, Zone: r.Zone, Ready: 1})
		}
	}
	s.nodes = byNode(standings)
	byZone := make(map[string]int)
	for _, n := range s.nodes {
		s.worstNode = worse(s.worstNode, domain{n.Node, n.Ready})
		if n.Zone != "" {
			byZone[n.Zone] += n.Ready
		}
	}
	for zone, ready := range byZone {
		s.worstZone = worse(s.worstZone, domain{zone, ready})
	}
	return s
}

// byNode adds up the shares of each node, sorted by name. It reorders its
// argument but keeps nothing of it: the result lives on in a report.
func byNode(shares []Share) []Share {
	slices.SortFunc(shares, func(a, b Share) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Zone, b.Zone))
	})
	sums := shares[:0]
	for _, share := range shares {
		if last := len(sums) - 1; last >= 0 && sums[last].Node == share.Node {
			sums[last].Ready += share.Ready
			continue
		}
		sums = append(sums, share)
	}
	return append([]Share(nil), sums...)
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
func (s spread) inOneZone() bool { return s.ready > 0 && s.worstZone.ready == s.ready }

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
