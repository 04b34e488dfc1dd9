// Package controller turns what the informers see into verdicts: handlers map
// events to apps, a queue merges them, and workers reconcile one app at a time.
package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/indexers"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
	"evenkeel.dev/evenkeel/pkg/report"
	"evenkeel.dev/evenkeel/pkg/snapshot"
	"evenkeel.dev/evenkeel/pkg/workers"
)

// Informers are the caches that the controller reads. The Pods' must have a
// transform that makes *podview.Pod; none may have been started yet.
type Informers struct {
	Pods       cache.SharedIndexInformer
	Nodes      cache.SharedIndexInformer
	Namespaces cache.SharedIndexInformer
}

// Teller is told what is worth an Event. Its methods must neither wait nor
// fail, and be safe for concurrent use.
type Teller interface {
	Changed(change report.Change)
	InvalidPolicyOf(workload placement.WorkloadID, invalid placement.Invalid)
	InvalidNamespacePolicy(namespace string, uid types.UID, invalid placement.Invalid)
}

// Meter counts what the controller does. Its methods must be safe for
// concurrent use.
type Meter interface {
	Reconciled(result string, took time.Duration)
	EventToVerdict(took time.Duration)
	InvalidPolicy()
}

// Config is what New needs.
type Config struct {
	// Workers is how many apps are reconciled at once, at least 1.
	Workers int
	Policy  placement.Policy
	Report  *report.Report
	Teller  Teller
	Meter   Meter
	// Now tells the time by the clock that the Pods' own times are of; nil for
	// this machine's.
	Now func() time.Time
	// PodArrived and NodeArrived tell when a watch delivered the object of a resource
	// version. They are asked once for each event that a watch may have brought, in
	// their order; nil for the moment at which the handler has it.
	PodArrived, NodeArrived func(version uint64) time.Time
	// Queue makes the queue's metrics; nil for none.
	Queue workqueue.MetricsProvider
	// Reconciled is told of the assessments of an app's workloads, right after the
	// report; those that are gone for a moment have no verdict. It must not wait, and
	// be safe for concurrent use. It may be nil.
	Reconciled func([]placement.Assessment)
	// Volumes and NamespaceLabels are for Look; either may be nil.
	Volumes         snapshot.Volumes
	NamespaceLabels func(namespace string) map[string]string
	// Judged is called once, when Judged turns true; it must not wait. It may be
	// nil.
	Judged func()
}

// Bounds that need no flag.
const (
	// QueueName is the name of the apps' queue in metrics.
	QueueName = "apps"
	// spreadOver is the time over which apps follow a change of their eligible
	// nodes, so that a node's change is no thundering herd.
	spreadOver = 500 * time.Millisecond
	drain      = 2 * time.Second
	// longestWait is when an app is looked at again at the latest. A Pod whose
	// times lie years ahead would wait in the queue for as long, and stay there
	// when it is gone: what waits can not be taken out.
	longestWait = time.Hour
)

// Controller keeps the report true. Its exported methods are safe for
// concurrent use.
type Controller struct {
	informers  Informers
	pods       indexers.Pods
	typedPods  cache.TypedSharedIndexInformer[*podview.Pod]
	typedNodes cache.TypedSharedIndexInformer[*corev1.Node]
	typedNS    cache.TypedSharedIndexInformer[*corev1.Namespace]

	nodes   *eligibility.Memo
	sources snapshot.Sources
	memory  *memory
	pool    *workers.Pool[placement.AppKey]
	report  *report.Report
	teller  Teller
	meter   Meter
	now     func() time.Time
	// arrived are Config's.
	podArrived, nodeArrived func(version uint64) time.Time

	done  func([]placement.Assessment)
	first *firstPass
}

// New adds the indices to the Pods' informer and makes a controller; nothing
// runs before Run.
func New(config Config, informers Informers) (*Controller, error) {
	typedPods := cache.NewTypedSharedIndexInformer[*podview.Pod](informers.Pods)
	pods, err := indexers.AddTo(typedPods)
	if err != nil {
		return nil, err
	}
	c := &Controller{
		informers:  informers,
		pods:       pods,
		typedPods:  typedPods,
		typedNodes: cache.NewTypedSharedIndexInformer[*corev1.Node](informers.Nodes),
		typedNS:    cache.NewTypedSharedIndexInformer[*corev1.Namespace](informers.Namespaces),
		nodes:      eligibility.NewMemo(),
		memory:     newMemory(),
		report:     config.Report,
		teller:     config.Teller,
		meter:      config.Meter,
		now:        config.Now,
		podArrived: config.PodArrived, nodeArrived: config.NodeArrived,
		done:  config.Reconciled,
		first: newFirstPass(config.Judged),
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.podArrived == nil {
		c.podArrived = rightNow
	}
	if c.nodeArrived == nil {
		c.nodeArrived = rightNow
	}
	if c.done == nil {
		c.done = func([]placement.Assessment) {}
	}
	c.sources = snapshot.Sources{
		Pods: pods, Nodes: c.nodes, NamespacePolicy: c.namespaceAnnotations, Policy: config.Policy,
		NamespaceLabels: config.NamespaceLabels, Volumes: config.Volumes,
	}
	c.pool = newPool(config, c.reconcile)
	return c, nil
}

func rightNow(uint64) time.Time { return time.Now() }

func newPool(config Config, work workers.Func[placement.AppKey]) *workers.Pool[placement.AppKey] {
	return workers.New(workers.Config{
		Name:      QueueName,
		Workers:   config.Workers,
		Drain:     drain,
		BaseDelay: 5 * time.Millisecond,
		MaxDelay:  time.Minute,
		Rate:      10,
		Burst:     100,
		Metrics:   config.Queue,
		Done:      func(r workers.Result, took time.Duration) { config.Meter.Reconciled(string(r), took) },
	}, work)
}

// Run registers the handlers, waits until every cache and handler has synced,
// calls synced, and reconciles until ctx ends; Judged tells when it has been
// through all apps once. It returns when all that it
// started has stopped; the informers are the caller's to start and stop. The
// error says which part could not be set up.
func (c *Controller) Run(ctx context.Context, synced func()) error {
	defer c.pool.ShutDown()
	registered, err := c.register()
	defer c.unregister(registered)
	if err != nil {
		return err
	}
	checkers := make([]cache.DoneChecker, len(registered))
	for i, r := range registered {
		checkers[i] = r.handle.HasSyncedChecker()
	}
	if !cache.WaitFor(ctx, "" /* says nothing */, checkers...) {
		return nil // stopped before it could begin
	}
	klog.FromContext(ctx).V(1).Info("Caches and handlers synced", "pods", c.pods.Len(), "nodes", len(c.nodes.Nodes()))
	c.first.begin(c.pods.Apps())
	synced()
	c.pool.Run(ctx)
	return nil
}

// Judged is true once every app that was there when the caches had synced has
// been reconciled: from then on the report is whole.
func (c *Controller) Judged() bool { return c.first.over() }

// registration is a handler and the informer that it is registered with.
type registration struct {
	informer cache.SharedIndexInformer
	handle   cache.ResourceEventHandlerRegistration
}

func (c *Controller) register() ([]registration, error) {
	var registered []registration
	var errs []error
	add := func(what string, informer cache.SharedIndexInformer, handle cache.ResourceEventHandlerRegistration, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("register the handler of %s: %w", what, err))
			return
		}
		registered = append(registered, registration{informer, handle})
	}
	handle, err := c.typedNodes.AddTypedEventHandler(c.nodeHandler())
	add("Nodes", c.informers.Nodes, handle, err)
	handle, err = c.typedNS.AddTypedEventHandler(c.namespaceHandler())
	add("Namespaces", c.informers.Namespaces, handle, err)
	handle, err = c.typedPods.AddTypedEventHandler(c.podHandler())
	add("Pods", c.informers.Pods, handle, err)
	return registered, errors.Join(errs...)
}

func (c *Controller) unregister(registered []registration) {
	for _, r := range registered {
		// Its only error is about handles that no informer made.
		_ = cache.ShutDownEventHandler(r.informer, r.handle)
	}
}

// LongestReconcile is for how long the longest reconcile in process has run;
// zero where none is.
func (c *Controller) LongestReconcile() time.Duration { return c.pool.LongestRunning() }

// TellAgain tells the teller of every malformed annotation that stands, and has
// every app assessed anew: for a teller who did not listen before, and after
// Adopt. It may be called before Run, and while it runs.
func (c *Controller) TellAgain() {
	for _, object := range c.informers.Namespaces.GetStore().List() {
		ns := object.(*corev1.Namespace)
		for _, invalid := range c.invalidIn(ns) {
			c.teller.InvalidNamespacePolicy(ns.Name, ns.UID, invalid)
		}
	}
	for _, app := range slices.Concat(c.pods.Apps(), c.report.Lingering()) {
		c.pool.Add(app)
	}
}

// Sources is where the controller looks: for those who must see what it sees.
func (c *Controller) Sources() snapshot.Sources { return c.sources }

// namespaceAnnotations gives the annotations of a namespace, nil where it is
// not known.
func (c *Controller) namespaceAnnotations(name string) map[string]string {
	object, ok, err := c.informers.Namespaces.GetIndexer().GetByKey(name)
	if err != nil || !ok {
		return nil
	}
	return object.(*corev1.Namespace).Annotations
}
