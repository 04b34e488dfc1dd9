package main

import (
	"slices"
	"time"
)

// result is what was measured at one size. Sizes are in bytes.
type result struct {
	nodes, apps, pods int
	loaded            time.Duration
	stored            float64 // bytes of a Pod in etcd
	plain, operator   syncs
	judged            time.Duration
	// told is when the Events of all that it found had been written, found how many.
	told  time.Duration
	found float64
	// baseHeap and plainBase are the heaps with nodes and no Pods.
	baseHeap, plainBase float64
	atStart             float64 // requests until all was judged
	rest                rest
	pages               pages
	churn               churn
	apart               churn // with a core of the operator's own
	zone                zone
	relist              relisted
	profile             []cost
}

// syncs are the first syncs of one program.
type syncs struct {
	ready, cpu []time.Duration
	peak       []float64
	// heap and rss are those at rest.
	heap, rss float64
}

func (s syncs) time() time.Duration { return median(s.ready) }

// rest is what the operator needs while nothing happens.
type rest struct {
	cpu float64 // cores
}

// pages are the answers to scrapes and to requests for a page of apps.
type pages struct {
	scrape, apps         latencies
	scrapeSize, appsSize int
	series               int
}

type latencies []time.Duration

func (l latencies) quantile(q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(l))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// churn is how the operator follows changes of Pods.
type churn struct {
	rate float64 // changes a second that were made
	// p50, p99 and within (10 ms) are of the time from the watch's delivery to
	// the verdict, for every change; from the operator's histogram, whose lowest
	// bucket ends at lowest.
	p50, p99, within float64
	lowest           float64
	merged           float64 // verdicts per change
	restarts         float64 // watches that the API server ended
	// seen is the time from when another watch delivered a change until the
	// API told the verdict, for a few.
	seen latencies
	cpu  float64 // cores
	peak float64
}

// zone is what the loss of a zone does.
type zone struct {
	nodes int
	// wrote is how long it took to write the nodes, counted how long after the
	// last of these every app's ready replicas were right, and judged how long
	// after it the last verdict came.
	wrote, counted, judged time.Duration
	verdicts               int
	events, requests       float64
	told                   time.Duration // until the last Event was written
	cpu                    time.Duration
}

// relisted is what a restart of the API server does: unseen is how many changes
// were made while there was none, served how long the new one took to serve, took
// how long after it the operator was right again.
type relisted struct {
	unseen       int
	served, took time.Duration
	peak         float64
}

// cost is what a Pod costs of one thing.
type cost struct {
	what  string
	bytes float64
}

func median[T int64 | float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	half := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[half-1] + sorted[half]) / 2
	}
	return sorted[half]
}
