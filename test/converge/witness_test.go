package converge_test

import (
	"context"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
)

// witness sees every change of a namespace's Pods, in the order in which they
// came to pass, and remembers how few of each app were ready at any time and how
// many there have been.
type witness struct {
	mu   sync.Mutex
	apps map[string]*seen
}

// seen is what was seen of one app.
type seen struct {
	ready, ever map[types.UID]bool
	// least is the fewest that were ready at once, before how many there had been,
	// when it began to count.
	least, before int
}

// newWitness watches a namespace until the test ends.
func newWitness(t *testing.T, namespace string) *witness {
	t.Helper()
	w := &witness{apps: make(map[string]*seen)}
	factory := informers.NewSharedInformerFactoryWithOptions(suite.Client, 0, informers.WithNamespace(namespace))
	registered, err := factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(pod any) { w.see(pod, true) },
		UpdateFunc: func(_, pod any) { w.see(pod, true) },
		DeleteFunc: func(pod any) { w.see(pod, false) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(func() {
		stop()
		factory.Shutdown()
	})
	factory.StartWithContext(ctx)
	if !cache.WaitForCacheSync(ctx.Done(), registered.HasSynced) {
		t.Fatal("the Pods could not be watched")
	}
	return w
}

func (w *witness) see(object any, there bool) {
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	pod := object.(*corev1.Pod)
	w.mu.Lock()
	defer w.mu.Unlock()
	app := w.apps[pod.Labels["app"]]
	if app == nil {
		app = &seen{ready: make(map[types.UID]bool), ever: make(map[types.UID]bool)}
		w.apps[pod.Labels["app"]] = app
	}
	app.ever[pod.UID] = true
	if there && pod.DeletionTimestamp == nil && isReady(pod) {
		app.ready[pod.UID] = true
	} else {
		delete(app.ready, pod.UID)
	}
	app.least = min(app.least, len(app.ready))
}

func isReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// begin has it count from now on.
func (w *witness) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, app := range w.apps {
		app.least, app.before = len(app.ready), len(app.ever)
	}
}

// ready is how many Pods are ready, of all apps.
func (w *witness) ready() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, app := range w.apps {
		n += len(app.ready)
	}
	return n
}

// replaced is how many Pods have come for others, since it began.
func (w *witness) replaced() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, app := range w.apps {
		n += len(app.ever) - app.before
	}
	return n
}

// kept sees that no app was ever below what its budget keeps, which is all
// replicas but one.
func (w *witness) kept(t *testing.T, wanted map[string]int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, replicas := range wanted {
		app := w.apps[name]
		if app == nil {
			t.Errorf("no Pod of %s was seen", name)
			continue
		}
		if app.least < replicas-1 {
			t.Errorf("%s had %d of %d replicas ready at some time, less than its budget keeps", name, app.least, replicas)
		}
	}
}
