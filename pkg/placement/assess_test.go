package placement_test

import (
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestVerdictFollowsTheTruthTable(t *testing.T) {
	const second = time.Second
	tests := map[string]struct {
		workload placement.Workload
		want     placement.Verdict
	}{
		// Unavailable
		"no ready replica is Unavailable": {
			workload(several(3, unready("a", "1"))), placement.Unavailable},
		"a lone replica that is not ready is Unavailable": {
			workload(with(unready("a", "1"))), placement.Unavailable},
		"no ready replica, all younger than the settle time, is Settling": {
			workload(several(3, aged(unready("a", "1"), 29*second))), placement.Settling},
		"no ready replica, all exactly as old as the settle time, is Unavailable": {
			workload(several(3, aged(unready("a", "1"), 30*second))), placement.Unavailable},
		"no ready replica, all young but one, is Unavailable": {
			workload(several(2, aged(unready("a", "1"), second)), with(unready("b", "1"))), placement.Unavailable},
		"no ready replica, all young and without a node, is Settling": {
			workload(several(2, waiting(second))), placement.Settling},
		"no ready replica, none scheduled for a minute, is Unavailable although replicas wait for a node": {
			workload(several(2, waiting(time.Minute))), placement.Unavailable},
		"no ready replica in the middle of a rollout is Unavailable": {
			workload(with(unready("a", "1"), revised(aged(unready("b", "1"), second), "two"))), placement.Unavailable},
		"no ready replica, all young, but replaced without rest for settle-max, is Unavailable": {
			workload(several(2, aged(unready("a", "1"), second)), settlingFor(10*time.Minute)), placement.Unavailable},
		"no ready replica, all young, of which the cluster does not say when they were bound, is Settling": {
			workload(with(unbound(aged(unready("a", "1"), second)))), placement.Settling},
		"one ready replica is enough not to be Unavailable": {
			workload(with(ready("a", "1"), unready("b", "1"))), placement.NodeFragile},

		// Single
		"one ready replica alone is Single": {
			workload(with(ready("a", "1")), eligible("1", "2")), placement.Single},
		"one ready replica alone on a virtual node is Single": {
			workload(with(onVirtual("v", ""))), placement.Single},
		"one replica alone that has just been placed is Settling": {
			workload(with(aged(ready("a", "1"), second))), placement.Settling},

		// NodeFragile
		"two replicas on one node are NodeFragile": {
			workload(several(2, ready("a", "1")), eligible("1", "2")), placement.NodeFragile},
		"replicas on the only eligible node are NodeFragile, even so": {
			workload(several(2, ready("a", "1")), eligible("1")), placement.NodeFragile},
		"one ready of two is NodeFragile": {
			workload(with(ready("a", "1"), unready("b", "2")), eligible("1", "2")), placement.NodeFragile},
		"all ready ones on one node are NodeFragile wherever the others are": {
			workload(several(2, ready("a", "1")), with(unready("b", "2"))), placement.NodeFragile},
		"replicas on one node without a zone are NodeFragile": {
			workload(several(2, ready("a", ""))), placement.NodeFragile},
		"a policy of 100% does not tolerate one node": {
			workload(several(2, ready("a", "1")), tolerating(100, 100)), placement.NodeFragile},
		"one replica on a node and one on a virtual node are not NodeFragile": {
			workload(with(ready("a", "1"), onVirtual("v", "1")), eligible("1")), placement.Healthy},

		// ZoneFragile
		"one zone, while another has an eligible node, is ZoneFragile": {
			workload(with(ready("a", "1"), ready("b", "1")), eligible("1", "1", "2")), placement.ZoneFragile},
		"one zone, while only nodes in others are eligible, is ZoneFragile": {
			workload(with(ready("a", "1"), ready("b", "1")), eligible("2", "3")), placement.ZoneFragile},
		"one zone, while no other has an eligible node, is Healthy": {
			workload(with(ready("a", "1"), ready("b", "1")), eligible("1", "1")), placement.Healthy},
		"one zone, while only nodes without a zone are eligible beside it, is Healthy": {
			workload(with(ready("a", "1"), ready("b", "1")), eligible("1", "1", "")), placement.Healthy},
		"one zone and one replica whose zone is not known is not ZoneFragile": {
			workload(with(ready("a", "1"), ready("b", "")), eligible("1", "2")), placement.Healthy},
		"one zone and one replica on a virtual node is not ZoneFragile": {
			workload(with(ready("a", "1"), ready("b", "1"), onVirtual("v", "1")), eligible("1", "2")), placement.Healthy},
		"no known zone at all is not ZoneFragile": {
			workload(with(ready("a", ""), ready("b", "")), eligible("1", "2")), placement.Healthy},
		"a replica in another zone that is not ready does not help": {
			workload(with(ready("a", "1"), ready("b", "1"), unready("c", "2")), eligible("1", "2")), placement.ZoneFragile},
		"one node in one zone is NodeFragile rather than ZoneFragile": {
			workload(several(2, ready("a", "1")), eligible("1", "2")), placement.NodeFragile},
		"ZoneFragile comes before Uneven": {
			workload(several(3, ready("a", "1")), with(ready("b", "1")), eligible("1", "2")), placement.ZoneFragile},

		// Uneven
		"three of four on one node is Uneven": {
			workload(several(3, ready("a", "")), with(ready("b", "")), eligible("", "")), placement.Uneven},
		"two of four on one node is just tolerated": {
			workload(several(2, ready("a", "")), several(2, ready("b", "")), eligible("", "", "", "")), placement.Healthy},
		"two of three on one node is Uneven where three nodes are eligible": {
			workload(several(2, ready("a", "")), with(ready("b", "")), eligible("", "", "")), placement.Uneven},
		"two of three on one node is the best that two nodes allow": {
			workload(several(2, ready("a", "")), with(ready("b", "")), eligible("", "")), placement.Healthy},
		"what stands is the best where no node is eligible": {
			workload(several(3, ready("a", "")), with(ready("b", ""))), placement.Healthy},
		"what stands is the best in a zone where no zone is eligible": {
			workload(several(3, ready("a", "1")), several(3, ready("b", "2")), with(ready("c", "1")),
				eligible("", "", ""), tolerating(50, 50)), placement.Healthy},
		"three of four in one zone is Uneven where 67% are tolerated": {
			workload(with(ready("a", "1"), ready("b", "1"), ready("c", "1"), ready("d", "2")),
				eligible("1", "1", "2", "2"), tolerating(50, 67)), placement.Uneven},
		"three of four in one zone is tolerated by default": {
			workload(with(ready("a", "1"), ready("b", "1"), ready("c", "1"), ready("d", "2")),
				eligible("1", "1", "2", "2")), placement.Healthy},
		"three of four in one zone is the best that one zone allows": {
			workload(with(ready("a", "1"), ready("b", "1"), ready("c", "1"), ready("d", "")),
				eligible("1", "1"), tolerating(50, 67)), placement.Healthy},
		"two of three in one zone is the best that two zones allow": {
			workload(with(ready("a", "1"), ready("b", "1"), ready("c", "2")),
				eligible("1", "1", "2"), tolerating(50, 34)), placement.Healthy},
		"three of four on one node beside a virtual node is Uneven": {
			workload(several(3, ready("a", "")), with(onVirtual("v", "")), eligible("", "")), placement.Uneven},
		"three of four on a virtual node is Healthy: it is no failure domain": {
			workload(several(3, onVirtual("v", "1")), with(ready("b", "1")), eligible("1", "2")), placement.Healthy},
		"replicas that are not ready do not count towards a node's part": {
			workload(several(2, ready("a", "")), several(2, ready("b", "")), several(5, unready("a", "")),
				eligible("", "", "")), placement.Healthy},

		// percentages
		"one of three is tolerated by 34%": {
			workload(with(ready("a", ""), ready("b", ""), ready("c", "")), eligible("", "", "", ""), tolerating(34, 100)), placement.Healthy},
		"two of three is not tolerated by 34%": {
			workload(several(2, ready("a", "")), with(ready("b", "")), eligible("", "", ""), tolerating(34, 100)), placement.Uneven},
		"one of three is not tolerated by 33%, but it is the best": {
			workload(with(ready("a", ""), ready("b", ""), ready("c", "")), eligible("", "", "", ""), tolerating(33, 100)), placement.Healthy},
		"a policy of 100% tolerates all but one on one node": {
			workload(several(9, ready("a", "")), with(ready("b", "")), eligible("", "", ""), tolerating(100, 100)), placement.Healthy},
		"seven of a hundred are tolerated by 7%, which no binary fraction says exactly": {
			workload(several(7, ready("a", "")), several(93, onVirtual("v", "")), eligible(zoneless(100)...), tolerating(7, 100)), placement.Healthy},
		"29 of a hundred are tolerated by 29%, which times a hundred is less than 29 in binary": {
			workload(several(29, ready("a", "")), several(71, onVirtual("v", "")), eligible(zoneless(100)...), tolerating(29, 100)), placement.Healthy},
		"30 of a hundred are not tolerated by 29%": {
			workload(several(30, ready("a", "")), several(70, onVirtual("v", "")), eligible(zoneless(100)...), tolerating(29, 100)), placement.Uneven},

		// Healthy
		"two replicas on two nodes in two zones are Healthy": {
			workload(with(ready("a", "1"), ready("b", "2")), eligible("1", "2")), placement.Healthy},
		"replicas on virtual nodes alone are Healthy": {
			workload(several(2, onVirtual("v", "1")), eligible("1", "2")), placement.Healthy},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := assess(t, tt.workload).Verdict; got != tt.want {
				t.Errorf("verdict is %s, want %s", got, tt.want)
			}
		})
	}
}

func unbound(r placement.Replica) placement.Replica {
	r.Placed = time.Time{}
	return r
}

// zoneless are so many nodes without a zone.
func zoneless(n int) []string { return make([]string, n) }

func TestAWorkloadWithoutReplicasHasNoVerdict(t *testing.T) {
	tests := map[string]placement.Workload{
		"nothing at all":                   {},
		"only Pods that are being deleted": workload(terminating(time.Second), removed(time.Second)),
	}
	for name, w := range tests {
		t.Run(name, func(t *testing.T) {
			if a, ok := placement.Assess(w); ok {
				t.Errorf("Assess gives %+v, want none", a)
			}
		})
	}
}

func TestAssessmentCountsReplicasAndShares(t *testing.T) {
	a := assess(t, workload(
		several(2, ready("b", "1")), with(ready("a", "2"), unready("c", "3"), onVirtual("v", "4"), ready("d", "")),
	))
	if a.Replicas != 6 || a.Ready != 5 {
		t.Errorf("%d of %d ready, want 5 of 6", a.Ready, a.Replicas)
	}
	if a.ID.String() != "shop/web/ReplicaSet/web" || a.ID.AppKey.String() != "shop/web" {
		t.Errorf("the assessment is of %s in %s", a.ID, a.ID.AppKey)
	}
	nodes := []placement.Share{{Node: "a", Zone: "2", Ready: 1}, {Node: "b", Zone: "1", Ready: 2}, {Node: "d", Ready: 1}}
	if !equal(a.Nodes, nodes) {
		t.Errorf("nodes are %v, want %v", a.Nodes, nodes)
	}
	zones := map[string]int{"1": 2, "2": 1}
	if !equal(a.Zones(), zones) {
		t.Errorf("zones are %v, want %v", a.Zones(), zones)
	}
}
