package snapshot_test

import (
	"fmt"
	"testing"

	"evenkeel.dev/evenkeel/pkg/snapshot"
)

// BenchmarkGather shows that gathering an app costs what the app does, whatever
// the cluster's size.
func BenchmarkGather(b *testing.B) {
	for _, replicas := range []int{10, 100, 1000} {
		for _, pods := range []int{1_000, 50_000} {
			b.Run(fmt.Sprintf("replicas=%d/pods=%d", replicas, pods), func(b *testing.B) {
				w := newWorld(b)
				w.populate(pods)
				for i := range replicas {
					w.put(pod(fmt.Sprint("web-", i), fmt.Sprint("node-", i%10)))
				}
				b.ReportAllocs()
				for b.Loop() {
					if len(w.gather(snapshot.Memory{})) != 1 {
						b.Fatal("not one workload")
					}
				}
			})
		}
	}
}
