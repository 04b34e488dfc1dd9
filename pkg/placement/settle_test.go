package placement_test

import (
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// fragile is settled and NodeFragile, so that whatever makes it Settling shows.
func fragile() option { return several(2, ready("a", "1")) }

func TestSettlingHasItsReasonsAndItsEnd(t *testing.T) {
	const (
		second    = time.Second
		settleMax = 10 * time.Minute
	)
	never := time.Time{}
	tests := map[string]struct {
		workload placement.Workload
		verdict  placement.Verdict
		// since and recheck are those of the settling.
		since, recheck time.Time
	}{
		"nothing moves": {
			workload(fragile()),
			placement.NodeFragile, never, never},

		// revisions
		"two revisions settle from the second one's first replica on": {
			workload(fragile(), with(
				revised(aged(ready("b", "1"), 5*time.Minute), "two"),
				revised(aged(ready("c", "1"), 4*time.Minute), "two"))),
			placement.Settling, ago(5 * time.Minute), ago(5 * time.Minute).Add(settleMax)},
		"three revisions settle from the second one on, whichever order they stand in": {
			workload(with(
				revised(aged(ready("b", "1"), 3*time.Minute), "three"),
				revised(aged(ready("b", "1"), 5*time.Minute), "two")), fragile()),
			placement.Settling, ago(5 * time.Minute), ago(5 * time.Minute).Add(settleMax)},
		"a replica that is not ready is a revision too": {
			workload(fragile(), with(revised(aged(unready("b", "1"), time.Minute), "two"))),
			placement.Settling, ago(time.Minute), ago(time.Minute).Add(settleMax)},
		"two revisions of unknown times settle from now on": {
			workload(with(placement.Replica{Node: "a", Ready: true, Revision: "one"}, placement.Replica{Node: "a", Ready: true, Revision: "two"})),
			placement.Settling, noon(), noon().Add(settleMax)},
		"two revisions settle for a moment less than settle-max": {
			workload(fragile(), with(revised(aged(unready("b", "1"), settleMax-second), "two"))),
			placement.Settling, ago(settleMax - second), noon().Add(second)},
		"a rollout stuck for settle-max is judged": {
			workload(fragile(), with(revised(aged(unready("b", "1"), settleMax), "two"))),
			placement.NodeFragile, ago(settleMax), never},

		// unscheduled
		"a replica without a node settles from its creation on": {
			workload(fragile(), with(waiting(time.Minute), waiting(2*time.Minute), waiting(second))),
			placement.Settling, ago(2 * time.Minute), ago(2 * time.Minute).Add(settleMax)},
		"a replica without a node, its creation unknown, settles from now on": {
			workload(fragile(), with(placement.Replica{Revision: "one"})),
			placement.Settling, noon(), noon().Add(settleMax)},
		"a replica that is never scheduled is judged after settle-max": {
			workload(fragile(), with(waiting(settleMax))),
			placement.NodeFragile, ago(settleMax), never},

		// terminating
		"a terminating Pod settles from the first deletion on": {
			workload(fragile(), terminating(second, 3*time.Minute, time.Minute)),
			placement.Settling, ago(3 * time.Minute), ago(3 * time.Minute).Add(settleMax)},
		"a terminating Pod, its deletion unknown, settles from now on": {
			workload(fragile(), func(w *placement.Workload) { w.Terminating = []time.Time{{}} }),
			placement.Settling, noon(), noon().Add(settleMax)},
		"a Pod that is forever terminating is judged after settle-max": {
			workload(fragile(), terminating(settleMax)),
			placement.NodeFragile, ago(settleMax), never},

		// recent placement
		"a placement just under the settle time ago settles for the rest of it": {
			workload(fragile(), with(aged(ready("a", "1"), 29*second))),
			placement.Settling, ago(29 * second), noon().Add(second)},
		"a placement exactly the settle time ago is judged": {
			workload(fragile(), with(aged(ready("a", "1"), 30*second))),
			placement.NodeFragile, never, never},
		"several placements settle from the first until the last has": {
			workload(fragile(), with(aged(ready("a", "1"), 20*second), aged(ready("a", "1"), 5*second), aged(ready("a", "1"), 10*second))),
			placement.Settling, ago(20 * second), ago(5 * second).Add(30 * second)},
		"it is the binding that counts, not the creation": {
			workload(fragile(), with(func() placement.Replica {
				r := ready("a", "1")
				r.Placed = ago(10 * second)
				return r
			}())),
			placement.Settling, ago(10 * second), noon().Add(20 * second)},
		"a binding of which the cluster says no time is as old as its replica": {
			workload(fragile(), with(unbound(aged(ready("a", "1"), 10*second)))),
			placement.Settling, ago(10 * second), noon().Add(20 * second)},
		"a readiness that changed is no placement that changed": {
			workload(fragile(), with(func() placement.Replica {
				r := ready("a", "1")
				r.Changed = ago(second)
				return r
			}())),
			placement.NodeFragile, never, never},
		"a placement in the future, by another clock, settles from now on": {
			workload(fragile(), with(aged(ready("a", "1"), -5*second))),
			placement.Settling, noon(), noon().Add(35 * second)},
		"a policy of its own says how long": {
			workload(fragile(), with(aged(ready("a", "1"), 90*second)), settle(2*time.Minute, settleMax)),
			placement.Settling, ago(90 * second), noon().Add(30 * second)},
		"a settle time of nothing never settles": {
			workload(fragile(), with(aged(ready("a", "1"), 0)), settle(0, settleMax)),
			placement.NodeFragile, never, never},

		// observed removal
		"an observed removal settles for the settle time": {
			workload(fragile(), removed(10*second)),
			placement.Settling, ago(10 * second), noon().Add(20 * second)},
		"an observed removal exactly the settle time ago is judged": {
			workload(fragile(), removed(30*second)),
			placement.NodeFragile, never, never},

		// several at once
		"of several reasons the first to begin counts, and the first to end is looked at": {
			workload(fragile(), terminating(5*time.Minute), with(waiting(time.Minute)), removed(25*second)),
			placement.Settling, ago(5 * time.Minute), noon().Add(5 * second)},
		"settle-max comes before the end of a reason": {
			workload(fragile(), terminating(settleMax-second), removed(0)),
			placement.Settling, ago(settleMax - second), noon().Add(second)},

		// carried over
		"what is carried over is what counts": {
			workload(fragile(), terminating(second), settlingFor(4*time.Minute)),
			placement.Settling, ago(4 * time.Minute), ago(4 * time.Minute).Add(settleMax)},
		"new reasons without a rest between them end after settle-max": {
			workload(fragile(), terminating(second), settlingFor(settleMax)),
			placement.NodeFragile, ago(settleMax), never},
		"after settle-max a reason that time ends is still looked at when it ends": {
			workload(fragile(), removed(10*second), settlingFor(time.Hour)),
			placement.NodeFragile, ago(time.Hour), noon().Add(20 * second)},
		"what is carried over is forgotten where nothing moves": {
			workload(fragile(), settlingFor(4*time.Minute)),
			placement.NodeFragile, never, never},
		"what is carried over from a clock that was ahead does not prolong it": {
			workload(fragile(), terminating(time.Minute), settlingFor(-time.Hour)),
			placement.Settling, ago(time.Minute), ago(time.Minute).Add(settleMax)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := assess(t, tt.workload)
			if a.Verdict != tt.verdict {
				t.Errorf("verdict is %s, want %s", a.Verdict, tt.verdict)
			}
			if !a.SettlingSince.Equal(tt.since) {
				t.Errorf("settles since %s, want %s", a.SettlingSince, tt.since)
			}
			if !a.Recheck.Equal(tt.recheck) {
				t.Errorf("to be looked at again at %s, want %s", a.Recheck, tt.recheck)
			}
			if a.Verdict == placement.Settling && !a.Since.Equal(a.SettlingSince) {
				t.Errorf("Settling since %s, but it entered that state at %s", a.Since, a.SettlingSince)
			}
		})
	}
}

func TestSettleMaxStartsAnewAfterTheReasonCeased(t *testing.T) {
	w := workload(fragile(), terminating(0))
	step := func(after time.Duration, stuck bool, want placement.Verdict) {
		t.Helper()
		w.Now = noon().Add(after)
		if !stuck {
			w.Terminating = nil
		} else if w.Terminating == nil {
			w.Terminating = []time.Time{w.Now}
		}
		a := assess(t, w)
		if a.Verdict != want {
			t.Errorf("after %s the verdict is %s, want %s", after, a.Verdict, want)
		}
		w.SettlingSince = a.SettlingSince
	}
	step(0, true, placement.Settling)
	step(9*time.Minute, true, placement.Settling)
	step(10*time.Minute, true, placement.NodeFragile)
	step(15*time.Minute, true, placement.NodeFragile)
	step(16*time.Minute, false, placement.NodeFragile)
	step(17*time.Minute, true, placement.Settling)
	step(26*time.Minute, true, placement.Settling)
	step(27*time.Minute, true, placement.NodeFragile)
}

func TestYouthEndsAtItsTime(t *testing.T) {
	w := workload(several(2, aged(unready("a", "1"), 10*time.Second)), with(aged(unready("b", "1"), 20*time.Second)))
	a := assess(t, w)
	if want := noon().Add(10 * time.Second); !a.Recheck.Equal(want) {
		t.Errorf("to be looked at again at %s, want when the eldest grows up: %s", a.Recheck, want)
	}
	w.Now, w.SettlingSince = a.Recheck, a.SettlingSince
	if a := assess(t, w); a.Verdict != placement.Unavailable {
		t.Errorf("verdict is %s then, want Unavailable", a.Verdict)
	}
}
