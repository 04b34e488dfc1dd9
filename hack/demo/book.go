package main

import (
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// book is what the API server tells of one app's Pods.
type book struct {
	replicas int
	// floor is how many must be ready by the app's PodDisruptionBudget; it counts
	// from when all have been for the first time, which is when it is whole. below
	// is true while fewer are, fallen where that ever was.
	floor                int
	whole, below, fallen bool
	pods                 map[types.UID]standing
	// due is true while repair has something to move. planned is how many moves
	// its plan had for that, evictions are those that were made.
	due       bool
	planned   int
	evictions []eviction
	// counted are all Pods that were ever evicted, moved is when the last was.
	counted map[types.UID]bool
	moved   time.Time
}

// standing is where a Pod is, and whether it is of use.
type standing struct {
	node  string
	ready bool
}

func newBook(a app) *book {
	b := &book{replicas: a.replicas, pods: make(map[types.UID]standing), counted: make(map[types.UID]bool)}
	if !a.bare {
		b.floor = a.replicas - 1
	}
	return b
}

// take notes what a Pod is like by now.
func (b *book) take(pod *v1.Pod, gone bool) {
	if n := len(b.evictions); n > 0 {
		last := &b.evictions[n-1]
		if last.successor == "" && !last.known[pod.UID] && !gone {
			last.successor = pod.Spec.NodeName
		}
	}
	if gone {
		delete(b.pods, pod.UID)
		return
	}
	b.pods[pod.UID] = standing{pod.Spec.NodeName, pod.DeletionTimestamp == nil && podReady(pod)}
}

// evict notes an eviction by how the app stood before it. It is false for one
// that is noted already.
func (b *book) evict(e eviction, zones map[string]string) bool {
	if b.counted[e.uid] {
		return false
	}
	b.counted[e.uid], b.moved = true, e.at
	e.known = make(map[types.UID]bool)
	ready := 0.0
	for uid, s := range b.pods {
		e.known[uid] = true
		if !s.ready {
			continue
		}
		ready++
		if s.node == e.node {
			e.ofNode++
		}
		if zones[s.node] == e.zone {
			e.ofZone++
		}
	}
	if ready > 0 {
		e.ofNode, e.ofZone = e.ofNode/ready, e.ofZone/ready
	}
	b.evictions = append(b.evictions, e)
	return true
}

// fell is true at the moment at which fewer are ready than the budget wants.
func (b *book) fell() bool {
	ready := b.ready()
	b.whole = b.whole || ready >= b.replicas
	was := b.below
	b.below = b.whole && ready < b.floor
	b.fallen = b.fallen || b.below
	return b.below && !was
}

func (b *book) ready() int {
	n := 0
	for _, s := range b.pods {
		if s.ready {
			n++
		}
	}
	return n
}
