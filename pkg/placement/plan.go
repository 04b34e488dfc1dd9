package placement

import (
	"cmp"
	"fmt"
	"slices"
)

// Plan is what repair would do for one workload: the fewest moves that bring it
// to its policy or, where that can not be had, as near to it as can.
type Plan struct {
	ID      WorkloadID
	Verdict Verdict
	// Moves are in the order in which they should be made, each judged as if
	// those before it had gone well.
	Moves []Move
	// Reaches is true where the workload is Healthy after the last move.
	Reaches bool
	// Because says why there is no move, or why the policy is not reached.
	Because string
}

// Move is the eviction of one replica, in the hope that its successor stands
// better.
type Move struct {
	Victim Candidate
	Reason string
	// Before and After are the worst losses, after it if the successor comes to
	// a node that the plan has for it.
	Before, After Losses
	// Admits are the nodes that could take the successor, sorted by name.
	Admits []string
	// MayReturn is true where the scheduler could choose the crowded domain
	// again: nothing that it must heed forbids it.
	MayReturn bool
	// Predicted is the node that it must choose; empty where there are several.
	Predicted string
}

// Losses are the worst that one node and one zone take away.
type Losses struct{ Node, Zone Loss }

// PlanMoves plans for an assessed workload. A workload that is not at risk for
// where its replicas stand, or that no placement would help, has no moves.
func PlanMoves(w Workload, a Assessment, scene Scene) Plan {
	plan := Plan{ID: a.ID, Verdict: a.Verdict}
	switch a.Verdict {
	case NodeFragile, ZoneFragile, Uneven:
	default:
		plan.Because = fmt.Sprintf("a workload that is %s needs no move", a.Verdict)
		return plan
	}
	if !a.Fixable {
		plan.Because = a.Because
		return plan
	}
	p := newPlanner(w, a.Verdict, scene)
	target := p.target()
	found, ok := p.within(target)
	if !ok {
		plan.Because = found.why
		if found, ok = p.nearest(target); !ok {
			return plan
		}
	}
	plan.Reaches = plan.Because == ""
	plan.Moves = p.order(found)
	return plan
}

// planner is a workload and its scene, counted.
type planner struct {
	workload Workload
	verdict  Verdict
	scene    Scene
	spread   spread
	nodes    map[string]int // ready replicas
	zones    map[string]int
	// choice are the candidates, the best to evict first.
	choice []*Candidate
}

func newPlanner(w Workload, v Verdict, scene Scene) *planner {
	p := &planner{
		workload: w, verdict: v, scene: scene, spread: spreadOf(w.Replicas),
		nodes: make(map[string]int), zones: make(map[string]int),
	}
	for _, share := range p.spread.nodes {
		p.nodes[share.Node] += share.Ready
		if share.Zone != "" {
			p.zones[share.Zone] += share.Ready
		}
	}
	for i := range scene.Candidates {
		p.choice = append(p.choice, &scene.Candidates[i])
	}
	slices.SortFunc(p.choice, preferred)
	return p
}

// preferred puts that replica first which is to be evicted first: the one whose
// deletion costs least, of equals the youngest, as a ReplicaSet that shrinks
// chooses too.
func preferred(a, b *Candidate) int {
	return cmp.Or(
		cmp.Compare(a.DeletionCost, b.DeletionCost), b.Created.Compare(a.Created),
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.UID, b.UID),
	)
}

// limits are how many ready replicas a node and a zone may carry.
type limits struct {
	node int
	// zone is for every zone, zones for those that may carry fewer.
	zone  int
	zones map[string]int
}

func (l limits) inZone(zone string) int {
	if less, ok := l.zones[zone]; ok {
		return min(less, l.zone)
	}
	return l.zone
}

// target are the limits within which a workload is Healthy; see verdictOf.
func (p *planner) target() limits {
	w, s := p.workload, p.spread
	l := limits{node: min(toleratedOnNode(w, s), s.ready-1), zone: toleratedInZone(w, s), zones: make(map[string]int)}
	zones := make([]string, 0, len(p.zones)+len(w.Eligible.ByZone))
	for zone := range p.zones {
		zones = append(zones, zone)
	}
	for zone := range w.Eligible.ByZone {
		zones = append(zones, zone)
	}
	for _, zone := range zones {
		if w.Eligible.elsewhere(zone) {
			l.zones[zone] = s.ready - 1
		}
	}
	return l
}

// nearest finds the moves to what is nearest to the target and better than the
// present, as fixable means it: less lost with the worst node, with the worst
// zone or, for what is Uneven, with either and no more with the other.
func (p *planner) nearest(target limits) (selection, bool) {
	now := limits{node: p.spread.worstNode.ready, zone: p.spread.worstZone.ready}
	may := now
	if p.verdict != Uneven {
		may.node, may.zone = max(now.node, target.node), max(now.zone, target.zone)
	}
	for node := target.node; node < now.node && p.verdict != ZoneFragile; node++ {
		if found, ok := p.within(limits{node: node, zone: may.zone}); ok {
			return found, true
		}
	}
	for zone := 1; zone < now.zone && p.verdict != NodeFragile; zone++ {
		if found, ok := p.within(limits{node: may.node, zone: zone}); ok {
			return found, true
		}
	}
	return selection{}, false
}
