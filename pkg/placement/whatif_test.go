package placement_test

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func named(w placement.Workload, name string) placement.Workload {
	w.ID.Name = name
	return w
}

func names(all []placement.Assessment) []string {
	var got []string
	for _, a := range all {
		got = append(got, a.ID.Name)
	}
	return got
}

func TestWhatIfTellsWhatIsLeft(t *testing.T) {
	all := []placement.Assessment{
		assess(t, named(workload(with(ready("a", "1"))), "single")),
		assess(t, named(workload(several(2, ready("a", "1")), with(unready("b", "1"))), "crowded")),
		assess(t, named(workload(with(ready("a", "1"), ready("b", "1"), ready("c", "2"))), "spread")),
		assess(t, named(workload(with(ready("a", "1"), onVirtual("v", "1"))), "half virtual")),
		assess(t, named(workload(with(ready("n", ""), ready("c", "2"))), "half zoneless")),
		assess(t, named(workload(several(2, unready("a", "1"))), "down")),
	}
	gone := func(nodes, zones []string) placement.Gone {
		g := placement.Gone{Nodes: map[string]bool{}, Zones: map[string]bool{}}
		for _, n := range nodes {
			g.Nodes[n] = true
		}
		for _, z := range zones {
			g.Zones[z] = true
		}
		return g
	}
	tests := map[string]struct {
		gone           placement.Gone
		lost, degraded []string
		survives       int
	}{
		"nothing fails":               {placement.Gone{}, nil, nil, 5},
		"an unknown node fails":       {placement.NodeGone("x"), nil, nil, 5},
		"a node fails":                {placement.NodeGone("a"), []string{"single", "crowded"}, []string{"spread", "half virtual"}, 1},
		"a zone fails":                {placement.ZoneGone("1"), []string{"single", "crowded"}, []string{"spread", "half virtual"}, 1},
		"another zone fails":          {placement.ZoneGone("2"), nil, []string{"spread", "half zoneless"}, 3},
		"two nodes fail":              {gone([]string{"n", "c"}, nil), []string{"half zoneless"}, []string{"spread"}, 3},
		"a zone and a node fail":      {gone([]string{"c"}, []string{"1"}), []string{"single", "crowded", "spread"}, []string{"half virtual", "half zoneless"}, 0},
		"a node fails with its zone":  {gone([]string{"a"}, []string{"1"}), []string{"single", "crowded"}, []string{"spread", "half virtual"}, 1},
		"the zone of no name fails":   {placement.ZoneGone(""), nil, nil, 5},
		"a virtual node fails":        {placement.NodeGone("v"), nil, nil, 5},
		"a domain is named, not gone": {placement.Gone{Nodes: map[string]bool{"a": false}, Zones: map[string]bool{"1": false}}, nil, nil, 5},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := placement.WhatIf(all, tt.gone)
			if !equal(names(got.Lost), tt.lost) || !equal(names(got.Degraded), tt.degraded) || got.Survives != tt.survives {
				t.Errorf("lost %q, degraded %q, %d survive;\nwant %q, %q, %d",
					names(got.Lost), names(got.Degraded), got.Survives, tt.lost, tt.degraded, tt.survives)
			}
		})
	}
}

// drawGone draws domains out of the cluster's.
func drawGone(d *drawer, label string) placement.Gone {
	g := placement.Gone{Nodes: map[string]bool{}, Zones: map[string]bool{}}
	for _, n := range d.nodes {
		if d.bool(label + " takes " + n.Node) {
			g.Nodes[n.Node] = true
		}
	}
	for _, zone := range []string{"1", "2", "3"} {
		if rapid.IntRange(0, 3).Draw(d.t, label+" takes zone "+zone) == 0 {
			g.Zones[zone] = true
		}
	}
	return g
}

func TestAWorkloadIsLostExactlyWhereEveryReadyReplicaIsOnWhatFails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		gone := drawGone(d, "the failure")
		switch rapid.IntRange(0, 2).Draw(t, "kind of failure") {
		case 0:
			gone = placement.NodeGone(rapid.SampledFrom(d.nodes).Draw(t, "the node").Node)
		case 1:
			gone = placement.ZoneGone(rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "the zone"))
		}
		var all []placement.Assessment
		var lost, degraded []string
		survives, down := 0, 0
		for range rapid.IntRange(0, 6).Draw(t, "workloads") {
			w := d.workload()
			all = append(all, assess(t, w))
			ready, taken := 0, 0
			for _, r := range w.Replicas {
				if !r.Ready {
					continue
				}
				ready++
				if !r.Virtual && (gone.Nodes[r.Node] || gone.Zones[r.Zone]) {
					taken++
				}
			}
			switch {
			case ready == 0:
				down++
			case taken == ready:
				lost = append(lost, w.ID.Name)
			case taken > 0:
				degraded = append(degraded, w.ID.Name)
			default:
				survives++
			}
		}
		got := placement.WhatIf(all, gone)
		if !equal(names(got.Lost), lost) || !equal(names(got.Degraded), degraded) || got.Survives != survives {
			t.Fatalf("lost %q, degraded %q, %d survive;\nwant %q, %q, %d", names(got.Lost), names(got.Degraded), got.Survives, lost, degraded, survives)
		}
		if n := len(got.Lost) + len(got.Degraded) + got.Survives + down; n != len(all) {
			t.Fatalf("%d of %d workloads have a fate", n, len(all))
		}
	})
}

func TestFailuresTogetherTakeAtLeastWhatEachTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		one, other := drawGone(d, "one"), drawGone(d, "other")
		both := placement.Gone{Nodes: maps.Clone(one.Nodes), Zones: maps.Clone(one.Zones)}
		maps.Copy(both.Nodes, other.Nodes)
		maps.Copy(both.Zones, other.Zones)
		a := assess(t, d.workload())
		together := a.Fate(both)
		worse := max(a.Fate(one), a.Fate(other)) // fates are in order of their weight
		if together < worse {
			t.Fatalf("together they leave fate %d, but one of them alone leaves %d", together, worse)
		}
	})
}

func TestWhatIfKeepsTheOrderOfTheWorkloads(t *testing.T) {
	var all []placement.Assessment
	for _, name := range []string{"c", "a", "b"} {
		all = append(all, assess(t, named(workload(with(ready("n", "1"))), name)))
	}
	if got := names(placement.WhatIf(all, placement.NodeGone("n")).Lost); !slices.Equal(got, []string{"c", "a", "b"}) {
		t.Errorf("lost in the order %q", got)
	}
}
