package main

import "evenkeel.dev/evenkeel/pkg/placement"

// unasked is the namespace that does not ask for repair, as the others do.
const unasked = "media"

// appsToRepair are, or will be, crowded in every way that repair mends, in no more
// than one move each: the next move of the same app would have to wait for its
// cool-down. Some can't be repaired, or must not, each for another reason.
func (s scene) appsToRepair() []app {
	return []app{{
		namespace: "shop", app: "checkout", name: "checkout", replicas: 2,
		placed: []share{{s.first(), 2}}, again: []string{s.first()},
		holds: fixable(placement.NodeFragile),
	}, {
		// Its pool has a node in another zone, which it does not use.
		namespace: "search", app: "query", name: "query", replicas: 4,
		pool:   searchPool,
		placed: []share{{s.first(), 2}, {s.twin(), 2}}, again: []string{s.first(), s.twin()},
		holds: fixable(placement.ZoneFragile),
	}, {
		namespace: "shop", app: "catalog", name: "catalog-jobs", replicas: 4,
		placed: []share{{s.twin(), 3}, {s.second(), 1}},
		holds:  fixable(placement.Uneven),
	}, {
		namespace: "shop", app: "cart", name: "cart", replicas: 2,
		placed: []share{{s.twin(), 2}}, again: []string{s.twin()},
		holds: fixable(placement.NodeFragile),
	}, {
		// Without a budget nobody knows how many of its Pods may be away; it is
		// given one in the play.
		namespace: "payments", app: "invoices", name: "invoices", replicas: 2,
		placed: []share{{s.last(), 2}}, again: []string{s.last()}, bare: true,
		holds: fixable(placement.NodeFragile),
		left:  "blocked: pdb-missing",
	}, {
		// It asks for one node, and so has no other.
		namespace: "payments", app: "ledger", name: "ledger", stateful: true, replicas: 2,
		node:  s.second(),
		holds: fixed(placement.NodeFragile),
		left:  "left alone: one eligible node only",
	}, {
		namespace: unasked, app: "transcode", name: "transcode", replicas: 2,
		placed: []share{{s.first(), 2}},
		holds:  fixable(placement.NodeFragile),
		left:   "not asked for",
	}, {
		// Spread by the scheduler, and crowded when the others have been repaired.
		namespace: "search", app: "suggest", name: "suggest", replicas: 2,
		again: []string{s.second()},
		holds: fixed(placement.Healthy),
	}, {
		namespace: "payments", app: "api", name: "api", replicas: 2,
		again: []string{s.last()},
		holds: fixed(placement.Healthy),
	}, {
		namespace: "shop", app: "frontend", name: "frontend", replicas: 6, spread: true,
		holds: fixed(placement.Healthy),
	}}
}

// asking are the namespaces that ask for repair when the play begins.
func (s scene) asking() []string { return []string{"payments", "search", "shop"} }

// mendable are the apps that repair can mend, has been asked to, and may as soon
// as each has a PodDisruptionBudget.
func (s scene) mendable() []app {
	var apps []app
	for _, a := range s.appsToRepair() {
		if a.holds.fixable && a.namespace != unasked {
			apps = append(apps, a)
		}
	}
	return apps
}

// toCrowd are the apps that are crowded again and again.
func (s scene) toCrowd() []app {
	var apps []app
	for _, a := range s.appsToRepair() {
		if len(a.again) > 0 {
			apps = append(apps, a)
		}
	}
	return apps
}

// atRisk is the verdict from which repair delivers the app: the one that it has at
// first or, where it has none such, the one that it gets on a single node.
func (a app) atRisk() placement.Verdict {
	if a.holds.verdict.AtRisk() {
		return a.holds.verdict
	}
	return placement.NodeFragile
}

// bare picks the apps that have no PodDisruptionBudget from the beginning, or
// those that have.
func bare(apps []app, without bool) []app {
	var picked []app
	for _, a := range apps {
		if a.bare == without {
			picked = append(picked, a)
		}
	}
	return picked
}
