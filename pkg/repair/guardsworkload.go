package repair

import (
	"fmt"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func mode(c Case) No {
	if c.Look.Mode < placement.Shadow {
		return no(fmt.Sprintf("its mode is %s", c.Look.Mode))
	}
	return No{}
}

func notLeader(c Case) No {
	if !c.Leads {
		return noUntil("another replica of the operator may lead", c.Now.Add(recheck))
	}
	return No{}
}

func terminatingNamespace(c Case) No {
	if c.Look.Terminating {
		return no("its namespace is being deleted")
	}
	return No{}
}

// staleView bounds for how long a watch may have been broken unnoticed. In a
// cluster in which nothing changes bookmarks are seldom too: there it may be asked
// to wait for a heartbeat of a node.
func staleView(c Case) No {
	if c.Look.Stale > c.Limits.Stale {
		return no(fmt.Sprintf("nothing was heard of the API server for more than %s", c.Limits.Stale))
	}
	return No{}
}

// clusterUnwell stops all repair: where nodes die, the next to die is no time to
// take replicas away, and what looks crowded is about to change anyway.
func clusterUnwell(c Case) No {
	return noUntil(c.Look.Health.unwell(c.Limits.NotReady), c.Now.Add(recheck))
}

func (h Health) unwell(tolerated float64) string {
	switch {
	case float64(h.NotReady) > tolerated*float64(h.Nodes):
		return fmt.Sprintf("%d of %d nodes are not ready", h.NotReady, h.Nodes)
	case len(h.DeadZones) > 0:
		return "no node is ready in zone " + list(h.DeadZones, 3)
	default:
		return ""
	}
}

func settling(c Case) No {
	if c.Look.Assessment.Verdict == placement.Settling {
		return noUntil("it is settling", c.Look.Assessment.Recheck)
	}
	return No{}
}

// singleReplica never takes the last ready replica away, whatever a plan says.
func singleReplica(c Case) No {
	switch a := c.Look.Assessment; {
	case a.Replicas < 2:
		return no("it has one replica")
	case a.Ready < 2:
		return no(fmt.Sprintf("%d of its %d replicas are ready", a.Ready, a.Replicas))
	default:
		return No{}
	}
}

func givenUp(c Case) No {
	if g := c.Record.GivenUp; g != nil {
		return no(g.Reason + "; it is left alone until its nodes, its template or its policy change")
	}
	return No{}
}

// ownerBusy keeps two workloads apart that are one to their owner, as where its
// Pods bear different app labels.
func ownerBusy(c Case) No {
	if other, ok := c.Ledger.ownerBusy(string(c.Look.Owner.UID), c.Look.Workload.ID); ok {
		return no(fmt.Sprintf("a move of its owner's is under way, for %s", other))
	}
	return No{}
}

func coolDown(c Case) No {
	m := c.Record.Move
	if m == nil {
		return No{}
	}
	end := m.At.Add(c.Limits.backOff(c.Limits.CoolDown, 1+c.Record.Inconclusive))
	if !c.Now.Before(end) {
		return No{}
	}
	return noUntil(fmt.Sprintf("its last move was less than %s ago", end.Sub(m.At)), end)
}
