package main

import (
	"fmt"
	"slices"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
)

// account is what repair did, by the API server, and what it was to do. It takes
// in each change of a Pod, in order, and so misses nothing. It is safe for
// concurrent use.
type account struct {
	mu    sync.Mutex
	zones map[string]string // by node
	books map[key]*book
	// failed is told what must not be.
	failed func(string)
	// evicted is how many Pods were, moves how many were planned for what has been
	// repaired.
	evicted, moves int
	// done are the apps that were repaired or, in shadow, whose plan was seen;
	// times is how often that was.
	done    map[key]bool
	times   int
	slowest time.Duration
	slow    key
}

func newAccount(s scene, failed func(string)) *account {
	a := &account{zones: make(map[string]string), books: make(map[key]*book), failed: failed, done: make(map[key]bool)}
	for _, node := range s.makeNodes() {
		a.zones[node.Name] = node.Labels[v1.LabelTopologyZone]
	}
	for _, of := range s.apps() {
		a.books[of.key()] = newBook(of)
	}
	return a
}

// pod takes in what a Pod is like by now; gone is true for one that is no more.
func (a *account) pod(pod *v1.Pod, gone bool) {
	k := key{pod.Namespace, pod.Labels[workloadLabel]}
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.books[k]
	if b == nil {
		return
	}
	node := pod.Spec.NodeName
	if wasEvicted(pod) && b.evict(eviction{of: k, uid: pod.UID, pod: pod.Name, node: node, zone: a.zones[node], at: time.Now()}, a.zones) {
		a.evicted++
		if !b.due {
			a.failed(fmt.Sprintf("%s: Pod %s was evicted, and nothing was to be moved", k, pod.Name))
		}
	}
	b.take(pod, gone)
	if b.fell() {
		a.failed(fmt.Sprintf("%s fell below its PodDisruptionBudget: %d of %d ready", k, b.ready(), b.replicas))
	}
}

// see notes how many moves are planned for what is due.
func (a *account) see(p picture) {
	if p.plan == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for k, e := range p.plan.entries {
		if b := a.books[k]; b != nil && b.due {
			b.planned = max(b.planned, e.moves())
		}
	}
}

// owe notes that repair has something to move of these apps from now on.
func (a *account) owe(apps ...app) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, of := range apps {
		b := a.books[of.key()]
		b.due, b.planned, b.evictions = true, 0, nil
	}
}

// evictionsOf are those since something was due last.
func (a *account) evictionsOf(k key) []eviction {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.books[k].evictions)
}

// movedAt is when a Pod of an app was last evicted; zero for never.
func (a *account) movedAt(k key) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.books[k].moved
}

// settle notes that an app has been repaired, so long after its first eviction.
func (a *account) settle(k key, took time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.books[k]
	b.due = false
	a.moves += b.planned
	a.mark(k)
	if took >= a.slowest {
		a.slowest, a.slow = took, k
	}
	if n := len(b.evictions); n > b.planned {
		a.failed(fmt.Sprintf("%s: %d Pods were evicted, and %d moves were planned", k, n, b.planned))
	}
}

// foreseen notes that the plan for an app has been seen.
func (a *account) foreseen(k key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mark(k)
}

func (a *account) mark(k key) {
	a.done[k] = true
	a.times++
}

// evictedSoFar counts the Pods that were.
func (a *account) evictedSoFar() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.evicted
}
