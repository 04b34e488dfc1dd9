package repair_test

import (
	"strings"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/test/harness"
)

func TestACrowdedDeploymentIsSpreadByOneEviction(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "c")
	crowded(t, w, "web", 2, 3)
	before := uids(w.Pods(t, "web"))
	o := operator(t, "enforce")
	says(t, o, w.Namespace, "web", "NodeFragile")
	w.Annotate(t, "evenkeel.dev/mode", "enforce")

	says(t, o, w.Namespace, "web", "Healthy")
	note := told(t, w.Namespace, "web", "Rebalanced")
	if !strings.Contains(note, w.Node(1)) {
		t.Errorf("told: %s", note)
	}
	told(t, w.Namespace, "web", "Rebalancing")
	stayed := 0
	for uid := range uids(w.Pods(t, "web")) {
		if before[uid] {
			stayed++
		}
	}
	if stayed != 1 {
		t.Errorf("%d of 2 Pods stayed, want one", stayed)
	}
}

func TestNobodyWhoHasNotAskedIsRepaired(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	crowded(t, w, "web", 2, 2)
	before := uids(w.Pods(t, "web"))
	o := operator(t, "enforce")
	says(t, o, w.Namespace, "web", "NodeFragile")
	harness.Always(t, 5*time.Second, func() error { return same(w.Pods(t, "web"), before) })
}

func TestAShadowPlansAndEvictsNothing(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	crowded(t, w, "web", 2, 2)
	before := uids(w.Pods(t, "web"))
	w.Annotate(t, "evenkeel.dev/mode", "enforce") // the flag is the ceiling
	o := operator(t, "shadow")
	item := planOf(t, o, w.Namespace, "web", func(p planned) error { return nil })
	if item.Mode != "shadow" {
		t.Errorf("its mode is %s", item.Mode)
	}
	harness.Always(t, 5*time.Second, func() error { return same(w.Pods(t, "web"), before) })
	if log := o.Log(); !strings.Contains(log, "Would evict a Pod") {
		t.Error("it does not say what it would have done")
	}
}

func TestWhatKeepsRepairFromAWorkloadIsSaidAndEndsWithIt(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	crowded(t, w, "web", 2, 2)
	unbudget(t, w, "web")
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	o := operator(t, "enforce")
	planOf(t, o, w.Namespace, "web", blockedBy("pdb-missing"))
	if note := told(t, w.Namespace, "web", "RepairBlocked"); !strings.Contains(note, "PodDisruptionBudget") {
		t.Errorf("told: %s", note)
	}
	budget(t, w, "web")
	says(t, o, w.Namespace, "web", "Healthy")
}

func TestTheOperatorsOwnNamespaceStopsRepairWithoutARestart(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	crowded(t, w, "web", 2, 2)
	own := &harness.World{Suite: suite, Namespace: "default"} // of the kubeconfig's context
	own.Annotate(t, "evenkeel.dev/mode", "observe")
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	before := uids(w.Pods(t, "web"))
	o := operator(t, "enforce")
	says(t, o, w.Namespace, "web", "NodeFragile")
	harness.Always(t, 5*time.Second, func() error { return same(w.Pods(t, "web"), before) })
	own.Annotate(t, "evenkeel.dev/mode", "enforce")
	says(t, o, w.Namespace, "web", "Healthy")
}
