package placement_test

import (
	"reflect"
	"testing"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

func TestWorstDomainIsTheOneThatTakesMost(t *testing.T) {
	tests := map[string]struct {
		workload   placement.Workload
		node, zone placement.Loss
	}{
		"the node and the zone with most ready replicas": {
			workload(several(3, ready("b", "2")), with(ready("a", "1"))),
			placement.Loss{Name: "b", Share: 0.75}, placement.Loss{Name: "2", Share: 0.75}},
		"of equal domains the first by name": {
			workload(with(ready("c", "3"), ready("a", "2"), ready("b", "1"))),
			placement.Loss{Name: "a", Share: 1.0 / 3}, placement.Loss{Name: "1", Share: 1.0 / 3}},
		"a zone takes the sum of its nodes": {
			workload(several(2, ready("a", "1")), with(ready("b", "2"), ready("c", "2"), ready("d", "2"))),
			placement.Loss{Name: "a", Share: 0.4}, placement.Loss{Name: "2", Share: 0.6}},
		"replicas that are not ready take nothing with them": {
			workload(several(9, unready("a", "1")), with(ready("b", "2"))),
			placement.Loss{Name: "b", Share: 1}, placement.Loss{Name: "2", Share: 1}},
		"a node without a zone is in none": {
			workload(several(2, ready("a", "")), with(ready("b", "1"))),
			placement.Loss{Name: "a", Share: 2.0 / 3}, placement.Loss{Name: "1", Share: 1.0 / 3}},
		"a virtual node is no domain, but its replicas are part of the whole": {
			workload(several(3, onVirtual("v", "1")), with(ready("a", "2"))),
			placement.Loss{Name: "a", Share: 0.25}, placement.Loss{Name: "2", Share: 0.25}},
		"no domain takes anything where nothing is ready": {
			workload(several(2, unready("a", "1"))),
			placement.Loss{}, placement.Loss{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := assess(t, tt.workload)
			if a.WorstNode != tt.node {
				t.Errorf("worst node is %+v, want %+v", a.WorstNode, tt.node)
			}
			if a.WorstZone != tt.zone {
				t.Errorf("worst zone is %+v, want %+v", a.WorstZone, tt.zone)
			}
		})
	}
}
