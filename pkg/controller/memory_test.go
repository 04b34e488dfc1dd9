package controller

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestNothingIsRememberedOfAppsThatAreGone(t *testing.T) {
	inWorld(t, []runtime.Object{node("a"), node("b"), namespace("shop")}, func(w *world) {
		var pods []runtime.Object
		for i := range 30 {
			app := fmt.Sprint("app-", i)
			pods = append(pods,
				pod(app, app+"-1", "a", saying(settle, "soon"), onlyOn("disk", app)),
				pod(app, app+"-2", "b", saying(settle, "soon"), onlyOn("disk", app)),
			)
		}
		w.add(pods...)
		w.rest()
		if n := w.controller.nodes.Classes(); n != 30 {
			t.Errorf("there are %d classes, want 30", n)
		}
		w.change(node("a", cordoned))
		w.remove(pods[0], pods[2])
		w.rest()
		w.remove(pods[1])
		w.remove(pods[3:]...)
		w.pass(time.Minute)
		w.rest()
		if n := w.controller.memory.len(); n != 0 {
			t.Errorf("%d apps are remembered", n)
		}
		if n := w.controller.nodes.Classes(); n != 0 {
			t.Errorf("%d classes are remembered", n)
		}
		if items := w.report.Items(); len(items) != 0 {
			t.Errorf("%d workloads are reported", len(items))
		}
	})
}

func TestOfAppsAtRestNothingIsRemembered(t *testing.T) {
	inWorld(t, shop(), func(w *world) {
		w.change(pod("web", "web-1", "a", unready))
		w.change(node("c", cordoned))
		w.rest()
		if n := w.controller.memory.len(); n != 0 {
			t.Errorf("%d apps are remembered", n)
		}
	})
}

func TestARemovalIsForgottenWhenItCanNotMatterAnyLonger(t *testing.T) {
	inWorld(t, three(), func(w *world) {
		w.remove(pod("web", "web-1", "a"))
		w.rest()
		if n := w.controller.memory.len(); n != 1 {
			t.Errorf("%d apps are remembered, want the one that lost a replica", n)
		}
		w.pass(time.Minute)
		w.rest()
		if n := w.controller.memory.len(); n != 0 {
			t.Errorf("%d apps are remembered after it has settled", n)
		}
	})
}

func TestAnEventThatComesDuringAReconcileIsKeptForTheNext(t *testing.T) {
	m, app := newMemory(), placement.AppKey{Namespace: "shop", App: "web"}
	first, second := past().Time, past().Add(time.Minute)
	m.arrived(first, app)
	if since, _ := m.take(app); !since.Equal(first) {
		t.Errorf("the first came at %v", since)
	}
	m.arrived(second, app)
	m.prune(app, nil, 0, second)
	if since, _ := m.take(app); !since.Equal(second) {
		t.Errorf("the second came at %v", since)
	}
	m.prune(app, nil, 0, second)
	if n := m.len(); n != 0 {
		t.Errorf("%d apps are remembered", n)
	}
}

func TestOfManyAppsThoseAreFirstThatDoNotWaitAlready(t *testing.T) {
	m := newMemory()
	app := func(name string) placement.AppKey { return placement.AppKey{Namespace: "shop", App: name} }
	m.arrived(past().Time, app("waits"))
	first := m.arrived(past().Time, app("new"), app("waits"), app("other"), app("new"))
	if !slices.Equal(first, []placement.AppKey{app("new"), app("other")}) {
		t.Errorf("first: %v", first)
	}
	m.take(app("waits"))
	if first := m.arrived(past().Time, app("waits")); len(first) != 1 {
		t.Error("one that was reconciled is taken to wait")
	}
}
