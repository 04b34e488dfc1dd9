package metrics_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"evenkeel.dev/evenkeel/pkg/metrics"
)

func TestTheBuildIsSaidByLabels(t *testing.T) {
	reg, _ := fresh()
	exposes(t, reg, `
# HELP evenkeel_build_info The build that runs, by its labels. Always 1.
# TYPE evenkeel_build_info gauge
evenkeel_build_info{commit="0123abc",goversion="go1.26.0",version="v1.2.3"} 1
`)
}

func TestEveryResultOfAReconcileIsExposedBeforeItHappens(t *testing.T) {
	reg, m := fresh()
	m.Reconciled(metrics.ReconcileError, 3*time.Second)
	exposes(t, reg, `
# HELP evenkeel_reconciles_total Reconciles of an app, by how they ended.
# TYPE evenkeel_reconciles_total counter
evenkeel_reconciles_total{result="again"} 0
evenkeel_reconciles_total{result="error"} 1
evenkeel_reconciles_total{result="panic"} 0
evenkeel_reconciles_total{result="success"} 0
# HELP evenkeel_reconcile_duration_seconds Time that one reconcile of an app took.
# TYPE evenkeel_reconcile_duration_seconds histogram
evenkeel_reconcile_duration_seconds_bucket{le="5e-05"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.0001"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.00025"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.0005"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.001"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.0025"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.005"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.01"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.025"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.05"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.1"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.25"} 0
evenkeel_reconcile_duration_seconds_bucket{le="0.5"} 0
evenkeel_reconcile_duration_seconds_bucket{le="1"} 0
evenkeel_reconcile_duration_seconds_bucket{le="2.5"} 0
evenkeel_reconcile_duration_seconds_bucket{le="5"} 1
evenkeel_reconcile_duration_seconds_bucket{le="10"} 1
evenkeel_reconcile_duration_seconds_bucket{le="+Inf"} 1
evenkeel_reconcile_duration_seconds_sum 3
evenkeel_reconcile_duration_seconds_count 1
`)
}

func TestTheTimeToAVerdictHasBucketsFrom100MicrosecondsToAMinute(t *testing.T) {
	reg, m := fresh()
	m.EventToVerdict(500 * time.Millisecond)
	exposes(t, reg, `
# HELP evenkeel_event_to_verdict_seconds Time from when the watch delivered an event, the earliest of those merged, to the published verdict.
# TYPE evenkeel_event_to_verdict_seconds histogram
evenkeel_event_to_verdict_seconds_bucket{le="0.0001"} 0
evenkeel_event_to_verdict_seconds_bucket{le="0.00025"} 0
evenkeel_event_to_verdict_seconds_bucket{le="0.0005"} 0
evenkeel_event_to_verdict_seconds_bucket{le="0.001"} 0
evenkeel_event_to_verdict_seconds_bucket{le="0.0025"} 0
evenkeel_event_to_verdict_seconds_bucket{le="0.005"} 0
evenkeel_event_to_verdict_seconds_bucket{le="0.01"} 0
evenkeel_event_to_verdict_seconds_bucket{le="0.025"} 0
evenkeel_event_to_verdict_seconds_bucket{le="0.05"} 0
evenkeel_event_to_verdict_seconds_bucket{le="0.1"} 0
evenkeel_event_to_verdict_seconds_bucket{le="0.25"} 0
evenkeel_event_to_verdict_seconds_bucket{le="0.5"} 1
evenkeel_event_to_verdict_seconds_bucket{le="1"} 1
evenkeel_event_to_verdict_seconds_bucket{le="2.5"} 1
evenkeel_event_to_verdict_seconds_bucket{le="5"} 1
evenkeel_event_to_verdict_seconds_bucket{le="10"} 1
evenkeel_event_to_verdict_seconds_bucket{le="30"} 1
evenkeel_event_to_verdict_seconds_bucket{le="60"} 1
evenkeel_event_to_verdict_seconds_bucket{le="+Inf"} 1
evenkeel_event_to_verdict_seconds_sum 0.5
evenkeel_event_to_verdict_seconds_count 1
`)
}

func TestALabelThatIsNotListedCountsAsOther(t *testing.T) {
	reg, m := fresh()
	m.Reconciled("exploded", time.Second)
	m.WatchRestarted("pods", metrics.WatchExpired)
	m.WatchRestarted("pods", "Get https://10.0.0.1/api/v1/pods: EOF")
	m.EventWritten("NodeFragile", metrics.EventCreated)
	m.EventWritten("NodeFragile", "who knows")
	exposes(t, reg, `
# HELP evenkeel_reconciles_total Reconciles of an app, by how they ended.
# TYPE evenkeel_reconciles_total counter
evenkeel_reconciles_total{result="again"} 0
evenkeel_reconciles_total{result="error"} 0
evenkeel_reconciles_total{result="other"} 1
evenkeel_reconciles_total{result="panic"} 0
evenkeel_reconciles_total{result="success"} 0
# HELP evenkeel_watch_restarts_total Lists and watches that ended and began anew, by why they ended.
# TYPE evenkeel_watch_restarts_total counter
evenkeel_watch_restarts_total{reason="expired",resource="pods"} 1
evenkeel_watch_restarts_total{reason="other",resource="pods"} 1
# HELP evenkeel_events_total Kubernetes Events that were to be written, by what became of them.
# TYPE evenkeel_events_total counter
evenkeel_events_total{reason="NodeFragile",result="created"} 1
evenkeel_events_total{reason="NodeFragile",result="other"} 1
`)
}

func TestInvalidPoliciesAreCounted(t *testing.T) {
	reg, m := fresh()
	m.InvalidPolicy()
	m.InvalidPolicy()
	exposes(t, reg, `
# HELP evenkeel_invalid_policies_total Policy annotations that could not be read and were ignored.
# TYPE evenkeel_invalid_policies_total counter
evenkeel_invalid_policies_total 2
`)
}

func TestLabelsThatAreNotUTF8DoNotPanic(t *testing.T) {
	reg, m := fresh()
	m.WatchRestarted("p\xffods", "\xff")
	m.EventWritten("\xff", "\xff")
	m.Reconciled("\xff", 0)
	m.Queue().NewDepthMetric("\xff").Inc()
	if _, err := reg.Gather(); err != nil {
		t.Error(err)
	}
}

func TestCachesAndIndicesAreCountedAtEachScrape(t *testing.T) {
	reg, m := fresh()
	caches := []metrics.Count{{Name: "pods", N: 7}, {Name: "nodes", N: 2}}
	m.ObserveCaches(func() []metrics.Count { return caches })
	m.ObserveIndices(func() []metrics.Count { return []metrics.Count{{Name: "byNode", N: 2}} })
	exposes(t, reg, `
# HELP evenkeel_cache_objects Objects in the cache of a resource.
# TYPE evenkeel_cache_objects gauge
evenkeel_cache_objects{resource="nodes"} 2
evenkeel_cache_objects{resource="pods"} 7
# HELP evenkeel_index_values Values that an index knows, such as the nodes that carry Pods.
# TYPE evenkeel_index_values gauge
evenkeel_index_values{index="byNode"} 2
`)

	caches = caches[:1]
	exposes(t, reg, `
# HELP evenkeel_cache_objects Objects in the cache of a resource.
# TYPE evenkeel_cache_objects gauge
evenkeel_cache_objects{resource="pods"} 7
`)
}

func TestTwoInstancesOnTwoRegistriesKnowNothingOfEachOther(t *testing.T) {
	one, m := fresh()
	other, _ := fresh()
	m.InvalidPolicy()
	for reg, want := range map[string]string{"one": "1", "other": "0"} {
		gatherer := one
		if reg == "other" {
			gatherer = other
		}
		exposes(t, gatherer, `
# HELP evenkeel_invalid_policies_total Policy annotations that could not be read and were ignored.
# TYPE evenkeel_invalid_policies_total counter
evenkeel_invalid_policies_total `+want+"\n")
	}
}

func TestOurOwnNamesPassPromlint(t *testing.T) {
	full := everything(t)
	families, err := full.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var own []string
	for _, family := range families {
		if strings.HasPrefix(family.GetName(), "evenkeel_") {
			own = append(own, family.GetName())
		}
	}
	problems, err := testutil.GatherAndLint(full, own...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
