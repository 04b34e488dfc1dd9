package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// eachRepairScene does so in a mode that may repair.
func eachRepairScene(t *testing.T, test func(*testing.T, scene)) {
	eachScene(t, func(t *testing.T, s scene) {
		s.mode = placement.Enforce
		test(t, s)
	})
}

func TestTheAppsToRepairCanBePlacedAndNoneSharesAKey(t *testing.T) {
	eachRepairScene(t, func(t *testing.T, s scene) {
		order, keys := crowdedNodes(s.apps()), make(map[key]bool)
		for _, a := range s.apps() {
			if keys[a.key()] {
				t.Errorf("%s is there twice", a.key())
			}
			keys[a.key()] = true
			total, last := 0, -1
			for _, part := range a.placed {
				at := slices.Index(order, part.node)
				if at <= last {
					t.Errorf("%s comes to %s before the share before it has been placed", a.key(), part.node)
				}
				total, last = total+part.replicas, at
			}
			if len(a.placed) > 0 && total != a.replicas {
				t.Errorf("%s has %d replicas and shares of %d", a.key(), a.replicas, total)
			}
		}
	})
}

func TestEachNamespaceButOneAsksForRepair(t *testing.T) {
	asking := make(map[string]bool)
	for _, name := range repairScene.asking() {
		asking[name] = true
	}
	if asking[unasked] {
		t.Errorf("%s asks", unasked)
	}
	for _, a := range repairScene.apps() {
		if a.namespace != unasked && !asking[a.namespace] {
			t.Errorf("%s does not ask", a.namespace)
		}
	}
}

func TestAnAppAtRiskIsMendedOrLeftAloneForAReason(t *testing.T) {
	mendable := make(map[key]bool)
	for _, a := range repairScene.mendable() {
		mendable[a.key()] = true
	}
	for _, a := range repairScene.apps() {
		switch left := a.left != "" && !a.bare; {
		case !a.holds.verdict.AtRisk() && (left || mendable[a.key()]):
			t.Errorf("%s is %s, and needs no repair", a.key(), a.holds.verdict)
		case a.holds.verdict.AtRisk() && left == mendable[a.key()]:
			t.Errorf("%s: mendable %t, left alone %t", a.key(), mendable[a.key()], left)
		}
	}
}

// TestEachAppIsMendedByOneMove has the operator's own planner plan for the apps
// as they are placed, and as they are crowded later.
func TestEachAppIsMendedByOneMove(t *testing.T) {
	eachRepairScene(t, func(t *testing.T, s scene) {
		for _, a := range s.mendable() {
			oneMove(t, s, a, a.placed)
		}
		for _, a := range s.toCrowd() {
			var shares []share
			for _, node := range a.again {
				shares = append(shares, share{node, a.replicas / len(a.again)})
			}
			oneMove(t, s, a, shares)
		}
	})
}

func oneMove(t *testing.T, s scene, a app, shares []share) {
	t.Helper()
	w, where := planningFor(s, a, shares)
	assessment, ok := placement.Assess(w)
	if !ok || assessment.Verdict != a.atRisk() {
		t.Errorf("%s on %v is %s, want %s", a.key(), shares, assessment.Verdict, a.atRisk())
		return
	}
	if p := placement.PlanMoves(w, assessment, where); len(p.Moves) != 1 || !p.Reaches {
		t.Errorf("%s on %v takes %d moves (%s), want one", a.key(), shares, len(p.Moves), p.Because)
	}
}

// planningFor is what the operator would plan with.
func planningFor(s scene, a app, shares []share) (placement.Workload, placement.Scene) {
	policy := placement.DefaultPolicy()
	w := placement.Workload{Now: noon, Policy: policy, Eligible: placement.Eligible{ByZone: make(map[string]int)}}
	var where placement.Scene
	zones := make(map[string]string)
	nodes := s.makeNodes()
	slices.SortFunc(nodes, func(a, b *v1.Node) int { return strings.Compare(a.Name, b.Name) })
	for _, node := range nodes {
		zones[node.Name] = node.Labels[v1.LabelTopologyZone]
		if a.pool != "" && node.Labels[poolLabel] != a.pool {
			continue
		}
		w.Eligible.ByZone[zones[node.Name]]++
		where.Spots = append(where.Spots, placement.Spot{Node: node.Name, Zone: zones[node.Name], Room: 100})
	}
	var all placement.Mask
	for i := range where.Spots {
		all.Add(i)
	}
	long := noon.Add(-time.Hour)
	for _, part := range shares {
		for range part.replicas {
			name := fmt.Sprintf("%s-%d", a.name, len(w.Replicas))
			w.Replicas = append(w.Replicas, placement.Replica{Node: part.node, Zone: zones[part.node], Ready: true, Created: long})
			where.Candidates = append(where.Candidates, placement.Candidate{UID: name, Name: name, Node: part.node, Zone: zones[part.node], Created: long, Admits: all})
		}
	}
	return w, where
}
