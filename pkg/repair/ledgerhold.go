package repair

import (
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// hold is a workload that is not to be tried before some time.
type hold struct {
	block Block
	until time.Time
	times int
}

// hold keeps a workload from being tried again for a while, that doubles each
// time up to most, and says until when.
func (l *Ledger) hold(id placement.WorkloadID, b Block, now time.Time, base, most time.Duration) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[id]
	if now.Sub(h.until) > most {
		h.times = 0 // what held it then has passed
	}
	wait := base
	for range h.times {
		wait = min(2*wait, max(base, most))
	}
	h = hold{block: b, until: now.Add(wait), times: min(h.times+1, 30)}
	l.held[id] = h
	return h.until
}

// holds tells for what a workload is held at now, and until when.
func (l *Ledger) holds(id placement.WorkloadID, now time.Time) (Block, time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, ok := l.held[id]
	return h.block, h.until, ok && now.Before(h.until)
}

// release forgets why a workload was held.
func (l *Ledger) release(id placement.WorkloadID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, id)
}
