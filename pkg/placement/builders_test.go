package placement_test

import (
	"slices"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// noon is the moment of every assessment that does not choose its own.
func noon() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

func ago(d time.Duration) time.Time { return noon().Add(-d) }

// failer is a *testing.T, or a *rapid.T, which is no testing.TB.
type failer interface {
	Helper()
	Fatal(args ...any)
}

// assess judges a workload that has replicas.
func assess(t failer, w placement.Workload) placement.Assessment {
	t.Helper()
	a, ok := placement.Assess(w)
	if !ok {
		t.Fatal("Assess gives no verdict for a workload with replicas")
	}
	return a
}

type option func(*placement.Workload)

// workload builds a Deployment's workload without replicas, to which the
// options add.
func workload(options ...option) placement.Workload {
	w := placement.Workload{
		ID: placement.WorkloadID{
			AppKey: placement.AppKey{Namespace: "shop", App: "web"},
			Kind:   "ReplicaSet",
			Name:   "web",
		},
		Now:    noon(),
		Policy: placement.DefaultPolicy(),
		Template: placement.Template{
			Labels:        map[string]string{"app": "web"},
			RevisionLabel: "pod-template-hash",
		},
	}
	for _, o := range options {
		o(&w)
	}
	return w
}

func with(replicas ...placement.Replica) option {
	return func(w *placement.Workload) { w.Replicas = append(w.Replicas, replicas...) }
}

// ready is a replica that has stood on its node for an hour, settled.
func ready(node, zone string) placement.Replica {
	return placement.Replica{
		Node: node, Zone: zone, Ready: true, Revision: "one",
		Created: ago(time.Hour), Placed: ago(time.Hour), Changed: ago(time.Hour - 5*time.Second),
	}
}

func unready(node, zone string) placement.Replica {
	r := ready(node, zone)
	r.Ready = false
	return r
}

// onVirtual is a replica on a virtual node.
func onVirtual(node, zone string) placement.Replica {
	r := ready(node, zone)
	r.Virtual = true
	return r
}

// waiting is a replica of that age that no node has taken yet.
func waiting(age time.Duration) placement.Replica {
	return placement.Replica{Revision: "one", Created: ago(age)}
}

// aged gives a replica that came to its node that long ago.
func aged(r placement.Replica, age time.Duration) placement.Replica {
	r.Created, r.Placed, r.Changed = ago(age), ago(age), ago(age)
	return r
}

func revised(r placement.Replica, revision string) placement.Replica {
	r.Revision = revision
	return r
}

func several(n int, r placement.Replica) option {
	return with(slices.Repeat([]placement.Replica{r}, n)...)
}

// eligible takes a zone per eligible node; an empty one is no zone.
func eligible(zones ...string) option {
	return func(w *placement.Workload) { w.Eligible = eligibleIn(zones...) }
}

func eligibleIn(zones ...string) placement.Eligible {
	e := placement.Eligible{ByZone: map[string]int{}}
	for _, z := range zones {
		if z == "" {
			e.Zoneless++
			continue
		}
		e.ByZone[z]++
	}
	return e
}

func excluded(exclusions ...placement.Exclusion) option {
	return func(w *placement.Workload) { w.Eligible.Excluded = exclusions }
}

// tolerating takes percentages.
func tolerating(node, zone float64) option {
	return func(w *placement.Workload) {
		w.Policy.MaxNodeLoss, w.Policy.MaxZoneLoss = node/100, zone/100
	}
}

func settle(settle, most time.Duration) option {
	return func(w *placement.Workload) { w.Policy.Settle, w.Policy.SettleMax = settle, most }
}

func terminating(since ...time.Duration) option {
	return func(w *placement.Workload) {
		for _, d := range since {
			w.Terminating = append(w.Terminating, ago(d))
		}
	}
}

func removed(d time.Duration) option {
	return func(w *placement.Workload) { w.Removed = ago(d) }
}

func settlingFor(d time.Duration) option {
	return func(w *placement.Workload) { w.SettlingSince = ago(d) }
}

func constrained(constraints ...placement.Constraint) option {
	return func(w *placement.Workload) { w.Template.Spread = constraints }
}

func labelled(labels map[string]string) option {
	return func(w *placement.Workload) { w.Template.Labels = labels }
}

func soft(key string) placement.Constraint { return placement.Constraint{TopologyKey: key} }

func hard(key string) placement.Constraint {
	return placement.Constraint{TopologyKey: key, Hard: true}
}
