package controller

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// three is a workload of three on three nodes.
func three() []runtime.Object {
	return []runtime.Object{
		node("a"), node("b"), node("c"), namespace("shop"),
		pod("web", "web-1", "a"), pod("web", "web-2", "b"), pod("web", "web-3", "c"),
	}
}

// bornNow is for a Pod that has just been created and bound.
func bornNow(p *corev1.Pod) {
	now := metav1.Now()
	p.CreationTimestamp = now
	for i := range p.Status.Conditions {
		p.Status.Conditions[i].LastTransitionTime = now
	}
}

func TestAWorkloadThatMovesSettlesAndIsJudgedWithoutAnotherEvent(t *testing.T) {
	tests := map[string]struct {
		happens func(*world)
		then    placement.Verdict
	}{
		"a removal": {func(w *world) { w.remove(pod("web", "web-1", "a")) }, placement.Healthy},
		"an end":    {func(w *world) { w.change(pod("web", "web-1", "a", finished)) }, placement.Healthy},
		"a removal that makes it fragile": {
			func(w *world) { w.remove(pod("web", "web-1", "a"), pod("web", "web-2", "b")) }, placement.Single,
		},
		"one made again by the same name": {
			func(w *world) { w.change(pod("web", "web-1", "a", withUID("made again"))) }, placement.Healthy,
		},
		"one that goes over to another app": {
			func(w *world) { w.change(pod("web", "web-1", "a", moved("db"))) }, placement.Healthy,
		},
		"a replica that is new": {func(w *world) { w.add(pod("web", "web-4", "a", bornNow)) }, placement.Healthy},
		"a removal while the watch was lost": {
			func(w *world) {
				w.pods.DeleteDropWatch(pod("web", "web-1", "a"))
				w.pods.ResetWatch()
				for len(w.informers.Pods.GetIndexer().ListKeys()) == 3 {
					w.pass(100 * time.Millisecond)
				}
			}, placement.Healthy,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inWorld(t, three(), func(w *world) {
				w.expectVerdict("web", placement.Healthy)
				test.happens(w)
				w.restNoTime()
				w.expectVerdict("web", placement.Settling)
				w.pass(28 * time.Second)
				w.expectVerdict("web", placement.Settling)
				w.pass(3 * time.Second)
				w.expectVerdict("web", test.then)
			})
		})
	}
}

func TestAChangeOfReadinessAloneIsNoMove(t *testing.T) {
	inWorld(t, three(), func(w *world) {
		w.change(pod("web", "web-1", "a", unready), pod("web", "web-2", "b", unready))
		w.restNoTime()
		w.expectVerdict("web", placement.NodeFragile)
	})
}

func TestATerminatingPodKeepsItsWorkloadSettlingForSettleMaxAtTheLongest(t *testing.T) {
	inWorld(t, three(), func(w *world) {
		w.change(pod("web", "web-1", "a", terminating))
		w.restNoTime()
		w.expectVerdict("web", placement.Settling)
		w.pass(10*time.Minute - time.Second)
		w.expectVerdict("web", placement.Settling)
		w.pass(2 * time.Second)
		w.expectVerdict("web", placement.Healthy)
	})
}

func TestSettlingIsNoChangeOfVerdict(t *testing.T) {
	inWorld(t, three(), func(w *world) {
		w.remove(pod("web", "web-1", "a"))
		w.pass(time.Minute)
		w.rest()
		w.remove(pod("web", "web-2", "b"))
		w.pass(time.Minute)
		w.rest()
		want := []placement.Verdict{placement.Healthy, placement.Single}
		if got := w.teller.verdicts("web"); !slices.Equal(got, want) {
			t.Errorf("told were %v, want %v", got, want)
		}
	})
}

func TestThePolicySaysHowLongItTakesToSettle(t *testing.T) {
	inWorld(t, append(three(), namespace("bank")), func(w *world) {
		w.change(namespace("shop", settle, "2m"))
		w.remove(pod("web", "web-1", "a"))
		w.pass(118 * time.Second)
		w.rest()
		w.expectVerdict("web", placement.Settling)
		w.pass(2 * time.Second)
		w.rest()
		w.expectVerdict("web", placement.Healthy)
	})
}

func TestEachWorkloadOfAnAppIsJudgedInItsOwnTime(t *testing.T) {
	ofCache := func(p *corev1.Pod) {
		p.OwnerReferences[0].Kind, p.OwnerReferences[0].Name = "StatefulSet", "cache"
		saying(settle, "2m")(p)
	}
	cache := []runtime.Object{pod("web", "cache-0", "a", ofCache), pod("web", "cache-1", "b", ofCache)}
	inWorld(t, append(three(), cache...), func(w *world) {
		verdicts := func() (web, cache placement.Verdict) {
			for _, item := range w.report.App(placement.AppKey{Namespace: "shop", App: "web"}) {
				if item.ID.Name == "cache" {
					cache = item.Verdict
				} else {
					web = item.Verdict
				}
			}
			return web, cache
		}
		w.remove(pod("web", "web-1", "a"), cache[0])
		w.pass(31 * time.Second)
		if web, cache := verdicts(); web != placement.Healthy || cache != placement.Settling {
			t.Errorf("after 31 s they are %s and %s", web, cache)
		}
		w.pass(90 * time.Second)
		if web, cache := verdicts(); web != placement.Healthy || cache != placement.Single {
			t.Errorf("after 2 min they are %s and %s", web, cache)
		}
	})
}
