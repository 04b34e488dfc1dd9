package metrics_test

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	clientmetrics "k8s.io/client-go/tools/metrics"

	"evenkeel.dev/evenkeel/pkg/metrics"
	"evenkeel.dev/evenkeel/pkg/placement"
)

// hooked is the one instance of this test process that has client-go's hooks:
// they are the process's, and the first call wins.
var hooked = sync.OnceValues(func() (*recorder, *metrics.Metrics) {
	r := &recorder{Registry: prometheus.NewPedanticRegistry()}
	m := metrics.New(r, build)
	m.InstallHooks()
	m.ObserveReport(&known{
		nodes: map[string]int{"node-a": 1},
		zones: map[string]int{"zone-1": 1},
		risks: []placement.Risk{{ID: workload("shop", "cart", "ReplicaSet", "cart"), AtRisk: true, WorstNodeLoss: 1}},
	})
	m.ObserveCaches(func() []metrics.Count { return []metrics.Count{{Name: "pods", N: 1}} })
	m.ObserveIndices(func() []metrics.Count { return []metrics.Count{{Name: "byNode", N: 1}} })
	return r, m
})

// recorder is a registry that remembers what was registered with it, and so
// knows of a metric that has no series yet.
type recorder struct {
	*prometheus.Registry
	collectors []prometheus.Collector
}

func (r *recorder) MustRegister(collectors ...prometheus.Collector) {
	r.collectors = append(r.collectors, collectors...)
	r.Registry.MustRegister(collectors...)
}

var exercised sync.Once

// everything returns the registry of an instance whose every metric has a
// series.
func everything(t *testing.T) *recorder {
	r, m := hooked()
	exercised.Do(func() { exercise(t, m) })
	return r
}

func exercise(t *testing.T, m *metrics.Metrics) {
	m.Reconciled(metrics.ReconcileSuccess, time.Millisecond)
	m.EventToVerdict(time.Millisecond)
	m.WatchRestarted("pods", metrics.WatchClosed)
	m.InvalidPolicy()
	m.EventWritten("NodeFragile", metrics.EventCreated)
	useRepair(m)
	useQueue(m)
	useClientHooks()
	useInformer(t)
	synctest.Test(t, useLease)
}

func useRepair(m *metrics.Metrics) {
	r := m.Repair([]string{"evicted"}, []string{"better"}, []string{"budget"})
	r.EvictionAnswered("evicted")
	r.MoveEnded("better")
	r.Repaired(time.Minute)
	r.Blocked("budget", 1)
}

func useQueue(m *metrics.Metrics) {
	q := m.Queue()
	q.NewDepthMetric("apps").Inc()
	q.NewAddsMetric("apps").Inc()
	q.NewLatencyMetric("apps").Observe(1)
	q.NewWorkDurationMetric("apps").Observe(1)
	q.NewUnfinishedWorkSecondsMetric("apps").Set(1)
	q.NewLongestRunningProcessorSecondsMetric("apps").Set(1)
	q.NewRetriesMetric("apps").Inc()
}

// useClientHooks calls the hooks where client-go itself would.
func useClientHooks() {
	ctx, u := context.Background(), url.URL{Host: "everything", Path: "/api/v1/pods"}
	clientmetrics.RequestLatency.Observe(ctx, "GET", u, time.Second)
	clientmetrics.RateLimiterLatency.Observe(ctx, "GET", u, time.Second)
	clientmetrics.ResolverLatency.Observe(ctx, "everything", time.Second)
	clientmetrics.RequestSize.Observe(ctx, "GET", "everything", 1)
	clientmetrics.ResponseSize.Observe(ctx, "GET", "everything", 1)
	clientmetrics.RequestResult.Increment(ctx, "200", "GET", "everything")
	clientmetrics.RequestRetry.IncrementRetry(ctx, "429", "GET", "everything")
	clientmetrics.TransportCacheEntries.Observe(1)
	clientmetrics.TransportCreateCalls.Increment("miss")
	clientmetrics.TransportCAReloads.Increment("success", "updated")
	clientmetrics.TransportCertRotationGCCalls.Increment()
	clientmetrics.TransportCacheGCCalls.Increment("deleted")
	clientmetrics.ClientCertRotationAge.Observe(time.Hour)
	clientmetrics.ExecPluginCalls.Increment(0, "no_error")
}

// useInformer builds what an informer does when its factory has a name.
func useInformer(t *testing.T) {
	name, err := cache.NewInformerName("everything")
	if err != nil {
		t.Fatal(err)
	}
	id := name.WithResource(schema.GroupVersionResource{Version: "v1", Resource: "pods"})
	cache.NewRealFIFOWithOptions(cache.RealFIFOOptions{Identifier: id, AtomicEvents: true})
	cache.NewIndexer(cache.MetaNamespaceKeyFunc, nil, cache.WithStoreMetrics(id, nil))
}

// useLease takes a lease, renews it the slow way and loses it.
func useLease(t *testing.T) {
	lease, run := election(t, "everything")
	lost := run()
	time.Sleep(time.Minute) // virtual
	lease.refuseNext(1)
	time.Sleep(time.Minute) // virtual
	lease.refuseNext(100)
	lost()
}

// election makes an elector for a lease in memory. It runs when run is called,
// which returns what waits until the lease is lost.
func election(t *testing.T, name string) (lease *lock, run func() (lost func())) {
	t.Helper()
	lease = &lock{}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Name: name, Lock: lease,
		LeaseDuration: 15 * time.Second, RenewDeadline: 10 * time.Second, RetryPeriod: 2 * time.Second,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) {},
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return lease, func() func() {
		var running sync.WaitGroup
		running.Go(func() { elector.Run(t.Context()) })
		return running.Wait
	}
}

// lock is a lease in memory whose updates may be refused. Its zero value is
// held by nobody.
type lock struct {
	mu     sync.Mutex
	record resourcelock.LeaderElectionRecord
	refuse int
}

func (l *lock) Get(context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	record := l.record
	return &record, []byte(record.RenewTime.String()), nil
}

func (l *lock) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.Update(ctx, record)
}

func (l *lock) Update(_ context.Context, record resourcelock.LeaderElectionRecord) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuse > 0 {
		l.refuse--
		return errors.New("refused by the test")
	}
	l.record = record
	return nil
}

func (l *lock) refuseNext(updates int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse = updates
}

func (l *lock) RecordEvent(string) {}
func (l *lock) Identity() string   { return "me" }
func (l *lock) Describe() string   { return "a lease of the test" }
