package main

import (
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// noon is when the tests' pictures are taken.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// makeItem returns an item; more change it.
func makeItem(namespace, app, kind, name string, verdict placement.Verdict, more ...func(*item)) item {
	it := item{
		Namespace: namespace, App: app, Replicas: 4, Ready: 4,
		Verdict: verdict, Severity: verdict.Severity(),
		WorstNode: loss{"node-1", 0.25}, WorstZone: loss{"zone-a", 0.5},
		Since: noon.Add(-2 * time.Minute),
	}
	it.Workload.Kind, it.Workload.Name = kind, name
	for _, change := range more {
		change(&it)
	}
	return it
}

// makePicture returns a picture with an item of each verdict, worst first.
func makePicture() picture {
	return picture{at: noon, items: []item{
		makeItem("media", "transcode", "Deployment", "transcode", placement.Unavailable, func(i *item) {
			i.Ready, i.WorstNode, i.WorstZone = 0, loss{}, loss{}
		}),
		makeItem("payments", "ledger", "StatefulSet", "ledger", placement.NodeFragile, func(i *item) {
			i.WorstNode, i.WorstZone = loss{"node-2", 1}, loss{"zone-b", 1}
			i.Because = "one eligible node only (5 outside its nodeSelector)"
		}),
		makeItem("search", "query", "Deployment", "query", placement.ZoneFragile, func(i *item) {
			i.WorstNode, i.WorstZone, i.Fixable = loss{"node-1", 0.5}, loss{"zone-a", 1}, true
			i.Because = "its 4 ready replicas could stand on 3 eligible nodes in 2 zones"
			i.Since = noon.Add(-36 * time.Hour)
		}),
		makeItem("shop", "catalog", "Deployment", "catalog-jobs", placement.Uneven, func(i *item) {
			i.WorstNode, i.WorstZone, i.Fixable = loss{"node-4", 0.75}, loss{"zone-a", 0.75}, true
		}),
		makeItem("search", "indexer", "Deployment", "indexer", placement.Settling, func(i *item) {
			i.Ready, i.WorstNode, i.WorstZone = 3, loss{"node-1", 1.0 / 3}, loss{"zone-a", 1.0 / 3}
			i.Since = time.Time{}
		}),
		makeItem("payments", "fraud", "Deployment", "fraud", placement.Single, func(i *item) {
			i.Replicas, i.Ready, i.WorstNode, i.WorstZone = 1, 1, loss{"node-2", 1}, loss{"zone-b", 1}
			i.Since = noon.Add(-3 * time.Hour)
		}),
		makeItem("shop", "catalog", "Deployment", "catalog-api", placement.Healthy, func(i *item) {
			i.Since = noon.Add(-7 * time.Second)
		}),
	}}
}

func makeView() view {
	return view{
		now: noon, cluster: "6 nodes in 3 zones", api: "http://127.0.0.1:40913/api/v1/apps",
		troubles: []string{"node-3 is not ready"}, picture: makePicture(),
		entries: []entry{
			{noon.Add(-20 * time.Second), "placing 7 apps", "placed in 1.2s, all judged 1.4s later", asExpected},
			{noon.Add(-9 * time.Second), "payments/api scaled from 4 to 1", "the counts did not move within 5s", unexpected},
			{noon.Add(-time.Second), "node-3 stopped answering", "", pending},
		},
	}
}
