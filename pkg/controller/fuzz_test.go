package controller

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"

	"evenkeel.dev/evenkeel/pkg/metrics"
	"evenkeel.dev/evenkeel/pkg/placement"
)

// FuzzObjects leads Pods, Nodes and Namespaces of any shape, in any order,
// through transform, stores, indices, handlers, queue and reconcile. Nothing
// panics; when all is quiet the report is that of a controller that has just
// started; and when everything has been deleted nothing is left.
func FuzzObjects(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("Pods, Nodes and Namespaces of any shape. ", 20)))
	f.Add(bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0}, 10))
	for seed := range byte(24) {
		noise := make([]byte, 1500)
		state := uint32(seed) + 1
		for i := range noise {
			state = state*1664525 + 1013904223 // any numbers, always the same
			noise[i] = byte(state >> 24)
		}
		f.Add(noise)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2000 {
			return // enough for some fifty steps
		}
		synctest.Test(t, func(t *testing.T) { hostileTo(t, data) })
	})
}

func hostileTo(t *testing.T, data []byte) {
	// One transform for both: templates that differ in bytes that are not UTF-8
	// alone are one, that which was there first.
	transform := smaller()
	r := newRig(t, transform)
	defer r.stop()
	for h := (&hostile{data}); len(h.rest) > 0; {
		h.step(r)
	}
	r.pass(quiet())
	r.isConsistent()
	r.agreesWithAFreshOne(transform)
	r.clear()
	r.pass(quiet())
	r.isEmpty()
	if n := r.meter.count("panic"); n > 0 {
		t.Errorf("%d reconciles panicked", n)
	}
}

// isConsistent compares what the report keeps up as it goes with what follows
// from its items.
func (r *rig) isConsistent() {
	r.t.Helper()
	tallies := make(map[placement.Tally]int)
	nodes, zones := make(map[string]int), make(map[string]int)
	for _, item := range r.report.Items() {
		tallies[placement.Tally{Verdict: item.Verdict, Fixable: item.Fixable}]++
		for _, share := range item.Nodes {
			nodes[share.Node] += share.Ready
		}
		for zone, ready := range item.Zones() {
			zones[zone] += ready
		}
	}
	if got := r.report.Tallies(); !reflect.DeepEqual(got, tallies) {
		r.t.Errorf("the report counts %v, its items are %v", got, tallies)
	}
	for name := range r.report.NodesLost() {
		if got := r.report.Node(name).Ready; got != nodes[name] {
			r.t.Errorf("node %q carries %d ready replicas for the report, %d by its items", name, got, nodes[name])
		}
		delete(nodes, name)
	}
	for name := range r.report.ZonesLost() {
		if got := r.report.Zone(name).Ready; got != zones[name] {
			r.t.Errorf("zone %q carries %d ready replicas for the report, %d by its items", name, got, zones[name])
		}
		delete(zones, name)
	}
	if len(nodes)+len(zones) > 0 {
		r.t.Errorf("the report does not know of nodes %v and zones %v", nodes, zones)
	}
	registry := prometheus.NewRegistry()
	metrics.New(registry, metrics.Build{}).ObserveReport(r.report)
	if _, err := registry.Gather(); err != nil {
		r.t.Errorf("a scrape fails: %v", err)
	}
}

func (r *rig) agreesWithAFreshOne(transform func(any) (any, error)) {
	r.t.Helper()
	fresh := newRig(r.t, transform, r.objects()...)
	defer fresh.stop()
	r.pass(quiet())
	if !fresh.Judged() {
		r.t.Errorf("a fresh controller never comes to the end of its first pass: %q are left", fresh.first.left)
	}
	old, anew := r.judgements(), fresh.judgements()
	if !reflect.DeepEqual(old, anew) {
		r.t.Errorf("the controller that has run all along says\n%+v\na fresh one\n%+v", old, anew)
	}
	if old, anew := r.nodes.Classes(), fresh.nodes.Classes(); old != anew {
		r.t.Errorf("%d scheduling classes are known, and to a fresh one %d", old, anew)
	}
}
