package placement_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// drawer draws the parts of a workload. Its cluster is of a few nodes, and its
// times lie within two minutes around noon, so that they meet and cross.
type drawer struct {
	t     *rapid.T
	nodes []placement.Replica
}

func draw(t *rapid.T) *drawer {
	d := &drawer{t: t}
	for i := range rapid.IntRange(1, 5).Draw(t, "nodes") {
		d.nodes = append(d.nodes, placement.Replica{
			Node:    fmt.Sprint("node-", i),
			Zone:    rapid.SampledFrom([]string{"", "1", "2", "3"}).Draw(t, "zone"),
			Virtual: rapid.IntRange(0, 9).Draw(t, "virtual") == 0,
		})
	}
	return d
}

func (d *drawer) bool(label string) bool { return rapid.Bool().Draw(d.t, label) }

// time is mostly in the past, at times in the future and at times unknown.
func (d *drawer) time(label string) time.Time {
	if rapid.IntRange(0, 9).Draw(d.t, label+" is unknown") == 0 {
		return time.Time{}
	}
	return ago(time.Duration(rapid.IntRange(-10, 110).Draw(d.t, label+" so many seconds ago")) * time.Second)
}

func (d *drawer) replica() placement.Replica {
	r := placement.Replica{Node: ""}
	if rapid.IntRange(0, 9).Draw(d.t, "has no node") != 0 {
		r = rapid.SampledFrom(d.nodes).Draw(d.t, "node")
		r.Ready = rapid.IntRange(0, 3).Draw(d.t, "not ready") != 0
		r.Placed = d.time("placed")
	}
	r.Revision = rapid.SampledFrom([]string{"one", "one", "one", "one", "two", "three"}).Draw(d.t, "revision")
	r.Created = d.time("created")
	r.Changed = d.time("changed")
	return r
}

// settledReplica has a node and moved last an hour ago.
func (d *drawer) settledReplica() placement.Replica {
	n := rapid.SampledFrom(d.nodes).Draw(d.t, "node")
	r := ready(n.Node, n.Zone)
	r.Virtual = n.Virtual
	r.Ready = rapid.IntRange(0, 3).Draw(d.t, "not ready") != 0
	return r
}

func (d *drawer) template() placement.Template {
	template := placement.Template{
		Labels:              map[string]string{"app": "web", "part": "front"},
		RevisionLabel:       rapid.SampledFrom([]string{"", "pod-template-hash"}).Draw(d.t, "revision label"),
		VolumeClaims:        d.bool("volumes"),
		RequiredPodAffinity: d.bool("affinity"),
	}
	for range rapid.IntRange(0, 3).Draw(d.t, "constraints") {
		template.Spread = append(template.Spread, placement.Constraint{
			TopologyKey: rapid.SampledFrom([]string{placement.HostnameKey, placement.ZoneKey, "rack"}).Draw(d.t, "key"),
			Hard:        d.bool("hard"),
			Affinity:    d.bool("affinity"),
		})
	}
	return template
}

func (d *drawer) frame() placement.Workload {
	w := workload()
	w.ID.Name = rapid.StringMatching("[a-z]{3}").Draw(d.t, "name")
	w.Eligible = eligibleIn(rapid.SliceOfN(rapid.SampledFrom([]string{"", "1", "2", "3"}), 0, 5).Draw(d.t, "eligible")...)
	w.Policy = placement.Policy{
		MaxNodeLoss: float64(rapid.IntRange(1, 100).Draw(d.t, "max-node-loss")) / 100,
		MaxZoneLoss: float64(rapid.IntRange(1, 100).Draw(d.t, "max-zone-loss")) / 100,
		Settle:      time.Duration(rapid.IntRange(0, 40).Draw(d.t, "settle")) * time.Second,
		SettleMax:   time.Duration(rapid.IntRange(0, 100).Draw(d.t, "settle-max")) * time.Second,
	}
	w.Template = d.template()
	return w
}

// workload moves or not.
func (d *drawer) workload() placement.Workload {
	w := d.frame()
	for range rapid.IntRange(1, 8).Draw(d.t, "replicas") {
		w.Replicas = append(w.Replicas, d.replica())
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 3}).Draw(d.t, "terminating") {
		w.Terminating = append(w.Terminating, d.time("terminating since"))
	}
	if d.bool("a removal was seen") {
		w.Removed = d.time("removed")
	}
	if d.bool("it settled before") {
		w.SettlingSince = d.time("settling since")
	}
	return w
}

func (d *drawer) settled() placement.Workload {
	w := d.frame()
	for range rapid.IntRange(1, 8).Draw(d.t, "replicas") {
		w.Replicas = append(w.Replicas, d.settledReplica())
	}
	return w
}
