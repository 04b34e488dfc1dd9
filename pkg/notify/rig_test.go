package notify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	eventsclient "k8s.io/client-go/kubernetes/typed/events/v1"
	metadatafake "k8s.io/client-go/metadata/fake"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// rig is a notifier between a fake cluster and a fake controller. Use it in a
// synctest bubble.
type rig struct {
	*Notifier
	t        *testing.T
	events   *api
	metadata *metadatafake.FakeMetadataClient
	log      *strings.Builder

	mu       sync.Mutex
	counts   map[string]int
	standing []report.Item
	ending   map[string]bool
	doubtful bool // whether the lease may be another's
}

// newRig makes a rig whose workloads all belong to the Deployment web.
func newRig(t *testing.T) *rig {
	r := &rig{
		t:        t,
		events:   newAPI(),
		metadata: metadataClient(owned(replicaSet, deployment), owned(deployment)),
		counts:   make(map[string]int),
		ending:   make(map[string]bool),
	}
	r.Notifier = New(Config{
		Events:   r.events,
		Metadata: r.metadata,
		Mapper:   newServed(),
		Instance: "evenkeel-0",
		Drain:    5 * time.Second,
		DirectOwner: func(id placement.WorkloadID) (metav1.OwnerReference, bool) {
			return replicaSet, id.Name != "vanished"
		},
		Standing: func() []report.Item { return r.standing },
		Terminating: func(namespace string) bool {
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.ending[namespace]
		},
		MayWrite: func() bool {
			r.mu.Lock()
			defer r.mu.Unlock()
			return !r.doubtful
		},
		Written: func(reason, result string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.counts[reason+" "+result]++
		},
	})
	return r
}

// run runs the notifier and returns what stops it and waits for its end.
func (r *rig) run() (stop func()) {
	logger := ktesting.NewLogger(r.t, ktesting.NewConfig(ktesting.BufferLogs(true), ktesting.Verbosity(0)))
	ctx, cancel := context.WithCancel(klog.NewContext(context.Background(), logger))
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	return sync.OnceFunc(func() {
		cancel()
		running.Wait()
		r.log = &strings.Builder{}
		r.log.WriteString(logger.GetSink().(ktesting.Underlier).GetBuffer().String())
	})
}

// doubt says whether the lease may be another's.
func (r *rig) doubt(doubtful bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.doubtful = doubtful
}

// wantCounts compares what was counted as "Reason result".
func (r *rig) wantCounts(want map[string]int) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !maps.Equal(r.counts, want) {
		r.t.Errorf("counted %v, want %v", r.counts, want)
	}
}

// wantReasons compares the reasons of the Events that exist, by their time.
func (r *rig) wantReasons(want ...Reason) {
	r.t.Helper()
	var got []Reason
	for _, e := range r.events.list(r.t) {
		got = append(got, Reason(e.Reason))
	}
	if !slices.Equal(got, want) {
		r.t.Errorf("written: %v, want %v", got, want)
	}
}

// api is the fake clientset's Events with what the fake lacks: a Create that
// sees its context.
type api struct {
	eventsclient.EventsV1Interface

	mu     sync.Mutex
	tries  []time.Time
	create func(ctx context.Context, try int, e *eventsv1.Event) error
}

func newAPI() *api {
	return &api{EventsV1Interface: fake.NewClientset().EventsV1()}
}

func (a *api) Events(namespace string) eventsclient.EventInterface {
	return namespaced{a.EventsV1Interface.Events(namespace), a}
}

type namespaced struct {
	eventsclient.EventInterface
	api *api
}

func (n namespaced) Create(ctx context.Context, e *eventsv1.Event, opts metav1.CreateOptions) (*eventsv1.Event, error) {
	n.api.mu.Lock()
	n.api.tries = append(n.api.tries, time.Now())
	try, create := len(n.api.tries), n.api.create
	n.api.mu.Unlock()
	if create != nil {
		if err := create(ctx, try, e); err != nil {
			return nil, err
		}
	}
	return n.EventInterface.Create(ctx, e, opts)
}

// answer makes every Create be answered by that function first.
func (a *api) answer(create func(ctx context.Context, try int, e *eventsv1.Event) error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.create = create
}

// tried tells how often a Create was tried.
func (a *api) tried() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.tries)
}

func (a *api) list(t *testing.T) []eventsv1.Event {
	t.Helper()
	list, err := a.EventsV1Interface.Events("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(list.Items, func(x, y eventsv1.Event) int { return x.EventTime.Compare(y.EventTime.Time) })
	return list.Items
}

// hang answers a Create like a network that swallows it.
func hang(ctx context.Context, _ int, _ *eventsv1.Event) error {
	<-ctx.Done()
	return fmt.Errorf("posting: %w", ctx.Err())
}

// into is a change of web's verdict that began so long after noon.
func into(to, from placement.Verdict, after time.Duration) report.Change {
	it := item(placement.Assessment{Verdict: to, Replicas: 2, Ready: 2, WorstNode: placement.Loss{Name: "n1", Share: 1}})
	it.Since = noon.Add(after)
	return report.Change{Item: it, From: from}
}

// fragile is a workload of that name that turned NodeFragile.
func fragile(name string) report.Change {
	c := into(placement.NodeFragile, placement.Healthy, 0)
	c.Item.ID.Name = name
	return c
}
