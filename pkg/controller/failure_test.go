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
