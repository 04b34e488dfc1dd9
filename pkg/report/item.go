package report

import (
	"cmp"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Item is what is known of one workload now.
type Item struct {
	placement.Assessment
	// Since is when the present verdict began: by the cluster's own times where
	// they tell, else when it was first seen. It replaces the Assessment's.
	Since time.Time
}

// Compare orders items by how much they matter, worst first: the worst verdict,
// then the greater loss, then the more replicas, then by name. No two workloads
// are equal.
func Compare(a, b Item) int {
	return cmp.Or(
		cmp.Compare(a.Verdict.Rank(), b.Verdict.Rank()),
		-cmp.Compare(a.WorstNode.Share, b.WorstNode.Share),
		-cmp.Compare(a.WorstZone.Share, b.WorstZone.Share),
		-cmp.Compare(a.Replicas, b.Replicas),
		compareID(a.ID, b.ID),
	)
}

func compareID(a, b placement.WorkloadID) int {
	return cmp.Or(
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.App, b.App),
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Name, b.Name),
	)
}

// Change is a change of a workload's verdict. Settling is no verdict to change
// to or from: a workload keeps the verdict that it had until it has settled.
type Change struct {
	Item Item
	// From is the verdict before; empty for a workload that is new.
	From placement.Verdict
	// before is since when that stood.
	before time.Time
}
