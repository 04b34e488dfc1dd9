package main

import "testing"

// profile is the beginning of a heap profile as the operator serves it.
const profile = `heap profile: 3: 228 [9: 999] @ heap/2
1: 128 [2: 256] @ 0x1 0x2 0x3
#	0x1	runtime.newobject+0x1	malloc.go:1
#	0x2	evenkeel.dev/evenkeel/pkg/podview.(*Transformer).Pod+0x2	transform.go:2
#	0x3	k8s.io/client-go/tools/cache.(*cache).Add+0x3	store.go:3

1: 48 [1: 48] @ 0x4 0x5
#	0x4	k8s.io/client-go/tools/cache.ObjectName.String+0x4	store.go:4
#	0x5	k8s.io/client-go/tools/cache.MetaNamespaceKeyFunc+0x5	store.go:5

1: 52 [5: 99] @ 0x6
#	0x6	compress/flate.NewReader+0x6	inflate.go:6

0: 0 [8: 800] @ 0x7
#	0x7	evenkeel.dev/evenkeel/pkg/podview.(*Transformer).Pod+0x7	transform.go:2

# runtime.MemStats
# Alloc = 228
`

func TestCostsAreAddedUpByWhatTheyAreFor(t *testing.T) {
	costs, err := costsIn([]byte(profile), 1e-9) // each one is counted
	if err != nil {
		t.Fatal(err)
	}
	want := []cost{{"`podview.Pod`, the struct", 128}, {"the store's keys, `string`", 48}, {theRest, 52}}
	if len(costs) != len(want) {
		t.Fatalf("costs: %v, want %v", costs, want)
	}
	for i := range want {
		if costs[i] != want[i] {
			t.Errorf("cost %d: %v, want %v", i, costs[i], want[i])
		}
	}
}

func TestWhatWasNotCountedIsAddedByItsChance(t *testing.T) {
	costs, err := costsIn([]byte(profile), 128)
	if err != nil {
		t.Fatal(err)
	}
	// One allocation of 128 bytes is counted 63 times out of 100.
	if got := costs[0].bytes; got < 202 || got > 203 {
		t.Errorf("%g bytes, want 202.5", got)
	}
}
