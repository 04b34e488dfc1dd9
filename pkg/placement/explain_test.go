package placement_test

import (
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestBecauseSaysWhyAPlacementCanOrCanNotBeBetter(t *testing.T) {
	crowded := several(2, ready("a", "1"))
	tests := map[string]struct {
		workload placement.Workload
		fixable  bool
		because  string
	}{
		"there is room on other nodes": {
			workload(crowded, eligible("1", "1", "")),
			true, "its 2 ready replicas could stand on 3 eligible nodes"},
		"there is room in other zones": {
			workload(crowded, eligible("1", "2")),
			true, "its 2 ready replicas could stand on 2 eligible nodes in 2 zones"},
		"no node is eligible": {
			workload(crowded),
			false, "no node is eligible"},
		"no node is eligible, and it is known why": {
			workload(crowded, excluded(placement.Exclusion{Reason: "cordoned", Nodes: 3}, placement.Exclusion{Reason: "not ready", Nodes: 1})),
			false, "no node is eligible (3 cordoned, 1 not ready)"},
		"one node is eligible": {
			workload(crowded, eligible("1")),
			false, "one eligible node only"},
		"one node is eligible, and it is known why": {
			workload(crowded, eligible("1"), excluded(placement.Exclusion{Reason: "with a taint that it does not tolerate", Nodes: 2})),
			false, "one eligible node only (2 with a taint that it does not tolerate)"},
		"one replica only is ready": {
			workload(with(ready("a", "1"), unready("b", "1"), unready("c", "1")), eligible("1", "1")),
			false, "only 1 of its 3 replicas is ready: there is nothing to spread"},
		"volumes": {
			workload(crowded, eligible("1", "1"), func(w *placement.Workload) { w.Template.VolumeClaims = true }),
			false, "its volumes may pin its replicas to where they are"},
		"a required affinity": {
			workload(crowded, eligible("1", "1"), func(w *placement.Workload) { w.Template.RequiredPodAffinity = true }),
			false, "a required Pod affinity or anti-affinity limits where it may go, which is not modelled here"},
		"a hard spread constraint": {
			workload(crowded, eligible("1", "1"), constrained(soft(placement.HostnameKey), hard("rack"))),
			false, "a DoNotSchedule spread constraint over rack limits where it may go, which is not modelled here"},
		"several hard spread constraints: the first by name": {
			workload(crowded, eligible("1", "1"), constrained(hard("rack"), hard("cell"), hard("room"))),
			false, "a DoNotSchedule spread constraint over cell limits where it may go, which is not modelled here"},
		"a soft constraint is no obstacle": {
			workload(crowded, eligible("1", "1"), constrained(soft(placement.HostnameKey))),
			true, "its 2 ready replicas could stand on 2 eligible nodes"},
		"all eligible nodes are in one other zone": {
			workload(with(ready("a", "1"), ready("b", "1")), eligible("2", "2")),
			false, "no other placement on its 2 eligible nodes is better"},
		"nothing is to be said of a workload that is not at risk": {
			workload(with(ready("a", "1"), ready("b", "2")), eligible("1", "2")),
			false, ""},
		"nothing is to be said of a workload that is down": {
			workload(several(2, unready("a", "1")), eligible("1", "2")),
			false, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := assess(t, tt.workload)
			if a.Fixable != tt.fixable || a.Because != tt.because {
				t.Errorf("%s: fixable %t because %q,\nwant %t because %q", a.Verdict, a.Fixable, a.Because, tt.fixable, tt.because)
			}
		})
	}
}

func TestCauseSaysHowItCameAbout(t *testing.T) {
	const (
		drifted  = "drifted since scheduling: a hard constraint asks for better, but acts only when a Pod is scheduled"
		softOnly = "only a soft constraint, which the scheduler may ignore"
		noneNode = "no spread constraint over kubernetes.io/hostname"
		noneZone = "no spread constraint over topology.kubernetes.io/zone"
	)
	crowded := several(2, ready("a", "1"))
	inOneZone := with(ready("a", "1"), ready("b", "1"))
	unevenByZone := with(ready("a", "1"), ready("b", "1"), ready("c", "1"), ready("d", "2"))
	twoZones := eligible("1", "1", "2", "2")
	tests := map[string]struct {
		workload placement.Workload
		verdict  placement.Verdict
		want     string
	}{
		"NodeFragile without a constraint": {
			workload(crowded), placement.NodeFragile, noneNode},
		"NodeFragile with a constraint over another key": {
			workload(crowded, constrained(hard(placement.ZoneKey))), placement.NodeFragile, noneNode},
		"NodeFragile with a soft constraint": {
			workload(crowded, constrained(soft(placement.HostnameKey))), placement.NodeFragile, softOnly},
		"NodeFragile with a hard constraint": {
			workload(crowded, constrained(soft(placement.HostnameKey), hard(placement.HostnameKey))), placement.NodeFragile, drifted},
		"NodeFragile with one ready replica": {
			workload(with(ready("a", "1"), unready("b", "2")), constrained(hard(placement.HostnameKey))),
			placement.NodeFragile, "only 1 of its 2 replicas is ready"},
		"ZoneFragile without a constraint": {
			workload(inOneZone, twoZones), placement.ZoneFragile, noneZone},
		"ZoneFragile with a soft constraint": {
			workload(inOneZone, twoZones, constrained(soft(placement.ZoneKey))), placement.ZoneFragile, softOnly},
		"ZoneFragile with a hard constraint": {
			workload(inOneZone, twoZones, constrained(hard(placement.ZoneKey))), placement.ZoneFragile, drifted},
		"Uneven by node": {
			workload(several(3, ready("a", "1")), with(ready("b", "2")), twoZones, constrained(hard(placement.ZoneKey))),
			placement.Uneven, noneNode},
		"Uneven by zone": {
			workload(unevenByZone, twoZones, tolerating(50, 67), constrained(hard(placement.HostnameKey))),
			placement.Uneven, noneZone},
		"Unavailable": {
			workload(with(unready("a", "1"), waiting(time.Hour))), placement.Unavailable, "no replica is ready"},
		"Unavailable without a node": {
			workload(several(2, waiting(time.Hour))), placement.Unavailable, "no replica has been scheduled"},
		"Healthy": {
			workload(with(ready("a", "1"), ready("b", "2"))), placement.Healthy, ""},
		"Single": {
			workload(with(ready("a", "1"))), placement.Single, ""},
		"Settling": {
			workload(crowded, terminating(time.Second)), placement.Settling, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := assess(t, tt.workload)
			if a.Verdict != tt.verdict || a.Cause != tt.want {
				t.Errorf("%s, %q;\nwant %s, %q", a.Verdict, a.Cause, tt.verdict, tt.want)
			}
		})
	}
}
