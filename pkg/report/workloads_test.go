package report

import (
	"fmt"
	"testing"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestAWorkloadIsFoundAmongFewAndMany(t *testing.T) {
	id := func(i int) placement.WorkloadID { return placement.WorkloadID{Kind: "Deployment", Name: fmt.Sprint(i)} }
	for _, n := range []int{0, 1, manyWorkloads - 1, manyWorkloads, 1000} {
		t.Run(fmt.Sprintf("of %d", n), func(t *testing.T) {
			var all workloads
			for i := range n {
				all = append(all, &record{item: Item{Assessment: placement.Assessment{ID: id(i)}}})
			}
			byID := all.byID()
			for i := range n {
				if all.of(id(i)) != all[i] || byID(id(i)) != all[i] {
					t.Fatalf("the record of number %d is another", i)
				}
			}
			if all.of(id(n)) != nil || byID(id(n)) != nil {
				t.Error("one is found that is not there")
			}
		})
	}
}
