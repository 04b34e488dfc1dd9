package placement

import "fmt"

// explain fills in why a workload is at risk and what would help.
func explain(a *Assessment, w Workload, s spread) {
	a.Fixable, a.Because = fixable(a.Verdict, w, s)
	a.Cause = cause(a.Verdict, w, s)
	a.Cure = cure(*a, w, s)
}

// cause says how the workload came into its state; empty where it is not at
// risk.
func cause(verdict Verdict, w Workload, s spread) string {
	switch verdict {
	case Unavailable:
		return unavailableCause(w)
	case NodeFragile, ZoneFragile, Uneven:
	default:
		return ""
	}
	if s.ready == 1 && len(w.Replicas) > 1 {
		return fmt.Sprintf("only 1 of its %d replicas is ready", len(w.Replicas))
	}
	soft, hard := constraintsOver(w.Template.Spread, topologyAtRisk(verdict, w, s))
	switch {
	case w.Eligible.Nodes() == 1:
		return "its Pods have no choice of nodes: one alone is eligible"
	case hard:
		return "drifted since scheduling: a hard constraint asks for better, but acts only when a Pod is scheduled"
	case soft:
		return "only a soft constraint, which the scheduler may ignore"
	default:
		return "no spread constraint over " + topologyAtRisk(verdict, w, s)
	}
}

func unavailableCause(w Workload) string {
	unscheduled := 0
	for _, r := range w.Replicas {
		if r.Node == "" {
			unscheduled++
		}
	}
	if unscheduled == len(w.Replicas) {
		return "no replica has been scheduled"
	}
	return "no replica is ready"
}

// topologyAtRisk is the topology key over which the workload stands badly.
func topologyAtRisk(verdict Verdict, w Workload, s spread) string {
	if verdict == ZoneFragile || (verdict == Uneven && s.worstNode.ready <= toleratedOnNode(w, s)) {
		return ZoneKey
	}
	return HostnameKey
}

// constraintsOver tells which kinds of constraint keep the workload's replicas
// apart over a topology key.
func constraintsOver(constraints []Constraint, key string) (soft, hard bool) {
	for _, c := range constraints {
		if c.TopologyKey != key {
			continue
		}
		soft = soft || !c.Hard
		hard = hard || c.Hard
	}
	return soft, hard
}
