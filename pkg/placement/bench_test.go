package placement_test

import (
	"fmt"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func BenchmarkAssess(b *testing.B) {
	for _, replicas := range []int{10, 100, 1000} {
		for name, w := range map[string]placement.Workload{
			"healthy":  wide(replicas),
			"uneven":   uneven(replicas),
			"settling": rolling(replicas),
		} {
			b.Run(fmt.Sprintf("%s/%d", name, replicas), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, ok := placement.Assess(w); !ok {
						b.Fatal("no verdict")
					}
				}
			})
		}
	}
}

// wide stands on half as many nodes as it has replicas, in three zones.
func wide(replicas int) placement.Workload {
	w := workload(eligible("1", "1", "2", "2", "3", "3"))
	for i := range replicas {
		node := i % (replicas / 2)
		w.Replicas = append(w.Replicas, ready(fmt.Sprintf("node-%04d", node), fmt.Sprint("zone-", node%3)))
	}
	return w
}

// uneven has three quarters of its replicas on one node.
func uneven(replicas int) placement.Workload {
	w := wide(replicas)
	for i := range replicas * 3 / 4 {
		w.Replicas[i] = w.Replicas[0]
	}
	return w
}

// rolling is in the middle of a rollout.
func rolling(replicas int) placement.Workload {
	w := wide(replicas)
	for i := range replicas / 2 {
		w.Replicas[i] = revised(aged(w.Replicas[i], time.Minute), "two")
	}
	return w
}

func BenchmarkWhatIf(b *testing.B) {
	var all []placement.Assessment
	for range 10_000 {
		a, _ := placement.Assess(wide(10))
		all = append(all, a)
	}
	gone := placement.NodeGone("node-0000")
	b.ReportAllocs()
	for b.Loop() {
		if len(placement.WhatIf(all, gone).Degraded) != len(all) {
			b.Fatal("every workload should be degraded")
		}
	}
}
