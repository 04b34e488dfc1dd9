package controller

import (
	"maps"
	"slices"
	"sync"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// memory is what handlers leave for the next reconcile of an app, and what one
// reconcile leaves for the next. It forgets apps that have nothing in it. It is
// safe for concurrent use.
type memory struct {
	mu   sync.Mutex
	apps map[placement.AppKey]*appMemory
}

type appMemory struct {
	// since is the arrival of the earliest event not reconciled yet.
	since time.Time
	// removals are when a replica of each workload was last seen to vanish.
	removals map[placement.WorkloadID]time.Time
	// complaints are the malformed annotations told of, by workload.
	complaints map[placement.WorkloadID]map[placement.Invalid]bool
}

func newMemory() *memory {
	return &memory{apps: make(map[placement.AppKey]*appMemory)}
}

// of returns the memory of an app; the caller holds the lock.
func (m *memory) of(app placement.AppKey) *appMemory {
	a := m.apps[app]
	if a == nil {
		a = &appMemory{}
		m.apps[app] = a
	}
	return a
}

// arrived notes an event for each app; of those that merge the earliest counts.
// It returns the apps of which it is that: the others wait to be reconciled
// already.
func (m *memory) arrived(now time.Time, apps ...placement.AppKey) (first []placement.AppKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, app := range apps {
		if a := m.of(app); a.since.IsZero() {
			a.since = now
			first = append(first, app)
		}
	}
	return first
}

// removed notes that a workload lost a replica.
func (m *memory) removed(id placement.WorkloadID, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.of(id.AppKey)
	if a.removals == nil {
		a.removals = make(map[placement.WorkloadID]time.Time)
	}
	a.removals[id] = now
}

// take returns the arrival of the earliest event not reconciled yet, zero for
// none, and a copy of the removals: a reconcile begins.
func (m *memory) take(app placement.AppKey) (since time.Time, removals map[placement.WorkloadID]time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	removals = make(map[placement.WorkloadID]time.Time)
	a := m.apps[app]
	if a == nil {
		return time.Time{}, removals
	}
	since, a.since = a.since, time.Time{}
	for id, at := range a.removals {
		removals[id] = at
	}
	return since, removals
}

// removals gives a copy of an app's removals.
func (m *memory) removals(app placement.AppKey) map[placement.WorkloadID]time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.apps[app]; a != nil {
		return maps.Clone(a.removals)
	}
	return nil
}

// complaint tells whether a malformed annotation of a workload is new, and
// remembers it.
func (m *memory) complaint(id placement.WorkloadID, invalid placement.Invalid) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.of(id.AppKey)
	if a.complaints[id][invalid] {
		return false
	}
	if a.complaints == nil {
		a.complaints = make(map[placement.WorkloadID]map[placement.Invalid]bool)
	}
	if a.complaints[id] == nil {
		a.complaints[id] = make(map[placement.Invalid]bool)
	}
	a.complaints[id][invalid] = true
	return true
}

// present is what there is of a workload.
type present struct {
	invalid []placement.Invalid
	settle  time.Duration
}

// prune drops what is of no more use: removals that have settled, and malformed
// annotations that no longer stand. The settle time is that of workloads that are not.
func (m *memory) prune(app placement.AppKey, there map[placement.WorkloadID]present, settle time.Duration, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.apps[app]
	if a == nil {
		return
	}
	for id, at := range a.removals {
		until := at.Add(settle)
		if w, ok := there[id]; ok {
			until = at.Add(w.settle)
		}
		if !now.Before(until) {
			delete(a.removals, id)
		}
	}
	for id, told := range a.complaints {
		for invalid := range told {
			if !slices.Contains(there[id].invalid, invalid) {
				delete(told, invalid)
			}
		}
		if len(told) == 0 {
			delete(a.complaints, id)
		}
	}
	if a.since.IsZero() && len(a.removals) == 0 && len(a.complaints) == 0 {
		delete(m.apps, app)
	}
}

func (m *memory) len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.apps)
}
