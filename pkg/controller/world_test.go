package controller

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	cachetest "k8s.io/client-go/tools/cache/testing"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
	"evenkeel.dev/evenkeel/pkg/report"
)

// world is a cluster, the informers that watch it and a controller that runs,
// in a bubble of virtual time.
type world struct {
	t                       *testing.T
	pods, nodes, namespaces *source
	informers               Informers
	controller              *Controller
	report                  *report.Report
	teller                  *teller
	meter                   *meter
	stop                    func()
	// ahead is how far the cluster's clock is.
	ahead time.Duration

	mu   sync.Mutex
	seen map[string]int
}

// source is a resource of the cluster.
type source struct {
	*cachetest.FakeControllerSource
	down atomic.Bool // whether lists fail
}

func newSource() *source { return &source{FakeControllerSource: cachetest.NewFakeControllerSource()} }

// list says that it can not stream a first list.
type list struct{ *cache.ListWatch }

func (list) IsWatchListSemanticsUnSupported() bool { return true }

func (s *source) informer(example runtime.Object, resync time.Duration) cache.SharedIndexInformer {
	return cache.NewSharedIndexInformerWithOptions(list{&cache.ListWatch{
		ListWithContextFunc: func(_ context.Context, o metav1.ListOptions) (runtime.Object, error) {
			if s.down.Load() {
				return nil, errors.New("no connection")
			}
			return s.List(o)
		},
		WatchFuncWithContext: func(_ context.Context, o metav1.ListOptions) (watch.Interface, error) { return s.Watch(o) },
	}}, example, cache.SharedIndexInformerOptions{ResyncPeriod: resync, Indexers: cache.Indexers{}})
}

func (i Informers) all() []cache.SharedIndexInformer {
	return []cache.SharedIndexInformer{i.Pods, i.Nodes, i.Namespaces}
}

// inWorld runs a test in a world of these objects, where the first verdicts
// have been given.
func inWorld(t *testing.T, objects []runtime.Object, test func(*world)) {
	t.Helper()
	inWorldThat(t, 0, objects, test)
}

// inWorldThat resyncs at times.
func inWorldThat(t *testing.T, resyncs time.Duration, objects []runtime.Object, test func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, resyncs)
		w.add(objects...)
		w.start()
		defer w.stop()
		test(w)
	})
}

func newWorld(t *testing.T, resyncs time.Duration) *world {
	t.Helper()
	w := &world{
		t: t, pods: newSource(), nodes: newSource(), namespaces: newSource(),
		report: report.New(), teller: &teller{}, meter: &meter{results: make(map[string]int)},
		seen: make(map[string]int),
	}
	w.informers = Informers{
		Pods:       w.pods.informer(&corev1.Pod{}, resyncs),
		Nodes:      w.nodes.informer(&corev1.Node{}, resyncs),
		Namespaces: w.namespaces.informer(&corev1.Namespace{}, resyncs),
	}
	for _, informer := range w.informers.all() {
		// client-go's own handler sleeps by a clock outside the bubble.
		if err := informer.SetWatchErrorHandlerWithContext(func(context.Context, *cache.Reflector, error) {}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.informers.Pods.SetTransform(podview.NewTransformer(podview.DefaultAppLabels()).Transform); err != nil {
		t.Fatal(err)
	}
	config := Config{
		Workers: 2, Policy: placement.DefaultPolicy(), Report: w.report, Teller: w.teller, Meter: w.meter,
		Now: func() time.Time { return time.Now().Add(w.ahead) },
	}
	c, err := New(config, w.informers)
	if err != nil {
		t.Fatal(err)
	}
	c.pool.ShutDown()
	c.pool = newPool(config, func(ctx context.Context, app placement.AppKey) (time.Duration, error) {
		w.note(app)
		return c.reconcile(ctx, app)
	})
	w.controller = c
	return w
}

// start starts everything, which stop ends, and waits for the first verdicts.
func (w *world) start() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w.startEach(ctx, ctx, func() {})
	wait := w.stop
	w.stop = func() { cancel(); wait() }
	w.rest()
	w.reconciled()
}

// startEach starts the informers and the controller, for which stop only waits.
func (w *world) startEach(informers, controller context.Context, synced func()) {
	w.t.Helper()
	var running sync.WaitGroup
	for _, informer := range w.informers.all() {
		running.Go(func() { informer.RunWithContext(informers) })
	}
	running.Go(func() {
		if err := w.controller.Run(controller, synced); err != nil {
			w.t.Error(err)
		}
	})
	w.stop = func() {
		running.Wait()
		w.shutDown()
	}
}

func (w *world) shutDown() {
	synctest.Wait() // for a list that was let go of: a source that was shut down would block it
	w.pods.Shutdown()
	w.nodes.Shutdown()
	w.namespaces.Shutdown()
}

// rest waits until all that follows from what happened has been done; a second
// goes by, in which spread work follows.
func (w *world) rest() {
	synctest.Wait()
	w.pass(time.Second)
}

// pass lets time pass, and waits for what follows.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// restNoTime waits for what follows at once.
func (w *world) restNoTime() { synctest.Wait() }

func (w *world) of(object runtime.Object) *source {
	switch object.(type) {
	case *corev1.Pod:
		return w.pods
	case *corev1.Node:
		return w.nodes
	default:
		return w.namespaces
	}
}

// add, change and remove are what happens in the cluster.
func (w *world) add(objects ...runtime.Object) {
	for _, o := range objects {
		w.of(o).Add(o.DeepCopyObject())
	}
}

func (w *world) change(objects ...runtime.Object) {
	for _, o := range objects {
		w.of(o).Modify(o.DeepCopyObject())
	}
}

func (w *world) remove(objects ...runtime.Object) {
	for _, o := range objects {
		w.of(o).Delete(o.DeepCopyObject())
	}
}

func (w *world) note(app placement.AppKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[app.String()]++
}

// reconciled gives the apps reconciled since it was last asked, sorted.
func (w *world) reconciled() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var apps []string
	for app := range w.seen {
		apps = append(apps, app)
	}
	clear(w.seen)
	slices.Sort(apps)
	return apps
}

// expectReconciled rests, and compares.
func (w *world) expectReconciled(want ...string) {
	w.t.Helper()
	w.rest()
	if got := w.reconciled(); !slices.Equal(got, want) {
		w.t.Errorf("reconciled are %v, want %v", got, want)
	}
}

func (w *world) verdict(app string) placement.Verdict {
	items := w.report.App(placement.AppKey{Namespace: "shop", App: app})
	if len(items) == 0 {
		return ""
	}
	return items[0].Verdict
}

func (w *world) expectVerdict(app string, want placement.Verdict) {
	w.t.Helper()
	if got := w.verdict(app); got != want {
		w.t.Errorf("at %s the verdict on %s is %q, want %q", time.Now().Format(time.TimeOnly), app, got, want)
	}
}
