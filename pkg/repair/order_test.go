package repair

import (
	"slices"
	"testing"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestRepairBeginsWithTheWorstVerdictThenTheGreaterLossThenTheMoreReplicas(t *testing.T) {
	at := func(name string, v placement.Verdict, node, zone float64, replicas int) placement.Assessment {
		return placement.Assessment{
			ID: named(name), Verdict: v, Replicas: replicas,
			WorstNode: placement.Loss{Share: node}, WorstZone: placement.Loss{Share: zone},
		}
	}
	want := []placement.Assessment{
		at("fragile", placement.NodeFragile, 1, 1, 2),
		at("many", placement.Uneven, 0.75, 1, 8),
		at("few-a", placement.Uneven, 0.75, 1, 4),
		at("few-b", placement.Uneven, 0.75, 1, 4),
		at("zone", placement.Uneven, 0.75, 0.75, 9),
		at("node", placement.Uneven, 0.6, 1, 9),
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b placement.Assessment) int { return orderOf(a).compare(orderOf(b)) })
	for i := range want {
		if got[i].ID != want[i].ID {
			t.Errorf("the %d. is %s, want %s", i+1, got[i].ID.Name, want[i].ID.Name)
		}
	}
}
