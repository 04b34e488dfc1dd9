package metrics_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	dto "github.com/prometheus/client_model/go"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	clientmetrics "k8s.io/client-go/tools/metrics"
)

// value is that of the one series of the name that has these labels, given as
// name and value in turn; for a histogram, how many it has counted.
func value(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	reg, _ := hooked()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			if carries(metric, labels) {
				return metric.GetCounter().GetValue() + metric.GetGauge().GetValue() +
					float64(metric.GetHistogram().GetSampleCount())
			}
		}
	}
	t.Errorf("there is no %s with %q", name, labels)
	return -1
}

func carries(metric *dto.Metric, labels []string) bool {
	has := make(map[string]string)
	for _, pair := range metric.GetLabel() {
		has[pair.GetName()] = pair.GetValue()
	}
	for i := 0; i < len(labels); i += 2 {
		if has[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

func is(t *testing.T, want float64, name string, labels ...string) {
	t.Helper()
	if got := value(t, name, labels...); got != want {
		t.Errorf("%s with %q is %v, want %v", name, labels, got, want)
	}
}

func TestARequestIsCountedByHostAndNeverByPath(t *testing.T) {
	reg, _ := hooked()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"secret-name"}}`))
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	client, err := rest.RESTClientFor(&rest.Config{
		Host: server.URL, APIPath: "/api", QPS: 1000, Burst: 1000,
		ContentConfig: rest.ContentConfig{
			GroupVersion:         &corev1.SchemeGroupVersion,
			NegotiatedSerializer: scheme.Codecs.WithoutConversion(),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	get := client.Get().Namespace("secret-namespace").Resource("pods").Name("secret-name")
	if err := get.Do(t.Context()).Error(); err != nil {
		t.Fatal(err)
	}

	is(t, 1, "rest_client_requests_total", "code", "200", "method", "GET", "host", host)
	is(t, 1, "rest_client_requests_total", "code", "429", "method", "GET", "host", host)
	// A retry is counted by its own answer, not by the one that it is due to.
	is(t, 1, "rest_client_request_retries_total", "code", "200", "verb", "GET", "host", host)
	is(t, 1, "rest_client_request_duration_seconds", "verb", "GET", "host", host)
	is(t, 1, "rest_client_response_size_bytes", "verb", "GET", "host", host)
	if n := value(t, "rest_client_rate_limiter_duration_seconds", "verb", "GET", "host", host); n < 1 {
		t.Errorf("the rate limiter was measured %v times, want at least once", n)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if strings.Contains(family.String(), "secret-name") {
			t.Errorf("%s has a path in a label: %s", family.GetName(), family)
		}
	}
}

func TestTheTimeToLiveOfAnExecPluginsCertificateIsInfiniteWhereThereIsNone(t *testing.T) {
	reg, _ := hooked()
	exposes(t, reg, `
# HELP rest_client_exec_plugin_ttl_seconds Gauge of the shortest TTL (time-to-live) of the client certificate(s) managed by the auth exec plugin. The value is in seconds until certificate expiry (negative if already expired). If auth exec plugins are unused or manage no TLS certificates, the value will be +INF.
# TYPE rest_client_exec_plugin_ttl_seconds gauge
rest_client_exec_plugin_ttl_seconds +Inf
`)
	expires := time.Now().Add(time.Hour)
	clientmetrics.ClientCertExpiry.Set(&expires)
	defer clientmetrics.ClientCertExpiry.Set(nil)
	if got := value(t, "rest_client_exec_plugin_ttl_seconds"); got < 3000 || got > 3600 {
		t.Errorf("an hour before it expires the time to live is %v seconds", got)
	}
}

func TestANamedInformerIsMeasuredUntilItsNameIsReleased(t *testing.T) {
	hooked()
	name, err := cache.NewInformerName("named")
	if err != nil {
		t.Fatal(err)
	}
	defer name.Release()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: "b", ResourceVersion: "41"}}
	informer := cache.NewSharedIndexInformerWithOptions(lists(pod, "42"), &corev1.Pod{},
		cache.SharedIndexInformerOptions{
			Identifier: name.WithResource(schema.GroupVersionResource{Group: "g", Version: "v1", Resource: "pods"}),
		})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { informer.RunWithContext(ctx) })
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		t.Fatal("the informer did not sync")
	}
	stop()
	running.Wait()

	labels := []string{"name", "named", "group", "g", "version", "v1", "resource", "pods"}
	is(t, 0, "informer_queued_items", labels...)
	is(t, 42, "informer_store_resource_version", labels...)
	if n := value(t, "informer_processing_latency_seconds", labels...); n < 1 {
		t.Errorf("processing was measured %v times, want at least once", n)
	}

	name.Release()
	if err := informer.GetStore().Replace([]any{pod}, "99"); err != nil {
		t.Fatal(err)
	}
	is(t, 42, "informer_store_resource_version", labels...)
}

// lists gives one Pod at a resource version, and then nothing more.
func lists(pod *corev1.Pod, version string) cache.ListerWatcher {
	return cache.ToListWatcherWithWatchListSemantics(&cache.ListWatch{
		ListWithContextFunc: func(context.Context, metav1.ListOptions) (runtime.Object, error) {
			return &corev1.PodList{ListMeta: metav1.ListMeta{ResourceVersion: version}, Items: []corev1.Pod{*pod}}, nil
		},
		WatchFuncWithContext: func(context.Context, metav1.ListOptions) (watch.Interface, error) {
			return watch.NewFake(), nil
		},
	}, noWatchList{})
}

// noWatchList says of a client that it can only list.
type noWatchList struct{}

func (noWatchList) IsWatchListSemanticsUnSupported() bool { return true }

var leases atomic.Int64

func TestTheLeaderIsToldFromTheOthersAndTheSlowPathIsCounted(t *testing.T) {
	hooked()
	synctest.Test(t, func(t *testing.T) {
		// The counters are the process's: a name of its own for each -count.
		name := "lease " + strconv.FormatInt(leases.Add(1), 10)
		lease, run := election(t, name)
		is(t, 0, "leader_election_master_status", "name", name)

		lost := run()
		time.Sleep(time.Minute) // virtual
		is(t, 1, "leader_election_master_status", "name", name)

		lease.refuseNext(1)
		time.Sleep(time.Minute) // virtual
		is(t, 1, "leader_election_slowpath_total", "name", name)

		lease.refuseNext(100)
		lost()
		is(t, 0, "leader_election_master_status", "name", name)
	})
}
