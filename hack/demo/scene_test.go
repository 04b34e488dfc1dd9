package main

import (
	"fmt"
	"slices"
	"testing"

	v1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// eachScene runs a test on scenes of several sizes, the smallest included.
func eachScene(t *testing.T, test func(*testing.T, scene)) {
	for _, s := range []scene{{nodes: 4, zones: 2}, {nodes: 6, zones: 3}, {nodes: 7, zones: 2}, {nodes: 30, zones: 5}} {
		t.Run(s.String(), func(t *testing.T) { test(t, s) })
	}
}

func TestTheAppsHoldEveryVerdictBetweenThem(t *testing.T) {
	eachScene(t, func(t *testing.T, s scene) {
		held := make(map[want]bool)
		for _, a := range s.apps() {
			held[a.holds] = true
		}
		for _, v := range placement.Verdicts() {
			if !held[fixable(v)] && !held[fixed(v)] {
				t.Errorf("no app is %s", v)
			}
		}
		if !held[fixable(placement.NodeFragile)] || !held[fixed(placement.NodeFragile)] {
			t.Error("of the NodeFragile ones, want some fixable and some not")
		}
	})
}

func TestNoTwoWorkloadsShareAKeyAndTwoShareAnApp(t *testing.T) {
	keys, apps := make(map[key]bool), make(map[string]int)
	all := scene{nodes: 6, zones: 3}.apps()
	for _, a := range all {
		if keys[a.key()] {
			t.Errorf("%s is there twice", a.key())
		}
		keys[a.key()] = true
		apps[a.namespace+"/"+a.app]++
	}
	if len(apps) != len(all)-1 {
		t.Errorf("%d apps of %d workloads, want one fewer", len(apps), len(all))
	}
}

func TestTheSharesOfAPlacedAppAddUpAndAreReachedInOrder(t *testing.T) {
	eachScene(t, func(t *testing.T, s scene) {
		order := crowdedNodes(s.apps())
		for _, a := range s.apps() {
			total, last := 0, -1
			for _, part := range a.placed {
				total += part.replicas
				at := slices.Index(order, part.node)
				if at <= last {
					t.Errorf("%s comes to %s before the share before it has been placed", a.key(), part.node)
				}
				last = at
			}
			if len(a.placed) > 0 && total != a.replicas {
				t.Errorf("%s has %d replicas and shares of %d", a.key(), a.replicas, total)
			}
		}
	})
}

func TestTheNodesOfAPartAreThereAndInTheRightZones(t *testing.T) {
	eachScene(t, func(t *testing.T, s scene) {
		zones := make(map[string]string)
		pool := 0
		for _, node := range s.makeNodes() {
			zones[node.Name] = node.Labels[v1.LabelTopologyZone]
			if node.Labels[poolLabel] == searchPool {
				pool++
			}
		}
		first, second, twin, last := zones[s.first()], zones[s.second()], zones[s.twin()], zones[s.last()]
		if first == "" || second == "" || last == "" || first == second || twin != first || s.twin() == s.first() {
			t.Errorf("zones of first, second, twin, last: %q %q %q %q", first, second, twin, last)
		}
		if pool != 3 {
			t.Errorf("%d nodes in the pool, want 3", pool)
		}
	})
}

func TestEveryChangeMovesAWorkloadThatIsThereOrComesToAnEndByItself(t *testing.T) {
	eachScene(t, func(t *testing.T, s scene) {
		calm := s.undisturbed()
		for _, c := range s.changes() {
			if (c.undoes == "") != (c.undo == nil) || (c.undoes == "") != (len(c.moves) == 0) {
				t.Errorf("%q: what is to be undone moves something, and has a name", c.does)
			}
			for k, w := range c.moves {
				before, ok := calm[k]
				if !ok {
					t.Errorf("%q moves %s, which is not there", c.does, k)
				}
				if before == w {
					t.Errorf("%q leaves %s as it is", c.does, k)
				}
			}
		}
	})
}

func TestDifferencesSayWhatIsNotAsExpected(t *testing.T) {
	e := expectation{
		{"a", "as-expected"}: fixed(placement.Healthy),
		{"a", "other"}:       fixed(placement.Healthy),
		{"a", "unfixable"}:   fixable(placement.NodeFragile),
		{"a", "absent"}:      fixed(placement.Single),
	}
	items := []item{
		makeItem("a", "x", "Deployment", "as-expected", placement.Healthy),
		makeItem("a", "x", "Deployment", "other", placement.Uneven),
		makeItem("a", "x", "Deployment", "unfixable", placement.NodeFragile, func(i *item) { i.Because = "reasons" }),
		makeItem("a", "x", "Deployment", "uninvited", placement.Healthy),
	}
	want := []string{
		"a/absent is missing, want Single",
		"a/other is Uneven (4 of 4 ready), want Healthy",
		"a/unfixable is NodeFragile with fixable false (reasons), want true",
		"a/uninvited is Healthy and should not be there",
	}
	if got := e.differences(items); !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", fmt.Sprintf("%q", got), fmt.Sprintf("%q", want))
	}
}
