package placement

import (
	"cmp"
	"fmt"
	"slices"
)

// selection are the replicas to move and where the plan has room for each.
type selection struct {
	limits limits
	places []place
	// why is what stands in the way where there is none.
	why string
}

// place is a replica to move and the index of the spot that is kept for it.
type place struct {
	candidate *Candidate
	spot      int
}

// within selects the fewest replicas whose move brings every node and zone
// within the limits: of a node what it has too many of, of a zone what it still
// has too many of then. It is false where the scene has no room for that.
func (p *planner) within(l limits) (selection, bool) {
	m := newMatching(p, l)
	moved := make(map[*Candidate]bool)
	left := make(map[string]int)
	for _, node := range byMost(p.nodes) {
		needed := p.nodes[node] - l.node
		if needed <= 0 {
			continue
		}
		on := func(c *Candidate) bool { return c.Node == node }
		if why := m.take(p.choice, on, needed, moved); why != "" {
			return selection{why: fmt.Sprintf("%d of the %d ready replicas on node %s would have to move: %s", needed, p.nodes[node], node, why)}, false
		}
	}
	for c := range moved {
		left[c.Zone]++
	}
	for _, zone := range byMost(p.zones) {
		needed := p.zones[zone] - l.inZone(zone) - left[zone]
		if needed <= 0 {
			continue
		}
		in := func(c *Candidate) bool { return c.Zone == zone }
		if why := m.take(p.choice, in, needed, moved); why != "" {
			return selection{why: fmt.Sprintf("%d of the %d ready replicas in zone %s would have to move: %s", needed+left[zone], p.zones[zone], zone, why)}, false
		}
	}
	found := selection{limits: l}
	for _, c := range p.choice {
		if moved[c] {
			found.places = append(found.places, place{c, m.spotOf[c]})
		}
	}
	return found, true
}

// byMost are domains in the order of what they carry, the most first, of equals
// by name.
func byMost(ready map[string]int) []string {
	names := make([]string, 0, len(ready))
	for name := range ready {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(ready[b], ready[a]), cmp.Compare(a, b)) })
	return names
}

// take moves so many more of the replicas that are meant, the best to evict
// first, and says why it can not.
func (m *matching) take(choice []*Candidate, meant func(*Candidate) bool, needed int, moved map[*Candidate]bool) string {
	barred, homeless := "", 0
	for _, c := range choice {
		if needed == 0 {
			break
		}
		switch {
		case moved[c] || !meant(c):
		case c.Barred != "":
			barred = c.Barred
		case m.add(c):
			moved[c] = true
			needed--
		default:
			homeless++
		}
	}
	switch {
	case needed == 0:
		return ""
	case homeless > 0:
		return "no node within the limits has room for another"
	case barred != "":
		return barred
	default:
		return "there are not so many that could be evicted"
	}
}
