package placement_test

import (
	"fmt"
	"slices"
	"strings"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// world is a cluster and a policy, small enough to try everything in it.
type world struct {
	nodes []worldNode
	// maxNode and maxZone are percentages.
	maxNode, maxZone int
}

type worldNode struct {
	zone     string
	eligible bool
}

// standing is where a replica stands, by the node's number, and whether it is
// ready.
type standing struct {
	node  int
	ready bool
}

func nodeName(i int) string { return string(rune('a' + i)) }

func (c world) String() string {
	var b strings.Builder
	for i, n := range c.nodes {
		fmt.Fprintf(&b, "node %s in zone %q, eligible %t\n", nodeName(i), n.zone, n.eligible)
	}
	fmt.Fprintf(&b, "%d%% of a node and %d%% of a zone are tolerated", c.maxNode, c.maxZone)
	return b.String()
}

// workload is of settled replicas, without volumes or constraints.
func (c world) workload(standings []standing) placement.Workload {
	w := placement.Workload{Now: noon(), Eligible: c.eligible(), Policy: c.policy()}
	for _, s := range standings {
		w.Replicas = append(w.Replicas, c.replica(s))
	}
	return w
}

func (c world) replica(s standing) placement.Replica {
	return placement.Replica{Node: nodeName(s.node), Zone: c.nodes[s.node].zone, Ready: s.ready}
}

func (c world) eligible() placement.Eligible {
	var zones []string
	for _, n := range c.nodes {
		if n.eligible {
			zones = append(zones, n.zone)
		}
	}
	return eligibleIn(zones...)
}

func (c world) policy() placement.Policy {
	p := placement.DefaultPolicy()
	p.MaxNodeLoss, p.MaxZoneLoss = float64(c.maxNode)/100, float64(c.maxZone)/100
	return p
}

// judged is the truth table once more, as directly as it is written and in
// whole numbers.
func (c world) judged(standings []standing) placement.Verdict {
	nodes, zones := map[int]int{}, map[string]int{}
	ready, zoneless := 0, 0
	for _, s := range standings {
		if !s.ready {
			continue
		}
		ready++
		nodes[s.node]++
		if zone := c.nodes[s.node].zone; zone != "" {
			zones[zone]++
		} else {
			zoneless++
		}
	}
	eligibleNodes, eligibleZones, elsewhere := 0, map[string]bool{}, false
	for _, n := range c.nodes {
		if !n.eligible {
			continue
		}
		eligibleNodes++
		if n.zone != "" {
			eligibleZones[n.zone] = true
			elsewhere = elsewhere || zones[n.zone] == 0
		}
	}
	// At best the fullest domain carries ready/domains, rounded up.
	exceeds := func(carried, percent, domains int) bool {
		return domains > 0 && carried*100 > percent*ready && (carried-1)*domains >= ready
	}
	uneven := false
	for _, carried := range nodes {
		uneven = uneven || exceeds(carried, c.maxNode, eligibleNodes)
	}
	for _, carried := range zones {
		uneven = uneven || exceeds(carried, c.maxZone, len(eligibleZones))
	}
	switch {
	case ready == 0:
		return placement.Unavailable
	case len(standings) == 1:
		return placement.Single
	case len(nodes) == 1:
		return placement.NodeFragile
	case zoneless == 0 && len(zones) == 1 && elsewhere:
		return placement.ZoneFragile
	case uneven:
		return placement.Uneven
	default:
		return placement.Healthy
	}
}

// alternatives are the assessments of every assignment of so many ready
// replicas to the eligible nodes. With fewer than two there is nothing to
// spread, and so there are none.
func (c world) alternatives(t failer, ready int) []placement.Assessment {
	if ready < 2 {
		return nil
	}
	var options []standing
	for i, n := range c.nodes {
		if n.eligible {
			options = append(options, standing{i, true})
		}
	}
	var all []placement.Assessment
	for _, standings := range choices(ready, options) {
		all = append(all, assess(t, c.workload(standings)))
	}
	return all
}

// choices gives every choice of n out of the options, each as often as one
// likes, in which order does not count: replicas are interchangeable.
func choices[T any](n int, options []T) [][]T {
	if n == 0 {
		return [][]T{nil}
	}
	var all [][]T
	for i, o := range options {
		for _, rest := range choices(n-1, options[i:]) {
			all = append(all, append([]T{o}, rest...))
		}
	}
	return all
}

// betterIsAmong tells whether one of the alternatives is better, which is what
// fixable means.
func betterIsAmong(alternatives []placement.Assessment, now placement.Assessment) bool {
	return slices.ContainsFunc(alternatives, func(then placement.Assessment) bool { return better(now, then) })
}

// better compares two placements of as many ready replicas, so that shares
// compare as counts do.
func better(now, then placement.Assessment) bool {
	node, zone := then.WorstNode.Share-now.WorstNode.Share, then.WorstZone.Share-now.WorstZone.Share
	switch now.Verdict {
	case placement.NodeFragile:
		return node < 0
	case placement.ZoneFragile:
		return zone < 0
	case placement.Uneven:
		return then.Verdict == placement.Healthy ||
			then.Verdict == placement.Uneven && (node < 0 && zone <= 0 || zone < 0 && node <= 0)
	default:
		return false
	}
}
