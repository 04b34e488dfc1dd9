package controller

import (
	"slices"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestAPanicIsRetriedAndHarmsNoOtherApp(t *testing.T) {
	inWorld(t, shop(), func(w *world) {
		w.teller.panics = map[string]int{"web": 1}
		w.change(pod("web", "web-1", "a", unready), pod("db", "db-1", "a", unready))
		w.rest()
		if n := w.meter.count("panic"); n != 1 {
			t.Errorf("%d panics are counted, want 1", n)
		}
		w.expectVerdict("web", placement.NodeFragile)
		w.expectVerdict("db", placement.NodeFragile)
		w.change(pod("web", "web-2", "b", unready), pod("db", "db-2", "b", unready))
		w.rest()
		for _, app := range []string{"web", "db"} {
			if said := w.teller.verdicts(app); !slices.Contains(said, placement.Unavailable) {
				t.Errorf("of %s was told %v", app, said)
			}
		}
	})
}

func TestWhatAPanicInterruptedIsFinishedByTheRetry(t *testing.T) {
	inWorld(t, shop(), func(w *world) {
		w.teller.panics = map[string]int{"new": 1}
		w.add(pod("new", "new-1", "a", saying(settle, "soon")))
		w.rest()
		w.expectComplaints("new: " + badTime)
	})
}

func TestTheTimeFromEventToVerdictIsThatOfTheEarliestOfThoseMerged(t *testing.T) {
	inWorld(t, shop(), func(w *world) {
		app := placement.AppKey{Namespace: "shop", App: "web"}
		w.controller.memory.arrived(time.Now(), app)
		w.pass(2 * time.Second)
		w.change(pod("web", "web-1", "a", unready))
		w.restNoTime()
		if got := w.meter.measured(); !slices.Equal(got, []time.Duration{2 * time.Second}) {
			t.Errorf("measured are %v", got)
		}
	})
}

func TestAnEventCountsFromWhenItsWatchDeliveredIt(t *testing.T) {
	ago := func(d time.Duration) func(uint64) time.Time {
		return func(uint64) time.Time { return time.Now().Add(-d) }
	}
	tests := map[string]struct {
		happens func(*world)
		want    time.Duration
	}{
		"a Pod that comes":   {func(w *world) { w.add(pod("web", "web-3", "c")) }, 3 * time.Second},
		"a Pod that changes": {func(w *world) { w.change(pod("web", "web-1", "a", unready)) }, 3 * time.Second},
		"a Pod that goes":    {func(w *world) { w.remove(pod("web", "web-1", "a")) }, 3 * time.Second},
		"a node that goes":   {func(w *world) { w.remove(node("a")) }, 5 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inWorld(t, shop(), func(w *world) {
				w.controller.podArrived, w.controller.nodeArrived = ago(3*time.Second), ago(5*time.Second)
				test.happens(w)
				w.restNoTime()
				got := w.meter.measured()
				if len(got) == 0 || slices.Max(got) != test.want || slices.Min(got) != test.want {
					t.Errorf("measured are %v, want %v", got, test.want)
				}
			})
		})
	}
}
