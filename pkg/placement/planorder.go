package placement

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// order makes moves of a selection: each time of a replica in the domain that is
// worst by then.
func (p *planner) order(found selection) []Move {
	now := tally{ready: p.spread.ready, nodes: maps.Clone(p.nodes), zones: maps.Clone(p.zones)}
	moves := make([]Move, 0, len(found.places))
	for left := slices.Clone(found.places); len(left) > 0; {
		i := p.mostUrgent(left, now, found.limits)
		moves = append(moves, p.move(left[i], &now, found.limits))
		left = slices.Delete(left, i, i+1)
	}
	return moves
}

// mostUrgent is the first, in the order of preference, of those in the worst
// domain: a node that carries too many, else a zone.
func (p *planner) mostUrgent(left []place, now tally, l limits) int {
	urgency := func(c *Candidate) int {
		if carries := now.nodes[c.Node]; carries > l.node {
			return len(p.workload.Replicas) + carries
		}
		return now.zones[c.Zone]
	}
	most := 0
	for i := range left {
		if urgency(left[i].candidate) > urgency(left[most].candidate) {
			most = i
		}
	}
	return most
}

// move makes one move, and counts it.
func (p *planner) move(to place, now *tally, l limits) Move {
	victim, spot := to.candidate, p.scene.Spots[to.spot]
	m := Move{Victim: *victim, Before: now.losses()}
	if carries := now.nodes[victim.Node]; carries > l.node {
		m.Reason = fmt.Sprintf("node %s carries %d of %d ready replicas, of which %d may be there", victim.Node, carries, now.ready, l.node)
		m.MayReturn = p.admitted(victim, func(s Spot) bool { return s.Node == victim.Node })
	} else {
		m.Reason = fmt.Sprintf("zone %s carries %d of %d ready replicas, of which %d may be there", victim.Zone, now.zones[victim.Zone], now.ready, l.inZone(victim.Zone))
		m.MayReturn = p.admitted(victim, func(s Spot) bool { return s.Zone == victim.Zone })
	}
	m.Admits = make([]string, 0, victim.Admits.Len())
	for i := range victim.Admits.All() {
		m.Admits = append(m.Admits, p.scene.Spots[i].Node)
	}
	if len(m.Admits) == 1 {
		m.Predicted = m.Admits[0]
	}
	now.shift(victim, spot)
	m.After = now.losses()
	return m
}

func (p *planner) admitted(c *Candidate, where func(Spot) bool) bool {
	for i := range c.Admits.All() {
		if where(p.scene.Spots[i]) {
			return true
		}
	}
	return false
}

// tally counts the ready replicas of each domain.
type tally struct {
	ready        int
	nodes, zones map[string]int
}

func (t *tally) shift(from *Candidate, to Spot) {
	t.nodes[from.Node]--
	t.nodes[to.Node]++
	if from.Zone != "" {
		t.zones[from.Zone]--
	}
	if to.Zone != "" {
		t.zones[to.Zone]++
	}
}

func (t *tally) losses() Losses {
	worst := func(ready map[string]int) Loss {
		name := slices.MinFunc(append(slices.Collect(maps.Keys(ready)), ""), func(a, b string) int {
			return cmp.Or(cmp.Compare(ready[b], ready[a]), cmp.Compare(a, b))
		})
		return spread{ready: t.ready}.loss(domain{name, ready[name]})
	}
	return Losses{Node: worst(t.nodes), Zone: worst(t.zones)}
}
