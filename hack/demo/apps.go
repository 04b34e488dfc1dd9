package main

import "evenkeel.dev/evenkeel/pkg/placement"

// app is a workload of the demo, and the verdict that it holds when nothing
// disturbs it.
type app struct {
	namespace, app, name string
	// stateful makes it a StatefulSet; otherwise it is a Deployment.
	stateful bool
	replicas int
	// spread has the scheduler keep the replicas apart.
	spread bool
	// onePerZone lets no two replicas into one zone.
	onePerZone bool
	// node and pool confine it to a node, or to a pool of nodes.
	node, pool string
	// broken makes Pods that never get Ready.
	broken bool
	// recreate lets a rollout end all old Pods before it makes new ones.
	recreate bool
	// placed says where the Pods are put, by closing all other nodes for a
	// while, which is how crowding comes about in real clusters, too. Where it
	// is empty, the scheduler has its way.
	placed []share
	holds  want
	// bare leaves it without a PodDisruptionBudget, where the others have one.
	bare bool
	// again are the nodes that it is crowded on again and again, when it has been
	// spread; none where it is left as it is.
	again []string
	// left is how the plan's words for it begin while it is left alone; empty where
	// it never is.
	left string
}

// share is a part of an app's replicas.
type share struct {
	node     string
	replicas int
}

// want is what the operator should say of a workload.
type want struct {
	verdict placement.Verdict
	fixable bool
}

// fixable is a verdict that a different placement would improve.
func fixable(v placement.Verdict) want { return want{verdict: v, fixable: true} }

// fixed is one that would not be improved, or needs no improvement.
func fixed(v placement.Verdict) want { return want{verdict: v} }

// key names a workload.
type key struct{ namespace, name string }

func (k key) String() string { return k.namespace + "/" + k.name }

func (a app) key() key { return key{a.namespace, a.name} }

// The workloads that changes are made to.
var (
	payments  = key{"payments", "api"}
	frontend  = key{"shop", "frontend"}
	checkout  = key{"shop", "checkout"}
	catalog   = key{"shop", "catalog-api"}
	query     = key{"search", "query"}
	indexer   = key{"search", "indexer"}
	transcode = key{"media", "transcode"}
)

// spreadReplicas is enough to survive the loss of a node Healthy, in two zones
// as well as in many.
const spreadReplicas = 4

// apps returns the workloads of the demo.
func (s scene) apps() []app {
	if s.repairs() {
		return s.appsToRepair()
	}
	return s.appsToJudge()
}

// appsToJudge hold every verdict between them.
func (s scene) appsToJudge() []app {
	return []app{{
		// A bad release: it runs, and never answers.
		namespace: "media", app: "transcode", name: "transcode",
		replicas: 2, spread: true, broken: true, recreate: true,
		holds: fixed(placement.Unavailable),
	}, {
		// Crowded since the other nodes were closed; nothing keeps it there.
		namespace: "shop", app: "checkout", name: "checkout", replicas: 3,
		placed: []share{{s.first(), 3}},
		holds:  fixable(placement.NodeFragile),
	}, {
		// It asks for one node, and so has no other.
		namespace: "payments", app: "ledger", name: "ledger", stateful: true, replicas: 2,
		node:  s.second(),
		holds: fixed(placement.NodeFragile),
	}, {
		// Its pool has a node in another zone, which it does not use.
		namespace: "search", app: "query", name: "query", replicas: 4,
		pool:   searchPool,
		placed: []share{{s.first(), 2}, {s.twin(), 2}},
		holds:  fixable(placement.ZoneFragile),
	}, {
		// It shares an app label with the next one, and is judged apart.
		namespace: "shop", app: "catalog", name: "catalog-jobs", replicas: 4,
		placed: []share{{s.twin(), 3}, {s.second(), 1}},
		holds:  fixable(placement.Uneven),
	}, {
		namespace: "shop", app: "catalog", name: "catalog-api",
		replicas: spreadReplicas, spread: true,
		holds: fixed(placement.Healthy),
	}, {
		// One replica more than there are zones: the last one is not scheduled.
		namespace: "search", app: "indexer", name: "indexer",
		replicas: s.zones + 1, onePerZone: true,
		holds: fixed(placement.Settling),
	}, {
		namespace: "payments", app: "fraud", name: "fraud", replicas: 1,
		placed: []share{{s.second(), 1}},
		holds:  fixed(placement.Single),
	}, {
		namespace: "shop", app: "frontend", name: "frontend", replicas: 6, spread: true,
		holds: fixed(placement.Healthy),
	}, {
		namespace: "payments", app: "api", name: "api",
		replicas: spreadReplicas, spread: true,
		holds: fixed(placement.Healthy),
	}, {
		namespace: "media", app: "previews", name: "previews",
		replicas: spreadReplicas, spread: true,
		holds: fixed(placement.Healthy),
	}}
}

// undisturbed is what the operator should say when no change is in force.
func (s scene) undisturbed() expectation {
	e := make(expectation)
	for _, a := range s.apps() {
		e[a.key()] = a.holds
	}
	return e
}
