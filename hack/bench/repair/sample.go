package main

import (
	"slices"
	"time"
)

// sample is when what happened to one crowded app. All but placed is the audit
// log's, to the microsecond.
type sample struct {
	// placed is when the last replica was bound, in whole seconds: it is from then
	// on that the operator lets the app settle.
	placed time.Time
	// ready is when the request came in by which the last replica became ready, allowed
	// that by which the app's budget came to allow a disruption: what the API server
	// takes to write them counts too.
	ready, allowed time.Time
	// evicted is when the first eviction was asked for.
	evicted time.Time
}

// raw is from the last replica's readiness to the eviction, less the settle time.
func (s sample) raw() time.Duration { return s.evicted.Sub(s.ready) - settle }

// reaction is from the moment from which on the eviction was due: when the last
// replica was ready and the app had settled.
func (s sample) reaction() time.Duration { return s.evicted.Sub(later(s.ready, s.settled())) }

// permitted is the same, and the budget allowed it.
func (s sample) permitted() time.Duration {
	return s.evicted.Sub(later(s.allowed, later(s.ready, s.settled())))
}

func (s sample) settled() time.Time { return s.placed.Add(settle) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// samplesOf finds in the audit log what happened to crowded apps, and leaves those
// out of which no replica was evicted.
func samplesOf(apps []*crowded, requests []request) []sample {
	byPod, byName := make(map[string]*sample), make(map[string]*sample)
	all := make([]sample, len(apps))
	for i, c := range apps {
		all[i].placed = c.placed
		byName[c.name] = &all[i]
		for _, pod := range c.pods {
			byPod[pod] = &all[i]
		}
	}
	for _, r := range requests {
		s := byPod[r.Object.Name]
		if r.Object.Resource == "poddisruptionbudgets" {
			s = byName[r.Object.Name]
		}
		if s == nil || !s.evicted.IsZero() {
			continue
		}
		switch {
		case r.evicts() && r.User.Username == operatorUser:
			s.evicted = r.Received
		case r.Object.Subresource != "status" || r.Response.Code >= 300:
		case r.Object.Resource == "pods":
			s.ready = r.Received
		default:
			s.allowed = r.Received
		}
	}
	return slices.DeleteFunc(all, func(s sample) bool { return s.evicted.IsZero() })
}

// latencies are what was measured for each sample.
type latencies []time.Duration

func latenciesOf(samples []sample, of func(sample) time.Duration) latencies {
	l := make(latencies, 0, len(samples))
	for _, s := range samples {
		l = append(l, of(s))
	}
	slices.Sort(l)
	return l
}

func (l latencies) quantile(q float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	return l[min(int(q*float64(len(l))), len(l)-1)]
}
