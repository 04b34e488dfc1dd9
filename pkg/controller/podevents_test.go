package controller

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/podview"
)

// shop is a cluster of three nodes with the apps web and db.
func shop() []runtime.Object {
	return []runtime.Object{
		node("a"), node("b"), node("c"), namespace("shop"),
		pod("web", "web-1", "a"), pod("web", "web-2", "b"),
		pod("db", "db-1", "a"), pod("db", "db-2", "b"),
	}
}

func TestWhichAppsAPodsEventConcerns(t *testing.T) {
	tests := map[string]struct {
		happens func(*world)
		want    []string
	}{
		"a new Pod: its app":                      {func(w *world) { w.add(pod("web", "web-3", "c")) }, []string{"shop/web"}},
		"a new Pod of nobody's: none":             {func(w *world) { w.add(pod("web", "web-3", "c", ofDaemonSet)) }, nil},
		"a Pod no longer ready: its app":          {func(w *world) { w.change(pod("web", "web-1", "a", unready)) }, []string{"shop/web"}},
		"a Pod that fails: its app":               {func(w *world) { w.change(pod("web", "web-1", "a", finished)) }, []string{"shop/web"}},
		"a Pod that terminates: its app":          {func(w *world) { w.change(pod("web", "web-1", "a", terminating)) }, []string{"shop/web"}},
		"a Pod deleted: its app":                  {func(w *world) { w.remove(pod("web", "web-1", "a")) }, []string{"shop/web"}},
		"a change of no interest: none":           {func(w *world) { w.change(pod("web", "web-1", "a", restarted)) }, nil},
		"another app's label: both apps":          {func(w *world) { w.change(pod("web", "web-1", "a", moved("db"))) }, []string{"shop/db", "shop/web"}},
		"a label of no app yet: both apps":        {func(w *world) { w.change(pod("web", "web-1", "a", moved("new"))) }, []string{"shop/new", "shop/web"}},
		"taken up by a DaemonSet: its app before": {func(w *world) { w.change(pod("web", "web-1", "a", ofDaemonSet)) }, []string{"shop/web"}},
		"made again by the same name: its app": {
			func(w *world) {
				w.remove(pod("web", "web-1", "a"))
				w.add(pod("web", "web-1", "a", withUID("made again")))
			}, []string{"shop/web"},
		},
		"made again as another app's: both apps": {
			func(w *world) { w.change(pod("web", "web-1", "a", withUID("made again"), moved("db"))) }, []string{"shop/db", "shop/web"},
		},
		"deleted while the watch was lost: its app": {
			func(w *world) {
				w.pods.DeleteDropWatch(pod("web", "web-1", "a"))
				w.reconnect()
			}, []string{"shop/web"},
		},
		"nothing while the watch was lost: none": {(*world).reconnect, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inWorld(t, shop(), func(w *world) {
				test.happens(w)
				w.expectReconciled(test.want...)
			})
		})
	}
}

func restarted(p *corev1.Pod) {
	p.Status.PodIP = "10.0.0.9"
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "web", RestartCount: 3}}
}

func moved(app string) podOption {
	return func(p *corev1.Pod) { p.Labels["app"] = app }
}

// reconnect loses every watch, and waits until the lists have been made anew.
func (w *world) reconnect() {
	for _, s := range []*source{w.pods, w.nodes, w.namespaces} {
		s.ResetWatch()
	}
	w.pass(time.Minute)
}

// tombstone is a deletion that was noticed late, with a stale copy or none.
func tombstone(stale any) cache.DeletedObject[*podview.Pod] {
	unknown := cache.DeletedFinalStateUnknown{Key: "shop/web-1", Obj: stale}
	deleted := cache.DeletedObject[*podview.Pod]{FinalStateUnknown: &unknown}
	if pod, ok := stale.(*podview.Pod); ok {
		deleted.OptionalObj = pod
	}
	return deleted
}

func TestADeletionOfWhichNoCopyIsLeftHarmsNobody(t *testing.T) {
	inWorld(t, shop(), func(w *world) {
		w.controller.podHandler().OnDelete(tombstone(nil))
		w.expectReconciled()
		stale := w.informers.Pods.GetIndexer().List()[0]
		w.controller.podHandler().OnDelete(tombstone(stale))
		w.rest()
		if got := w.reconciled(); len(got) != 1 {
			t.Errorf("a stale copy makes for the reconciles %v", got)
		}
	})
}

func TestAResyncLooksAtEveryAppAndIsNoNews(t *testing.T) {
	inWorldThat(t, time.Hour, shop(), func(w *world) {
		before := len(w.meter.measured())
		w.pass(time.Hour)
		w.expectReconciled("shop/db", "shop/web")
		if n := len(w.meter.measured()) - before; n != 0 {
			t.Errorf("%d events are measured", n)
		}
		w.expectVerdict("web", "Healthy")
	})
}

func TestTheFirstListIsNoNewsAndWhatFollowsIs(t *testing.T) {
	inWorld(t, shop(), func(w *world) {
		if n := len(w.meter.measured()); n != 0 {
			t.Errorf("%d events are measured of the first list", n)
		}
		w.change(pod("web", "web-1", "a", unready))
		w.rest()
		if n := len(w.meter.measured()); n != 1 {
			t.Errorf("%d events are measured of one", n)
		}
	})
}
