package repair

import "fmt"

// evictedAlready is what keeps a stale view from evicting a Pod twice.
func evictedAlready(c Case) No {
	if c.Ledger.asked(c.Victim.UID) {
		return no("its eviction has been asked for, and it is not seen gone yet")
	}
	return No{}
}

func systemCritical(c Case) No {
	if c.Pod.Critical {
		return no("its priority is system-critical")
	}
	return No{}
}

func optOut(c Case) No {
	if c.Pod.OptOut != "" {
		return no("its annotation " + c.Pod.OptOut + " asks to leave it where it is")
	}
	return No{}
}

// pdbMissing asks for a PodDisruptionBudget: without one nothing but this
// operator knows how many replicas may be missing.
func pdbMissing(c Case) No {
	if len(c.Budgets) == 0 && !c.Limits.WithoutBudget {
		return no("no PodDisruptionBudget covers it")
	}
	return No{}
}

// pdbTwo spares the server a question that it answers with an error 500.
func pdbTwo(c Case) No {
	if len(c.Budgets) > 1 {
		names := make([]string, len(c.Budgets))
		for i, b := range c.Budgets {
			names[i] = b.Name
		}
		return no("more than one PodDisruptionBudget covers it, which the eviction API refuses: " + list(names, 3))
	}
	return No{}
}

// pdbExhausted asks the cached budget before the server, less what this operator
// has used of it since.
func pdbExhausted(c Case) No {
	for _, b := range c.Budgets {
		switch used := c.Ledger.used(b); {
		case !b.Observed:
			return no(fmt.Sprintf("PodDisruptionBudget %s has not been taken in by its controller yet", b.Name))
		case b.Allowed <= 0:
			return no(fmt.Sprintf("PodDisruptionBudget %s allows no disruption now", b.Name))
		case b.Allowed <= used:
			return no(fmt.Sprintf("PodDisruptionBudget %s allows %d disruptions, which are taken", b.Name, b.Allowed))
		}
	}
	return No{}
}

// nodeLeaving leaves drains and scale-downs alone: what is on such a node will be
// moved anyway, and what comes to one would have to move again.
func nodeLeaving(c Case) No {
	if why := c.Look.Leaving[c.Victim.Node]; why != "" {
		return no(fmt.Sprintf("its node %s %s", c.Victim.Node, why))
	}
	last := ""
	for i := range c.Victim.Admits.All() {
		node := c.Look.Scene.Spots[i].Node
		if node == c.Victim.Node {
			continue
		}
		why := c.Look.Leaving[node]
		if why == "" {
			return No{}
		}
		last = node + " " + why
	}
	if last == "" {
		return No{}
	}
	return no("every other node that would take it is about to go: " + last)
}

// backingOff waits longer after each move in vain, unless the scheduler can not
// choose again what it chose then.
func backingOff(c Case) No {
	r := c.Record
	if !c.Now.Before(r.BackOffUntil) {
		return No{}
	}
	if len(r.Destinations) == 0 {
		return noUntil("its last move was in vain", r.BackOffUntil)
	}
	for i := range c.Victim.Admits.All() {
		for _, node := range r.Destinations {
			if c.Look.Scene.Spots[i].Node == node {
				return noUntil("its last move was in vain: the replacement came to "+node+", which would take the next one too", r.BackOffUntil)
			}
		}
	}
	return No{}
}
