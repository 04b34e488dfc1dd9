package placement

import "time"

// Assessment is what is known of one workload.
type Assessment struct {
	ID              WorkloadID
	Replicas, Ready int
	Verdict         Verdict
	// WorstNode and WorstZone are the domains whose failure takes most.
	WorstNode, WorstZone Loss
	// Fixable is true where a different placement on today's eligible nodes
	// would be better; Because says why, or why not.
	Fixable bool
	Because string
	// Cause says how the workload came into its state; Cure is YAML to add to
	// the Pod template. Both are empty for a workload that is not at risk.
	Cause, Cure string
	// Since is when the state judged began, as far as the cluster's own times
	// tell; zero where they do not.
	Since time.Time
	// SettlingSince is when the workload entered what makes it settle; zero
	// where nothing does. It is kept past SettleMax, and goes back into the
	// next assessment.
	SettlingSince time.Time
	// Recheck is when the verdict may change without anything happening; zero
	// where it can not.
	Recheck time.Time
	// Nodes are the nodes that carry ready replicas, sorted by name; virtual
	// nodes are not among them.
	Nodes []Share
}

// Zones gives the ready replicas of each known zone.
func (a Assessment) Zones() map[string]int {
	zones := make(map[string]int)
	for _, n := range a.Nodes {
		if n.Zone != "" {
			zones[n.Zone] += n.Ready
		}
	}
	return zones
}

// Assess judges a workload by the truth table. It returns false for a workload
// without replicas, which has no verdict.
func Assess(w Workload) (Assessment, bool) {
	if len(w.Replicas) == 0 {
		return Assessment{}, false
	}
	s := spreadOf(w.Replicas)
	settle := settlingOf(w)
	a := Assessment{
		ID:            w.ID,
		Replicas:      len(w.Replicas),
		Ready:         s.ready,
		Verdict:       verdictOf(w, s, settle),
		WorstNode:     s.loss(s.worstNode),
		WorstZone:     s.loss(s.worstZone),
		Since:         began(w),
		SettlingSince: settle.since,
		Recheck:       settle.recheck,
		Nodes:         s.nodes,
	}
	if a.Verdict == Settling {
		a.Since = settle.since
	}
	explain(&a, w, s)
	return a, true
}

// verdictOf is the truth table: the first row that matches wins.
//
//	row          | replicas | ready | and
//	-------------+----------+-------+------------------------------------------
//	Unavailable  | ≥ 1      | 0     | not every replica younger than the settle time
//	Settling     | ≥ 1      |       | on the move, for no longer than settle-max
//	Single       | 1        |       |
//	NodeFragile  | ≥ 2      | ≥ 1   | all ready ones on one node
//	ZoneFragile  | ≥ 2      | ≥ 1   | all in one known zone, another has eligible nodes
//	Uneven       | ≥ 2      | ≥ 1   | a node or zone carries more than tolerated
//	Healthy      | ≥ 2      | ≥ 1   | otherwise
func verdictOf(w Workload, s spread, settle settling) Verdict {
	switch {
	case s.ready == 0 && !(settle.young && settle.active):
		return Unavailable
	case settle.active:
		return Settling
	case len(w.Replicas) == 1:
		return Single
	case s.onOneNode():
		return NodeFragile
	case s.inOneZone() && w.Eligible.elsewhere(s.worstZone.name):
		return ZoneFragile
	case s.worstNode.ready > toleratedOnNode(w, s), s.worstZone.ready > toleratedInZone(w, s):
		return Uneven
	default:
		return Healthy
	}
}

func toleratedOnNode(w Workload, s spread) int {
	return tolerated(w.Policy.MaxNodeLoss, s.ready, w.Eligible.Nodes(), s.worstNode.ready)
}

func toleratedInZone(w Workload, s spread) int {
	return tolerated(w.Policy.MaxZoneLoss, s.ready, len(w.Eligible.ByZone), s.worstZone.ready)
}

// began is the latest time at which the cluster says that something about the
// replicas changed. A removal leaves no trace in the cluster and so is not
// among them: the same state has the same beginning after a restart.
func began(w Workload) time.Time {
	var at time.Time
	for _, r := range w.Replicas {
		at = latest(at, r.Created)
		at = latest(at, r.Placed)
		at = latest(at, r.Changed)
	}
	if at.After(w.Now) {
		return w.Now
	}
	return at
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
