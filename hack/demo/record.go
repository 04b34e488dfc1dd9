package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// record is what has been seen, for the end.
type record struct {
	mu       sync.Mutex
	seen     map[placement.Verdict]bool
	failures []string
	changes  int
	slowest  time.Duration
	slow     string
}

func newRecord() *record { return &record{seen: make(map[placement.Verdict]bool)} }

// see notes the verdicts of a picture.
func (r *record) see(p picture) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, it := range p.items {
		r.seen[it.Verdict] = true
	}
}

// moved notes a change whose effect was as expected, and how long it was until
// the counts moved.
func (r *record) moved(what string, after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
	if after >= r.slowest {
		r.slowest, r.slow = after, what
	}
}

// failed notes something that was not as expected.
func (r *record) failed(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, why)
}

// summary says in lines what was seen, and whether that was all there should
// be.
func (r *record) summary() (lines []string, good bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var seen, missing []string
	for _, v := range byRank() {
		if r.seen[v] {
			seen = append(seen, string(v))
		} else {
			missing = append(missing, string(v))
		}
	}
	if len(missing) == 0 {
		lines = append(lines, "saw every verdict: "+strings.Join(seen, " "))
	} else {
		lines = append(lines, "did not see every verdict, missing: "+strings.Join(missing, " "))
	}
	switch r.changes {
	case 0:
		lines = append(lines, "no change came to its end")
	default:
		lines = append(lines, fmt.Sprintf("%d changes had the effect expected; the counts moved in %s at most (%s)",
			r.changes, seconds(r.slowest), r.slow))
	}
	wrong := r.wrong()
	return append(lines, wrong...), len(missing) == 0 && len(wrong) == 0
}

// notAsExpected says in lines what was not; none where all was.
func (r *record) notAsExpected() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wrong()
}

// wrong does so for a caller that holds the lock.
func (r *record) wrong() []string {
	var lines []string
	for _, f := range r.failures {
		lines = append(lines, "not as expected: "+f)
	}
	return lines
}

// byRank lists every verdict, worst first.
func byRank() []placement.Verdict {
	verdicts := placement.Verdicts()
	slices.SortFunc(verdicts, func(a, b placement.Verdict) int { return a.Rank() - b.Rank() })
	return verdicts
}
