package metrics_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"evenkeel.dev/evenkeel/pkg/metrics"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

func TestEveryVerdictIsExposedAndZeroWhereNoWorkloadHasIt(t *testing.T) {
	reg, m := fresh()
	m.ObserveReport(&known{tallies: map[placement.Tally]int{
		{Verdict: placement.Healthy}:                    40,
		{Verdict: placement.NodeFragile, Fixable: true}: 2,
		{Verdict: placement.NodeFragile}:                1,
	}})
	exposes(t, reg, `
# HELP evenkeel_workloads Workloads, by verdict and by whether a different placement on today's eligible nodes would be better.
# TYPE evenkeel_workloads gauge
evenkeel_workloads{fixable="false",verdict="Healthy"} 40
evenkeel_workloads{fixable="false",verdict="NodeFragile"} 1
evenkeel_workloads{fixable="false",verdict="Settling"} 0
evenkeel_workloads{fixable="false",verdict="Single"} 0
evenkeel_workloads{fixable="false",verdict="Unavailable"} 0
evenkeel_workloads{fixable="false",verdict="Uneven"} 0
evenkeel_workloads{fixable="false",verdict="ZoneFragile"} 0
evenkeel_workloads{fixable="true",verdict="NodeFragile"} 2
evenkeel_workloads{fixable="true",verdict="Uneven"} 0
evenkeel_workloads{fixable="true",verdict="ZoneFragile"} 0
`)
}

func TestWhatDiesWithANodeOrZoneIsCountedByItsName(t *testing.T) {
	reg, m := fresh()
	m.ObserveReport(&known{
		nodes: map[string]int{"node-a": 3, "node-b": 0},
		zones: map[string]int{"zone-1": 5},
	})
	exposes(t, reg, `
# HELP evenkeel_node_lost_workloads Workloads that lose every ready replica if the node fails.
# TYPE evenkeel_node_lost_workloads gauge
evenkeel_node_lost_workloads{node="node-a"} 3
evenkeel_node_lost_workloads{node="node-b"} 0
# HELP evenkeel_zone_lost_workloads Workloads that lose every ready replica if the zone fails.
# TYPE evenkeel_zone_lost_workloads gauge
evenkeel_zone_lost_workloads{zone="zone-1"} 5
`)
}

func TestTheLossOfAWorkloadIsExposedWhileItIsAtRiskAndItsTimeAtRiskGoesOnBeing(t *testing.T) {
	reg, m := fresh()
	m.ObserveReport(&known{risks: []placement.Risk{
		{ID: workload("shop", "cart", "ReplicaSet", "cart"), AtRisk: true, WorstNodeLoss: 0.75, Spent: 90 * time.Second},
		{ID: workload("shop", "till", "StatefulSet", "till"), AtRisk: false, WorstNodeLoss: 0.5, Spent: 1500 * time.Millisecond},
	}})
	exposes(t, reg, `
# HELP evenkeel_workload_worst_node_loss_ratio Share of a workload's ready replicas that the failure of its worst node takes, while it is at risk.
# TYPE evenkeel_workload_worst_node_loss_ratio gauge
evenkeel_workload_worst_node_loss_ratio{app="cart",namespace="shop",workload="cart",workload_kind="ReplicaSet"} 0.75
# HELP evenkeel_workload_at_risk_seconds_total Time that a workload has been at risk, as seen by this process.
# TYPE evenkeel_workload_at_risk_seconds_total counter
evenkeel_workload_at_risk_seconds_total{app="cart",namespace="shop",workload="cart",workload_kind="ReplicaSet"} 90
evenkeel_workload_at_risk_seconds_total{app="till",namespace="shop",workload="till",workload_kind="StatefulSet"} 1.5
`)
}

func TestAScrapeAsksForTheRisksOfItsOwnMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg, m := fresh()
		k := &known{}
		m.ObserveReport(k)
		time.Sleep(time.Hour) // virtual
		if _, err := reg.Gather(); err != nil {
			t.Fatal(err)
		}
		if !k.asked.Equal(time.Now()) {
			t.Errorf("asked for the risks of %v, want those of %v", k.asked, time.Now())
		}
	})
}

func TestSeriesVanishWithTheirObject(t *testing.T) {
	reg, m := fresh()
	r := report.New()
	m.ObserveReport(r)
	app := placement.AppKey{Namespace: "shop", App: "cart"}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r.Put(app, []placement.Assessment{{
		ID:       placement.WorkloadID{AppKey: app, Kind: "ReplicaSet", Name: "cart"},
		Replicas: 2, Ready: 2, Verdict: placement.NodeFragile,
		WorstNode: placement.Loss{Name: "node-a", Share: 1},
		Nodes:     []placement.Share{{Node: "node-a", Zone: "zone-1", Ready: 2}},
	}}, start)
	exposes(t, reg, `
# HELP evenkeel_node_lost_workloads Workloads that lose every ready replica if the node fails.
# TYPE evenkeel_node_lost_workloads gauge
evenkeel_node_lost_workloads{node="node-a"} 1
# HELP evenkeel_zone_lost_workloads Workloads that lose every ready replica if the zone fails.
# TYPE evenkeel_zone_lost_workloads gauge
evenkeel_zone_lost_workloads{zone="zone-1"} 1
# HELP evenkeel_workload_worst_node_loss_ratio Share of a workload's ready replicas that the failure of its worst node takes, while it is at risk.
# TYPE evenkeel_workload_worst_node_loss_ratio gauge
evenkeel_workload_worst_node_loss_ratio{app="cart",namespace="shop",workload="cart",workload_kind="ReplicaSet"} 1
`)

	r.Put(app, nil, start.Add(time.Minute))
	for _, name := range []string{
		"evenkeel_node_lost_workloads", "evenkeel_zone_lost_workloads",
		"evenkeel_workload_worst_node_loss_ratio", "evenkeel_workload_at_risk_seconds_total",
	} {
		absent(t, reg, name)
	}
}

func TestNamesThatAreNotUTF8DoNotBreakAScrapeAndThoseThatBecomeEqualAreMerged(t *testing.T) {
	reg, m := fresh()
	m.ObserveReport(&known{
		nodes: map[string]int{"n\xff": 1, "n\xfe": 2},
		risks: []placement.Risk{
			{ID: workload("shop", "cart", "\xff", "w"), AtRisk: true, WorstNodeLoss: 0.9, Spent: time.Second},
			{ID: workload("shop", "cart", "\xfe", "w"), AtRisk: true, WorstNodeLoss: 0.6, Spent: time.Second},
		},
	})
	exposes(t, reg, `
# HELP evenkeel_node_lost_workloads Workloads that lose every ready replica if the node fails.
# TYPE evenkeel_node_lost_workloads gauge
evenkeel_node_lost_workloads{node="n�"} 3
# HELP evenkeel_workload_worst_node_loss_ratio Share of a workload's ready replicas that the failure of its worst node takes, while it is at risk.
# TYPE evenkeel_workload_worst_node_loss_ratio gauge
evenkeel_workload_worst_node_loss_ratio{app="cart",namespace="shop",workload="w",workload_kind="�"} 0.9
# HELP evenkeel_workload_at_risk_seconds_total Time that a workload has been at risk, as seen by this process.
# TYPE evenkeel_workload_at_risk_seconds_total counter
evenkeel_workload_at_risk_seconds_total{app="cart",namespace="shop",workload="w",workload_kind="�"} 2
`)
}

func TestAScrapeMayRunWhileTheReportChanges(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := metrics.New(reg, build)
	r := report.New()
	m.ObserveReport(r)
	app := placement.AppKey{Namespace: "shop", App: "cart"}
	var both sync.WaitGroup
	both.Go(func() {
		for i := range 200 {
			r.Put(app, []placement.Assessment{{
				ID:    placement.WorkloadID{AppKey: app, Kind: "ReplicaSet", Name: "cart"},
				Ready: 1, Verdict: placement.Verdicts()[i%len(placement.Verdicts())],
				Nodes: []placement.Share{{Node: "node-a", Ready: 1}},
			}}, time.Unix(int64(i), 0))
			m.Reconciled(metrics.ReconcileSuccess, time.Millisecond)
		}
	})
	both.Go(func() {
		for range 20 {
			if _, err := reg.Gather(); err != nil {
				t.Error(err)
			}
		}
	})
	both.Wait()
}
