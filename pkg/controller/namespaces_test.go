package controller

import (
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Policy annotations, and what is said of malformed ones.
const (
	settle  = placement.SettleAnnotation
	maxLoss = placement.MaxNodeLossAnnotation
	badTime = `annotation evenkeel.dev/settle: "soon" is ignored: want a duration such as 30s or 2m`
	badLoss = `annotation evenkeel.dev/max-node-loss: "lots" is ignored: want a percentage such as 34%`
)

// twoNamespaces are shop, with the apps web and db, and bank with the app web.
func twoNamespaces(more ...runtime.Object) []runtime.Object {
	return append([]runtime.Object{
		node("a"), node("b"), namespace("bank"),
		pod("web", "web-1", "a"), pod("web", "web-2", "b"), pod("db", "db-1", "a"), pod("agent", "agent-1", "a", ofDaemonSet),
		pod("web", "web-1", "a", in("bank")), pod("web", "web-2", "b", in("bank")),
	}, more...)
}

func TestWhichAppsANamespacesChangeConcerns(t *testing.T) {
	all := []string{"shop/db", "shop/web"}
	tests := map[string]struct {
		before, after runtime.Object // nil for none
		want          []string
	}{
		"a policy: its apps":                    {namespace("shop"), namespace("shop", maxLoss, "34%"), all},
		"another policy: its apps":              {namespace("shop", maxLoss, "50%"), namespace("shop", maxLoss, "34%"), all},
		"the end of a policy: its apps":         {namespace("shop", maxLoss, "34%"), namespace("shop"), all},
		"another's annotation: none":            {namespace("shop"), namespace("shop", "example.com/a", "b"), nil},
		"a namespace that comes late: its apps": {nil, namespace("shop", maxLoss, "34%"), all},
		"a namespace that goes: none":           {namespace("shop"), nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var objects []runtime.Object
			if test.before != nil {
				objects = append(objects, test.before)
			}
			inWorld(t, twoNamespaces(objects...), func(w *world) {
				switch {
				case test.before == nil:
					w.add(test.after)
				case test.after == nil:
					w.remove(test.before)
				default:
					w.change(test.after)
				}
				w.expectReconciled(test.want...)
			})
		})
	}
}

func TestThePodsPolicyOverridesTheNamespacesWhichOverridesTheFlags(t *testing.T) {
	inWorld(t, []runtime.Object{
		node("a"), node("b"), node("c"), node("d"), namespace("shop"),
		pod("web", "web-1", "a"), pod("web", "web-2", "a"), pod("web", "web-3", "b"), pod("web", "web-4", "c"),
	}, func(w *world) {
		w.expectVerdict("web", placement.Healthy) // half on one node
		w.change(namespace("shop", maxLoss, "40%"))
		w.rest()
		w.expectVerdict("web", placement.Uneven)
		for i, on := range []string{"a", "a", "b", "c"} {
			w.change(pod("web", "web-"+string(rune('1'+i)), on, saying(maxLoss, "60%")))
		}
		w.rest()
		w.expectVerdict("web", placement.Healthy)
	})
}

func TestAMalformedAnnotationOfANamespaceIsToldOfOnceAndTheDefaultKept(t *testing.T) {
	inWorld(t, twoNamespaces(namespace("shop", settle, "soon")), func(w *world) {
		of := func(what string) string { return "shop (uid of shop): " + what }
		w.expectComplaints(of(badTime))
		w.expectVerdict("web", placement.Healthy)

		w.change(pod("web", "web-1", "a", unready), namespace("shop", settle, "soon", "example.com/a", "b"))
		w.reconnect()
		w.expectComplaints()

		w.change(namespace("shop", settle, "soon", maxLoss, "lots"))
		w.rest()
		w.expectComplaints(of(badLoss))

		w.change(namespace("shop", maxLoss, "lots"))
		w.rest()
		w.expectComplaints()

		w.change(namespace("shop", settle, "soon", maxLoss, "lots"))
		w.rest()
		w.expectComplaints(of(badTime))
	})
}

func TestANamespaceMadeAgainIsToldOfAgain(t *testing.T) {
	inWorld(t, twoNamespaces(namespace("shop", settle, "soon")), func(w *world) {
		w.teller.complaints()
		w.meter.invalids()
		again := namespace("shop", settle, "soon")
		again.UID = "made again"
		w.change(again)
		w.rest()
		w.expectComplaints("shop (made again): " + badTime)
	})
}

// expectComplaints compares what was told and counted since the last time.
func (w *world) expectComplaints(want ...string) {
	w.t.Helper()
	if got := w.teller.complaints(); !slices.Equal(got, want) {
		w.t.Errorf("told was %q, want %q", got, want)
	}
	if n := w.meter.invalids(); n != len(want) {
		w.t.Errorf("counted were %d, want %d", n, len(want))
	}
}

// expectCounted compares what was counted since the last time, and asks that
// this, at least, was told.
func (w *world) expectCounted(n int, told string) {
	w.t.Helper()
	if got := w.meter.invalids(); got != n {
		w.t.Errorf("counted were %d, want %d", got, n)
	}
	if said := w.teller.complaints(); !slices.Contains(said, told) {
		w.t.Errorf("told was %q, want %q", said, told)
	}
}

// It is left to the teller not to repeat itself: where another has led so far, it
// has said nothing yet.
func TestAMalformedAnnotationOfPodsIsCountedOnceAndTheDefaultKept(t *testing.T) {
	replicas := func(annotation, value string) []runtime.Object {
		return []runtime.Object{
			pod("web", "web-1", "a", saying(annotation, value)), pod("web", "web-2", "b", saying(annotation, value)),
		}
	}
	inWorld(t, append(replicas(settle, "soon"), node("a"), node("b"), namespace("shop", settle, "1m")), func(w *world) {
		w.expectCounted(1, "web: "+badTime)
		w.expectVerdict("web", placement.Healthy)

		w.change(pod("web", "web-1", "a", saying(settle, "soon"), unready))
		w.change(namespace("shop", settle, "2m"))
		w.change(node("a", cordoned))
		w.rest()
		w.expectCounted(0, "web: "+badTime)

		w.change(replicas(maxLoss, "lots")...)
		w.rest()
		w.expectCounted(1, "web: "+badLoss)

		w.change(replicas(settle, "20s")...)
		w.rest()
		w.teller.complaints()
		w.change(pod("web", "web-1", "a", saying(settle, "20s"), unready))
		w.rest()
		w.expectComplaints()

		w.change(replicas(settle, "soon")...)
		w.rest()
		w.expectCounted(1, "web: "+badTime)
	})
}

func TestMalformedValuesThatKeepChangingAreNotHeaped(t *testing.T) {
	inWorld(t, []runtime.Object{node("a"), namespace("shop")}, func(w *world) {
		w.add(pod("web", "web-1", "a"))
		for range 100 {
			w.change(pod("web", "web-1", "a", saying(settle, "at "+time.Now().String())))
			w.rest()
		}
		if n := w.meter.invalids(); n != 100 {
			t.Errorf("counted were %d, want 100", n)
		}
		w.controller.memory.mu.Lock()
		defer w.controller.memory.mu.Unlock()
		for app, memory := range w.controller.memory.apps {
			for id, told := range memory.complaints {
				if len(told) != 1 {
					t.Errorf("of %v, %v has %d complaints", app, id, len(told))
				}
			}
		}
	})
}

func TestANewListenerIsToldOfEveryMalformedAnnotationThatStandsAndNothingIsCountedTwice(t *testing.T) {
	inWorld(t, []runtime.Object{
		node("a"), namespace("shop", maxLoss, "lots"), pod("web", "web-1", "a", saying(settle, "soon")),
	}, func(w *world) {
		said := []string{"shop (uid of shop): " + badLoss, "web: " + badTime}
		w.meter.invalids()
		w.teller.complaints()
		w.controller.TellAgain()
		w.rest()
		if got := w.teller.complaints(); !slices.Equal(got, said) {
			t.Errorf("told was %q, want %q", got, said)
		}
		if n := w.meter.invalids(); n != 0 {
			t.Errorf("counted were %d once more", n)
		}
	})
}
