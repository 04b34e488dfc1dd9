package controller

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// wholeApp are two Pods of web on two nodes, and what is said of them.
func wholeApp() []runtime.Object {
	return []runtime.Object{node("a"), node("b"), namespace("shop"), pod("web", "web-1", "a"), pod("web", "web-2", "b")}
}

// TestAPodThatTerminatesForLongerThanTheSettleTimeLeavesASettlingWorkload: a
// StatefulSet makes its replacement only when it is gone, and between the two
// nothing in the store says that anything moves.
func TestAPodThatTerminatesForLongerThanTheSettleTimeLeavesASettlingWorkload(t *testing.T) {
	inWorld(t, append(wholeApp(), pod("web", "web-3", "a")), func(w *world) {
		w.change(pod("web", "web-2", "b", terminating))
		w.pass(2 * placement.DefaultPolicy().Settle)
		// The kubelet ends its phase, and then it goes.
		w.change(pod("web", "web-2", "b", terminating, finished))
		w.remove(pod("web", "web-2", "b", terminating, finished))
		w.restNoTime()
		w.expectVerdict("web", placement.Settling)
		w.add(pod("web", "web-2", "b", bornNow, withUID("another")))
		w.pass(2 * placement.DefaultPolicy().Settle)
		if said := w.teller.verdicts("web"); slices.Contains(said, placement.NodeFragile) {
			t.Errorf("told was %v, though it only moved", said)
		}
	})
}

func TestAWorkloadThatHasNoReplicaForAMomentKeepsItsHistory(t *testing.T) {
	inWorld(t, []runtime.Object{node("a"), namespace("shop"), pod("web", "web-1", "a", unready)}, func(w *world) {
		w.expectVerdict("web", placement.Unavailable)
		w.change(pod("web", "web-1", "a", unready, terminating))
		w.pass(2 * placement.DefaultPolicy().Settle)
		w.change(pod("web", "web-1", "a", unready, terminating, finished))
		w.remove(pod("web", "web-1", "a", unready, terminating, finished))
		w.restNoTime()
		if items := w.controller.report.Items(); len(items) != 0 {
			t.Errorf("without a replica it is reported as %+v", items)
		}
		w.pass(placement.DefaultPolicy().Settle / 2)
		w.add(pod("web", "web-2", "a", bornNow))
		w.pass(2 * placement.DefaultPolicy().Settle)
		if said := w.teller.verdicts("web"); !slices.Equal(said, []placement.Verdict{placement.Unavailable, placement.Single}) {
			t.Errorf("told was %v, want the recovery too", said)
		}
		change := w.teller.changes[len(w.teller.changes)-1]
		if change.From != placement.Unavailable {
			t.Errorf("it recovered from %q", change.From)
		}
	})
}

func TestAWorkloadThatStaysAwayIsForgotten(t *testing.T) {
	inWorld(t, wholeApp(), func(w *world) {
		w.remove(pod("web", "web-1", "a"), pod("web", "web-2", "b"))
		w.pass(2 * placement.DefaultPolicy().Settle)
		if apps := w.controller.report.Lingering(); len(apps) != 0 || w.controller.memory.len() != 0 {
			t.Errorf("remembered are %v and %d apps", apps, w.controller.memory.len())
		}
	})
}

func TestAWorkloadThatAnOperatorBeforeSawGoKeepsItsHistoryForTheSettleTime(t *testing.T) {
	inWorld(t, []runtime.Object{node("a"), namespace("shop")}, func(w *world) {
		web := placement.AppKey{Namespace: "shop", App: "web"}
		id := placement.WorkloadID{AppKey: web, Kind: "Deployment", Name: "web"}
		w.controller.report.Adopt([]report.Standing{{ID: id, Verdict: placement.Unavailable, Since: past().Time}})
		w.controller.TellAgain()
		w.pass(placement.DefaultPolicy().Settle / 2)
		w.add(pod("web", "web-1", "a", bornNow))
		w.pass(2 * placement.DefaultPolicy().Settle)
		if n := len(w.teller.changes); n != 1 || w.teller.changes[0].From != placement.Unavailable {
			t.Errorf("told was %+v, want the recovery", w.teller.changes)
		}
		w.controller.report.Adopt([]report.Standing{{ID: placement.WorkloadID{AppKey: placement.AppKey{Namespace: "shop", App: "gone"}, Kind: "Deployment", Name: "gone"}, Verdict: placement.Unavailable, Since: past().Time}})
		w.controller.TellAgain()
		w.pass(2 * placement.DefaultPolicy().Settle)
		if apps := w.controller.report.Lingering(); len(apps) > 0 || w.controller.memory.len() > 0 {
			t.Errorf("still remembered: %v, and %d apps", apps, w.controller.memory.len())
		}
	})
}

func TestTheReportIsWholeOnlyWhenEveryAppHasBeenReconciledOnce(t *testing.T) {
	told := 0
	f := newFirstPass(func() { told++ })
	web, db := placement.AppKey{Namespace: "shop", App: "web"}, placement.AppKey{Namespace: "shop", App: "db"}
	f.done(web)
	if f.over() {
		t.Error("over before it began")
	}
	f.begin([]placement.AppKey{web, db})
	f.done(web)
	if f.over() {
		t.Error("over with an app left")
	}
	f.done(db)
	f.done(web)
	if !f.over() || told != 1 {
		t.Errorf("over: %t, told of %d times, with none left", f.over(), told)
	}
}
