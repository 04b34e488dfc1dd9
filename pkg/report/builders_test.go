package report_test

import (
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func noon() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

func after(d time.Duration) time.Time { return noon().Add(d) }

func app(name string) placement.AppKey { return placement.AppKey{Namespace: "shop", App: name} }

func id(name string) placement.WorkloadID {
	return placement.WorkloadID{AppKey: app(name), Kind: "ReplicaSet", Name: name}
}

// assessed is the assessment of an app's one workload.
func assessed(name string, verdict placement.Verdict, options ...func(*placement.Assessment)) placement.Assessment {
	a := placement.Assessment{ID: id(name), Verdict: verdict}
	for _, o := range options {
		o(&a)
	}
	return a
}

// on puts ready replicas on a node.
func on(node, zone string, ready int) func(*placement.Assessment) {
	return func(a *placement.Assessment) {
		a.Nodes = append(a.Nodes, placement.Share{Node: node, Zone: zone, Ready: ready})
		a.Ready += ready
		a.Replicas += ready
	}
}

// elsewhere puts ready replicas on a virtual node, which is no domain.
func elsewhere(ready int) func(*placement.Assessment) {
	return func(a *placement.Assessment) {
		a.Ready += ready
		a.Replicas += ready
	}
}

func since(t time.Time) func(*placement.Assessment) {
	return func(a *placement.Assessment) { a.Since = t }
}

func fixable(a *placement.Assessment) { a.Fixable = true }
