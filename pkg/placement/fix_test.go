package placement_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Every cluster of four nodes, each in a zone or in none and eligible or not,
// with every placement of up to four replicas, ready or not, under several
// policies. Clusters of fewer nodes are among them, as those in which a node is
// neither eligible nor used.
func TestInEverySmallWorldTheVerdictIsTheTablesAndFixableIsWhatTryingFinds(t *testing.T) {
	const nodes, replicas = 4, 4
	var options []standing
	for i := range nodes {
		options = append(options, standing{i, true}, standing{i, false})
	}
	var placements [][]standing
	for n := 1; n <= replicas; n++ {
		placements = append(placements, choices(n, options)...)
	}

	var tried, atRisk, fixable atomic.Int64
	t.Run("zones", func(t *testing.T) {
		for _, zones := range zonings(nodes) {
			t.Run(strings.Join(zones, "_"), func(t *testing.T) {
				t.Parallel()
				tally := tryAll(t, zones, placements)
				tried.Add(int64(tally.tried))
				atRisk.Add(int64(tally.atRisk))
				fixable.Add(int64(tally.fixable))
			})
		}
	})
	if t.Failed() {
		return
	}
	t.Logf("tried %d placements, %d of them at risk, %d fixable", tried.Load(), atRisk.Load(), fixable.Load())
	// 52 zonings of four nodes, 16 sets of eligible ones, 494 placements, 4 policies.
	if want := int64(52 * 16 * 494 * 4); tried.Load() != want {
		t.Errorf("tried %d placements, want %d", tried.Load(), want)
	}
	if atRisk.Load() < 100_000 || fixable.Load() < 50_000 || atRisk.Load()-fixable.Load() < 10_000 {
		t.Error("too few of them are at risk, fixable or not, for the test to mean something")
	}
}

// zonings gives every zone labelling of so many nodes. Zones differ by name
// alone, so that of the labellings that a renaming makes equal there is one.
func zonings(nodes int) [][]string {
	if nodes == 0 {
		return [][]string{nil}
	}
	var all [][]string
	for _, before := range zonings(nodes - 1) {
		highest := 0
		for _, zone := range before {
			highest = max(highest, len(zone))
		}
		for length := range highest + 2 { // 0 is no zone, the last a new one
			all = append(all, append(before[:len(before):len(before)], strings.Repeat("z", length)))
		}
	}
	return all
}

type tally struct{ tried, atRisk, fixable int }

// tryAll tries every set of eligible nodes under every policy.
func tryAll(t *testing.T, zones []string, placements [][]standing) tally {
	var total tally
	for subset := range 1 << len(zones) {
		for _, policy := range [][2]int{{50, 100}, {34, 67}, {100, 100}, {25, 50}} {
			c := world{maxNode: policy[0], maxZone: policy[1]}
			for i, zone := range zones {
				c.nodes = append(c.nodes, worldNode{zone: zone, eligible: subset>>i&1 == 1})
			}
			total = c.try(t, placements, total)
			if t.Failed() {
				return total
			}
		}
	}
	return total
}

func (c world) try(t *testing.T, placements [][]standing, total tally) tally {
	alternatives := make(map[int][]placement.Assessment)
	w := c.workload(nil)
	for _, standings := range placements {
		w.Replicas = w.Replicas[:0]
		for _, s := range standings {
			w.Replicas = append(w.Replicas, c.replica(s))
		}
		a := assess(t, w)
		if _, ok := alternatives[a.Ready]; !ok {
			alternatives[a.Ready] = c.alternatives(t, a.Ready)
		}
		if err := c.compare(standings, a, alternatives[a.Ready]); err != nil {
			t.Error(err)
		}
		total.tried++
		if a.Verdict.AtRisk() && a.Ready > 1 {
			total.atRisk++
		}
		if a.Fixable {
			total.fixable++
		}
	}
	return total
}

// compare holds an assessment against the table and against what trying found.
func (c world) compare(standings []standing, a placement.Assessment, alternatives []placement.Assessment) error {
	if want := c.judged(standings); a.Verdict != want {
		return fmt.Errorf("verdict is %s, want %s of %v with\n%s", a.Verdict, want, standings, c)
	}
	if want := betterIsAmong(alternatives, a); a.Fixable != want {
		return fmt.Errorf("%s is fixable: %t (%s), but a better placement is found: %t, of %v with\n%s",
			a.Verdict, a.Fixable, a.Because, want, standings, c)
	}
	return nil
}

// Larger worlds are too many to try them all.
func TestInLargerWorldsTheVerdictIsTheTablesAndFixableIsWhatTryingFinds(t *testing.T) {
	percent := rapid.OneOf(rapid.IntRange(1, 100), rapid.SampledFrom([]int{25, 34, 50, 67, 100}))
	rapid.Check(t, func(t *rapid.T) {
		c := world{maxNode: percent.Draw(t, "max-node-loss"), maxZone: percent.Draw(t, "max-zone-loss")}
		for range rapid.IntRange(1, 6).Draw(t, "nodes") {
			c.nodes = append(c.nodes, worldNode{
				zone:     rapid.SampledFrom([]string{"", "1", "2", "3"}).Draw(t, "zone"),
				eligible: rapid.Bool().Draw(t, "eligible"),
			})
		}
		standings := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) standing {
			return standing{
				node:  rapid.IntRange(0, len(c.nodes)-1).Draw(t, "node"),
				ready: rapid.IntRange(0, 9).Draw(t, "not ready") != 0,
			}
		}), 1, 7).Draw(t, "standings")
		a := assess(t, c.workload(standings))
		if err := c.compare(standings, a, c.alternatives(t, a.Ready)); err != nil {
			t.Fatal(err)
		}
	})
}

// It takes worlds too large to try them all for a placement that can not be
// Healthy and yet can be better, in one of two ways and in no other.
func TestUnevenIsFixableWhereItStaysUnevenButBetter(t *testing.T) {
	tests := map[string]struct {
		zones   []string
		carried []int
	}{
		"less in the worst zone and no more on the worst node": {
			[]string{"1", "2", "3", "3", "3", "3", "3"}, []int{2, 1, 2, 2, 1, 1, 1}},
		"less on the worst node and no more in the worst zone": {
			[]string{"1", "2", "2", "2", "2", "3", "3", "3", "3"}, []int{1, 2, 1, 1, 0, 1, 1, 1, 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := world{maxNode: 10, maxZone: 10}
			var standings []standing
			for node, zone := range tt.zones {
				c.nodes = append(c.nodes, worldNode{zone: zone, eligible: true})
				for range tt.carried[node] {
					standings = append(standings, standing{node, true})
				}
			}
			a := assess(t, c.workload(standings))
			if a.Verdict != placement.Uneven || !a.Fixable {
				t.Errorf("%s, fixable %t, want Uneven and fixable", a.Verdict, a.Fixable)
			}
			if err := c.compare(standings, a, c.alternatives(t, len(standings))); err != nil {
				t.Error(err)
			}
		})
	}
}
