package report_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

func TestItemsStandWorstFirst(t *testing.T) {
	worse := func(name string, v placement.Verdict, node, zone float64, replicas int) placement.Assessment {
		a := assessed(name, v)
		a.WorstNode.Share, a.WorstZone.Share, a.Replicas = node, zone, replicas
		return a
	}
	ordered := []placement.Assessment{
		worse("down", placement.Unavailable, 0, 0, 1),
		worse("fragile", placement.NodeFragile, 1, 0, 2),
		worse("zonal", placement.ZoneFragile, 0.5, 1, 2),
		worse("uneven-most", placement.Uneven, 0.8, 0.8, 2),
		worse("uneven-in-zone", placement.Uneven, 0.6, 0.9, 2),
		worse("uneven-large", placement.Uneven, 0.6, 0.8, 9),
		worse("uneven-a", placement.Uneven, 0.6, 0.8, 2),
		worse("uneven-b", placement.Uneven, 0.6, 0.8, 2),
		worse("moving", placement.Settling, 1, 1, 9),
		worse("single", placement.Single, 1, 1, 1),
		worse("well", placement.Healthy, 0.5, 0.5, 2),
	}
	var want []string
	r := report.New()
	for _, a := range slices.Backward(ordered) {
		r.Put(a.ID.AppKey, []placement.Assessment{a}, noon())
	}
	for _, a := range ordered {
		want = append(want, a.ID.String())
	}
	if got := names(r.Items()); !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestTheOrderIsTotal puts workloads in, in any order of their coming, that
// differ in their names alone or not even in what they are of.
func TestTheOrderIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, what) }
		var all []placement.Assessment
		seen := make(map[placement.WorkloadID]bool)
		for range rapid.IntRange(2, 8).Draw(t, "workloads") {
			a := assessed("", placement.Verdict(pick("verdict", "Healthy", "Uneven")))
			a.ID = placement.WorkloadID{
				AppKey: placement.AppKey{Namespace: pick("namespace", "a", "b"), App: pick("app", "a", "b")},
				Kind:   pick("kind", "A", "B"), Name: pick("name", "a", "b"),
			}
			if !seen[a.ID] {
				all, seen[a.ID] = append(all, a), true
			}
		}
		order := func(assessments []placement.Assessment) []string {
			byApp := make(map[placement.AppKey][]placement.Assessment)
			r := report.New()
			for _, a := range assessments {
				byApp[a.ID.AppKey] = append(byApp[a.ID.AppKey], a)
				r.Put(a.ID.AppKey, byApp[a.ID.AppKey], noon())
			}
			return names(r.Items())
		}
		if one, two := order(all), order(rapid.Permutation(all).Draw(t, "shuffled")); !slices.Equal(one, two) {
			t.Fatalf("%v and %v", one, two)
		}
	})
}
