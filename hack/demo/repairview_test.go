package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// makeRepairView is a view of an operator that repairs: of the apps as they are
// at first, one is on the move and the others are planned for, or not.
func makeRepairView() view {
	v := makeView()
	v.mode, v.evicted, v.picture = "enforce", 3, picture{at: noon}
	v.entries = append(v.entries, entry{
		noon, "shop/cart: Pod cart-9b66c6cd7-49lzh evicted from node-4 (100% lost with it)",
		"successor on node-5; NodeFragile -> Healthy in 2.4s", asExpected,
	})
	entries := map[string]planned{
		"checkout":     makePlanned(underWay("checkout-7db9c-x2x4k", "it is settling")),
		"query":        makePlanned(planning("query-1"), blockedBy("budget", "1 moves are under way")),
		"catalog-jobs": makePlanned(planning("catalog-jobs-1")),
		"invoices":     makePlanned(blockedBy("pdb-missing", "no PodDisruptionBudget covers it")),
		"ledger":       makePlanned(func(e *planned) { e.Because = "one eligible node only (5 outside its nodeSelector)" }),
	}
	var said []planned
	for _, a := range repairScene.apps() {
		v.picture.items = append(v.picture.items, makeItem(a.namespace, a.app, "Deployment", a.name, a.holds.verdict, func(i *item) {
			i.Fixable, i.WorstNode, i.WorstZone = a.holds.fixable, loss{"node-1", 1}, loss{"zone-a", 1}
		}))
		if e, ok := entries[a.name]; ok {
			e.Namespace, e.Workload.Name = a.namespace, a.name
			said = append(said, e)
		}
	}
	v.picture.plan = makePlan(said...)
	return v
}

func TestWhatRepairDoesIsOnTheScreen(t *testing.T) {
	for _, size := range []struct{ width, height int }{{80, 24}, {120, 30}} {
		t.Run(fmt.Sprintf("%d×%d", size.width, size.height), func(t *testing.T) {
			lines := makeRepairView().frame(size.width, size.height, colours{})
			golden(t, fmt.Sprintf("repair-%dx%d.txt", size.width, size.height), strings.Join(lines, "\n")+"\n")
		})
	}
}

func TestThereIsAlwaysRoomForWhatRepairDoes(t *testing.T) {
	for width := 70; width <= 200; width++ {
		lines := table(makeRepairView().picture, noon, width, colours{})
		if !strings.Contains(lines[0], " REPAIR") || !strings.Contains(lines[1], " moving: it is") {
			t.Errorf("at %d columns it is cut: %q, %q", width, lines[0], lines[1])
		}
		for _, text := range lines {
			if utf8.RuneCountInString(text) > width {
				t.Errorf("wider than %d: %q", width, text)
			}
		}
	}
}

func TestThatRepairIsSuspendedIsAboveTheTable(t *testing.T) {
	v := makeRepairView()
	v.picture.plan.suspended = "2 of 6 nodes are not ready"
	const want = "node-3 is not ready   repair: 3 moves in the plan, 3 Pods evicted, suspended: 2 of 6 nodes are not ready"
	if got := v.header(120, colours{})[2]; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnlyWhereItMayRepairIsTheOperatorToldSo(t *testing.T) {
	if flags := repairFlags(placement.Observe); flags != nil {
		t.Errorf("an observer gets %q", flags)
	}
	for _, mode := range []placement.Mode{placement.Shadow, placement.Enforce} {
		flags := repairFlags(mode)
		if i := slices.Index(flags, "--mode"); i != 0 || flags[1] != mode.String() {
			t.Errorf("%s gets %q", mode, flags)
		}
	}
}

func TestAnAppHasRolledOutWhenAllItsPodsAreNewAndReadyOnOpenNodes(t *testing.T) {
	a := app{namespace: probe.namespace, name: probe.name, replicas: 2}
	open := func(node string) bool { return node != "node-1" }
	for name, test := range map[string]struct {
		node string
		more func(w *world) error
		want bool
	}{
		"they are":             {"node-1", func(*world) error { return nil }, true},
		"one is elsewhere":     {"node-2", func(*world) error { return nil }, false},
		"an old one is there":  {"node-1", func(w *world) error { return w.pods.Add(makePod(probe, "old", "node-1")) }, false},
		"one is not yet ready": {"node-1", func(w *world) error { return w.pods.Update(makePod(probe, "a", "node-1", unready)) }, false},
		"the old one is going": {"node-1", func(w *world) error { return w.pods.Add(makePod(probe, "old", "node-1", deleted)) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := makeDirector().world
			for pod, node := range map[string]string{"a": "node-1", "b": test.node} {
				if err := w.pods.Add(makePod(probe, pod, node)); err != nil {
					t.Fatal(err)
				}
			}
			if err := test.more(w); err != nil {
				t.Fatal(err)
			}
			if got := rolledOut(a, w.podIDs(key{"no", "one"}), open)(w); got != test.want {
				t.Errorf("rolled out: %t, want %t", got, test.want)
			}
		})
	}
}
