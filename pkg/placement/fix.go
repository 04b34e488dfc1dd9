package placement

import (
	"fmt"
	"strings"
)

// fixable says whether a different placement of the ready replicas on today's
// eligible nodes would be better, and why or why not. Better means: less lost
// with the worst node for NodeFragile, less with the worst zone for
// ZoneFragile, and for Uneven either Healthy or less with the one and no more
// with the other.
func fixable(verdict Verdict, w Workload, s spread) (bool, string) {
	switch verdict {
	case NodeFragile, ZoneFragile, Uneven:
	default:
		return false, ""
	}
	if why := immovable(w, s); why != "" {
		return false, why
	}
	if !betterPlacement(verdict, w, s) {
		return false, "no other placement on its " + eligibleNodes(w.Eligible) + " is better"
	}
	return true, fmt.Sprintf("its %d ready replicas could stand on %s", s.ready, eligibleNodes(w.Eligible))
}

// immovable gives the reason for which no placement can be promised to be
// better, whatever nodes there are; empty where there is none.
func immovable(w Workload, s spread) string {
	switch nodes := w.Eligible.Nodes(); {
	case s.ready < 2:
		return fmt.Sprintf("only %d of its %d replicas is ready: there is nothing to spread", s.ready, len(w.Replicas))
	case nodes == 0:
		return "no node is eligible" + excluded(w.Eligible)
	case nodes == 1:
		return "one eligible node only" + excluded(w.Eligible)
	case w.Template.VolumeClaims:
		return "its volumes may pin its replicas to where they are"
	case w.Template.RequiredPodAffinity:
		return "a required Pod affinity or anti-affinity limits where it may go, which is not modelled here"
	}
	if key := hardSpread(w.Template.Spread); key != "" {
		return fmt.Sprintf("a DoNotSchedule spread constraint over %s limits where it may go, which is not modelled here", key)
	}
	return ""
}

// hardSpread is the topology key of a hard spread constraint, of several the
// first by name; empty where there is none.
func hardSpread(constraints []Constraint) string {
	first := ""
	for _, c := range constraints {
		if c.Hard && (first == "" || c.TopologyKey < first) {
			first = c.TopologyKey
		}
	}
	return first
}

// betterPlacement asks whether the eligible nodes, of which there are at least
// two, have room for a placement that is better than the present one.
//
// For Uneven it need not ask whether that would be NodeFragile or ZoneFragile,
// which is no cure: where all stand on one of several nodes or in one of
// several zones, one of them can move to another and no limit is exceeded.
func betterPlacement(verdict Verdict, w Workload, s spread) bool {
	node, zone := s.worstNode.ready, s.worstZone.ready
	fits := func(perNode, perZone int) bool { return holds(w.Eligible, s.ready, perNode, perZone) }
	switch verdict {
	case NodeFragile:
		return fits(node-1, s.ready)
	case ZoneFragile:
		return fits(s.ready, zone-1)
	default:
		return fits(toleratedOnNode(w, s), toleratedInZone(w, s)) || fits(node-1, zone) || fits(node, zone-1)
	}
}

// holds tells whether the eligible nodes can hold n replicas with no more than
// perNode on any node and perZone in any zone. Zones have no node in common,
// so that their capacities add up.
func holds(e Eligible, n, perNode, perZone int) bool {
	if perNode < 0 || perZone < 0 {
		return false
	}
	capacity := e.Zoneless * perNode
	for _, nodes := range e.ByZone {
		capacity += min(nodes*perNode, perZone)
	}
	return capacity >= n
}

func eligibleNodes(e Eligible) string {
	text := count(e.Nodes(), "eligible node")
	if len(e.ByZone) > 1 {
		text += " in " + count(len(e.ByZone), "zone")
	}
	return text
}

// excluded lists why the other nodes are not eligible.
func excluded(e Eligible) string {
	if len(e.Excluded) == 0 {
		return ""
	}
	parts := make([]string, len(e.Excluded))
	for i, x := range e.Excluded {
		parts[i] = fmt.Sprintf("%d %s", x.Nodes, x.Reason)
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// count gives a number with its noun, in the plural where it should be.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
