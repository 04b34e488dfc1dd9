package controller

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/cluster"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
	"evenkeel.dev/evenkeel/pkg/report"
)

// rig is a controller whose queue and workers run, on stores that the test
// fills by hand: what an informer does between the API server and the handlers,
// without either. It lives in a bubble of virtual time.
type rig struct {
	*Controller
	t         testing.TB
	transform cache.TransformFunc
	meter     *meter
	stop      func()
}

// smaller is the transform of all three stores, as the operator has it.
func smaller() cache.TransformFunc {
	return cluster.Transforms{Pod: podview.NewTransformer(podview.DefaultAppLabels()).Transform}.Func()
}

// newRig makes one with these objects in its stores from the start.
func newRig(t testing.TB, transform cache.TransformFunc, objects ...runtime.Object) *rig {
	t.Helper()
	informer := func() cache.SharedIndexInformer {
		return cache.NewSharedIndexInformerWithOptions(&cache.ListWatch{}, nil, cache.SharedIndexInformerOptions{Indexers: cache.Indexers{}})
	}
	m := &meter{results: make(map[string]int)}
	config := Config{Workers: 2, Policy: placement.DefaultPolicy(), Report: report.New(), Teller: &teller{}, Meter: m}
	c, err := New(config, Informers{Pods: informer(), Nodes: informer(), Namespaces: informer()})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Controller: c, t: t, transform: transform, meter: m}
	for _, o := range objects {
		r.set(o, true)
	}
	c.first.begin(c.pods.Apps())
	ctx, cancel := context.WithCancel(klog.NewContext(context.Background(), logr.Discard()))
	var running sync.WaitGroup
	running.Go(func() { c.pool.Run(ctx) })
	r.stop = func() { cancel(); running.Wait() }
	return r
}

// put adds or changes an object.
func (r *rig) put(object runtime.Object) { r.set(object, false) }

func (r *rig) set(object runtime.Object, initial bool) {
	r.t.Helper()
	kept := r.kept(object)
	store := r.storeOf(kept)
	old, known, err := store.Get(kept)
	if err == nil {
		err = store.Update(kept)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	switch o := kept.(type) {
	case *podview.Pod:
		tell(r.podHandler(), old, known, o, initial)
	case *corev1.Node:
		tell(r.nodeHandler(), old, known, o, initial)
	case *corev1.Namespace:
		tell(r.namespaceHandler(), old, known, o, initial)
	}
}

// kept is what the transform makes of an object, twice, as of initial objects.
func (r *rig) kept(object runtime.Object) any {
	r.t.Helper()
	once, err := r.transform(object)
	if err != nil {
		r.t.Fatal(err)
	}
	twice, err := r.transform(once)
	if err != nil {
		r.t.Fatal(err)
	}
	return twice
}

func tell[T cache.Object](h cache.TypedResourceEventHandlerDetailedFuncs[T], old any, known bool, now T, initial bool) {
	if known {
		h.OnUpdate(old.(T), now)
		return
	}
	h.OnAdd(now, initial)
}

func (r *rig) storeOf(object any) cache.Store {
	switch object.(type) {
	case *podview.Pod, *corev1.Pod:
		return r.informers.Pods.GetStore()
	case *corev1.Node:
		return r.informers.Nodes.GetStore()
	default:
		return r.informers.Namespaces.GetStore()
	}
}

// remove removes an object, if it is there: seen to go, or found gone after a
// relist, which leaves a stale copy.
func (r *rig) remove(object runtime.Object, unseen bool) {
	r.t.Helper()
	store := r.storeOf(object)
	old, known, err := store.Get(object)
	if err != nil {
		r.t.Fatal(err)
	}
	if !known {
		return
	}
	if err := store.Delete(old); err != nil {
		r.t.Fatal(err)
	}
	switch o := old.(type) {
	case *podview.Pod:
		r.podHandler().OnDelete(deleted(o, unseen))
	case *corev1.Node:
		r.nodeHandler().OnDelete(deleted(o, unseen))
	case *corev1.Namespace:
		r.namespaceHandler().OnDelete(deleted(o, unseen))
	}
}

func deleted[T cache.Object](o T, unseen bool) cache.DeletedObject[T] {
	d := cache.DeletedObject[T]{OptionalObj: o}
	if unseen {
		d.FinalStateUnknown = &cache.DeletedFinalStateUnknown{Key: cache.NewObjectName(o.GetNamespace(), o.GetName()).String(), Obj: o}
	}
	return d
}

// resync replays the Pods, as an informer does.
func (r *rig) resync() {
	for _, o := range r.informers.Pods.GetStore().List() {
		p := o.(*podview.Pod)
		r.podHandler().OnUpdate(p, p)
	}
}

// clear removes everything.
func (r *rig) clear() {
	r.t.Helper()
	for _, informer := range []cache.SharedIndexInformer{r.informers.Pods, r.informers.Nodes, r.informers.Namespaces} {
		for _, o := range informer.GetStore().List() {
			r.remove(o.(runtime.Object), false)
		}
	}
}

// pass lets time pass, and waits for what follows.
func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// quiet is a time after which no verdict still waits for time to pass.
func quiet() time.Duration { return 2*placement.DefaultPolicy().SettleMax + time.Minute }

// isEmpty fails the test where anything is left of what was.
func (r *rig) isEmpty() {
	r.t.Helper()
	left := map[string]int{
		"Pods":                  r.pods.Len(),
		"nodes":                 len(r.nodes.Nodes()),
		"scheduling classes":    r.nodes.Classes(),
		"apps in the memory":    r.memory.len(),
		"items in the report":   len(r.report.Items()),
		"apps that linger":      len(r.report.Lingering()),
		"tallies":               len(r.report.Tallies()),
		"nodes in the report":   len(r.report.NodesLost()),
		"zones in the report":   len(r.report.ZonesLost()),
		"exposures":             len(r.report.Risks(time.Now())),
		"apps in the queue":     r.pool.Depth(),
		"apps of the beginning": len(r.first.left),
	}
	for index, n := range r.pods.Sizes() {
		left["values of the index "+index] = n
	}
	for what, n := range left {
		if n != 0 {
			r.t.Errorf("%d %s are left", n, what)
		}
	}
}

// judgements are the report's items without their times, which tell how the
// state came about and not what it is.
func (r *rig) judgements() []report.Item {
	items := r.report.Items()
	for i := range items {
		items[i].Since, items[i].Assessment.Since = time.Time{}, time.Time{}
		items[i].SettlingSince, items[i].Recheck = time.Time{}, time.Time{}
	}
	slices.SortFunc(items, report.Compare)
	return items
}
