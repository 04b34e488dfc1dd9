package main

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/cluster"
	"evenkeel.dev/evenkeel/pkg/controller"
	"evenkeel.dev/evenkeel/pkg/metrics"
	"evenkeel.dev/evenkeel/pkg/notify"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
	"evenkeel.dev/evenkeel/pkg/repair"
	"evenkeel.dev/evenkeel/pkg/report"
)

// How long the parts may take to stop: repair repairTime and stopTime, the Events
// flushTime and stopTime, the election releaseTime, the informers stopTime. With
// the controller's two seconds that is twelve, whatever the API server does.
const (
	flushTime   = 3 * time.Second
	releaseTime = 2 * time.Second
	repairTime  = 2 * time.Second
	stopTime    = time.Second
	recallTime  = 30 * time.Second
	stuckAfter  = 60 * time.Second
)

// core is everything between the API server and the report.
type core struct {
	client     kubernetes.Interface
	mode       placement.Mode
	namespace  string // the operator's own
	needs      cluster.Needs
	factory    *cluster.Factory
	controller *controller.Controller
	notifier   *notify.Notifier
	repairer   *repair.Repairer // nil where the mode is to observe
	election   *election        // nil where there is none
	report     *report.Report
	clock      *cluster.Clock
	synced     atomic.Bool
	// judged is closed when every app has its first verdict.
	judged chan struct{}
}

// newCore builds the parts and connects them; none runs yet.
func newCore(ctx context.Context, o options, config *rest.Config, namespace string, m *metrics.Metrics) (*core, error) {
	clock := cluster.NewClock(ctx)
	config.Wrap(clock.Wrap)
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make the client: %w", err)
	}
	c := &core{
		client: client, report: report.New(), clock: clock, judged: make(chan struct{}),
		mode: o.modeAtMost(), namespace: namespace,
		needs: cluster.Needs{Server: config.Host, Namespace: o.namespace},
	}
	if c.factory, err = c.newFactory(ctx, o, config, m); err != nil {
		return nil, err
	}
	if c.notifier, err = c.newNotifier(config, m); err != nil {
		return nil, err
	}
	if c.controller, err = c.newController(o, m); err != nil {
		return nil, err
	}
	if o.leaderElect {
		name := leaseNameFor(o.namespace)
		if c.election, err = newElection(config, namespace, name, c.lead); err != nil {
			return nil, err
		}
		c.election.singleTerm = c.mode == placement.Enforce
		c.needs.Lease = cluster.Lease{Namespace: namespace, Name: name}
	}
	if c.repairs() {
		if c.repairer, err = c.newRepairer(ctx, o, config, m); err != nil {
			return nil, err
		}
		c.needs.Permissions = cluster.RepairNeeds{
			Namespace: o.namespace, MemoryNamespace: namespace, Memory: repair.ConfigMapName,
			Evicts: c.mode == placement.Enforce,
		}.Permissions()
	}
	c.observe(m)
	return c, nil
}

// repairs is true where the flag allows more than to observe.
func (c *core) repairs() bool { return c.mode > placement.Observe }

func (c *core) newFactory(ctx context.Context, o options, config *rest.Config, m *metrics.Metrics) (*cluster.Factory, error) {
	pods, err := cluster.ThinPods(config, podview.NewThinner())
	if err != nil {
		return nil, err
	}
	factory, err := cluster.NewFactory(ctx, c.client, cluster.FactoryOptions{
		Name:       "evenkeel",
		Namespace:  o.namespace,
		Resync:     o.resync,
		Transforms: cluster.Transforms{Pod: podview.NewTransformer(o.appLabels).Transform},
		Pods:       pods,
		Repair:     c.repairs(),
		Restarted:  m.WatchRestarted,
	})
	if err != nil {
		return nil, fmt.Errorf("make the informers: %w", err)
	}
	return factory, nil
}

func (c *core) newController(o options, m *metrics.Metrics) (*controller.Controller, error) {
	config := controller.Config{
		Workers: o.workers, Policy: o.policy(),
		Report: c.report, Teller: teller{c}, Meter: m, Now: c.clock.Now, Queue: m.Queue(),
		PodArrived: c.factory.PodArrivals().Take, NodeArrived: c.factory.NodeArrivals().Take,
		Reconciled: c.reconciled, NamespaceLabels: c.namespaceLabels,
		Judged: func() { close(c.judged) },
	}
	if volumes := c.factory.Volumes(); volumes != nil {
		config.Volumes = volumes
	}
	made, err := controller.New(config, controller.Informers{
		Pods: c.factory.Pods(), Nodes: c.factory.Nodes(), Namespaces: c.factory.Namespaces(),
	})
	if err != nil {
		return nil, fmt.Errorf("make the controller: %w", err)
	}
	return made, nil
}

// lead begins this replica's turn to write, or ends it. What others have said is
// taken over when it is in office, so that no change that follows is lost.
func (c *core) lead(ctx context.Context, leads bool) {
	if !leads {
		c.notifier.SetLeader(false)
		if c.repairer != nil {
			c.repairer.SetLeader(false)
		}
		return
	}
	said := c.recall(ctx)
	if ctx.Err() == nil {
		c.notifier.Lead(func() { c.report.Adopt(said) })
		c.controller.TellAgain()
		if c.repairer != nil {
			c.repairer.SetLeader(true)
		}
	}
}

// recall reads what the cluster still knows to have been said. Without it
// something may be said twice, which is no reason to say nothing.
func (c *core) recall(ctx context.Context) []report.Standing {
	request, cancel := context.WithTimeout(ctx, recallTime)
	defer cancel()
	said, err := notify.Recall(request, c.client.EventsV1(), c.needs.Namespace, c.clock.Now())
	log := klog.FromContext(ctx)
	switch {
	case err == nil || ctx.Err() != nil:
	case apierrors.IsForbidden(err):
		log.V(1).Info("Not allowed to know what was said before", "err", err) // said by the preflight
	default:
		log.Info("Not known what was said before: something may be said twice", "err", err)
	}
	return said
}

func (c *core) newNotifier(config *rest.Config, m *metrics.Metrics) (*notify.Notifier, error) {
	meta, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make the metadata client: %w", err)
	}
	events, err := c.events(config)
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("find out this host's name: %w", err)
	}
	return notify.New(notify.Config{
		Events:       events,
		Metadata:     meta,
		Mapper:       restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(c.client.Discovery())),
		Instance:     host,
		DirectOwner:  c.owner,
		Standing:     c.standing,
		Terminating:  c.terminating,
		Now:          c.clock.Now,
		MayWrite:     c.mayWrite,
		Written:      m.EventWritten,
		Drain:        flushTime,
		QueueMetrics: m.Queue(),
	}), nil
}

// mayWrite is true where no other replica can be the leader.
func (c *core) mayWrite() bool { return c.election == nil || c.election.holds() }

// owner is the controller of a workload's Pods.
func (c *core) owner(id placement.WorkloadID) (metav1.OwnerReference, bool) {
	return c.controller.Sources().Owner(id)
}

func (c *core) terminating(namespace string) bool {
	ns, ok := c.namespaceOf(namespace)
	return ok && ns.DeletionTimestamp != nil
}

func (c *core) namespaceLabels(namespace string) map[string]string {
	if ns, ok := c.namespaceOf(namespace); ok {
		return ns.Labels
	}
	return nil
}

// namespaceOf looks a Namespace up, and is false for one that is not seen.
func (c *core) namespaceOf(name string) (*corev1.Namespace, bool) {
	object, ok, err := c.factory.Namespaces().GetIndexer().GetByKey(name)
	if err != nil || !ok {
		return nil, false
	}
	return object.(*corev1.Namespace), true
}

// observe has the metrics read what the core knows, at each scrape.
func (c *core) observe(m *metrics.Metrics) {
	m.ObserveReport(c.report)
	m.ObserveCaches(func() []metrics.Count {
		return []metrics.Count{
			{Name: "pods", N: c.controller.Sources().Pods.Len()},
			{Name: "nodes", N: len(c.factory.Nodes().GetStore().ListKeys())},
			{Name: "namespaces", N: len(c.factory.Namespaces().GetStore().ListKeys())},
		}
	})
	m.ObserveIndices(func() []metrics.Count {
		var counts []metrics.Count
		for index, n := range c.controller.Sources().Pods.Sizes() {
			counts = append(counts, metrics.Count{Name: index, N: n})
		}
		return counts
	})
}
