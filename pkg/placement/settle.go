package placement

import (
	"maps"
	"slices"
	"time"
)

// settling is whether a workload is on the move.
type settling struct {
	// active is true where it is, and has been for no longer than SettleMax.
	active bool
	// young is true where every replica is younger than the settle time.
	young bool
	// since is when it entered that state, zero where it is not in it.
	since time.Time
	// recheck is when time alone may change any of this; zero for never.
	recheck time.Time
}

// settlingOf finds out whether a workload is on the move: more than one
// revision alive, a replica without a node, a Pod being deleted, or a
// placement that changed less than the settle time ago.
func settlingOf(w Workload) settling {
	movements := []movement{
		revisions(w),
		unscheduled(w),
		terminating(w),
		recent(w),
	}
	var s settling
	s.young, s.recheck = young(w)
	for _, m := range movements {
		if !m.moving {
			continue
		}
		s.active = true
		if s.since.IsZero() || m.since.Before(s.since) {
			s.since = m.since
		}
		s.recheck = earliest(s.recheck, m.until)
	}
	if !s.active {
		return s
	}
	s.since = earliest(s.since, w.SettlingSince)
	end := s.since.Add(w.Policy.SettleMax)
	if !w.Now.Before(end) {
		s.active = false
		return s
	}
	s.recheck = earliest(s.recheck, end)
	return s
}

// movement is one reason for which a workload settles.
type movement struct {
	moving bool
	// since is when it began, never later than now.
	since time.Time
	// until is when it ends by time alone; zero where only an event ends it.
	until time.Time
}

func moving(w Workload, since time.Time) movement {
	if since.IsZero() || since.After(w.Now) {
		since = w.Now
	}
	return movement{moving: true, since: since}
}

// revisions is a rollout: it began when the second revision's first replica
// was created.
func revisions(w Workload) movement {
	another := func(r Replica) bool { return r.Revision != w.Replicas[0].Revision }
	if !slices.ContainsFunc(w.Replicas, another) {
		return movement{}
	}
	first := make(map[string]time.Time, 2)
	for _, r := range w.Replicas {
		if t, ok := first[r.Revision]; !ok || r.Created.Before(t) {
			first[r.Revision] = r.Created
		}
	}
	begun := slices.SortedFunc(maps.Values(first), time.Time.Compare)
	return moving(w, begun[1])
}

func unscheduled(w Workload) movement {
	var since time.Time
	found := false
	for _, r := range w.Replicas {
		if r.Node != "" {
			continue
		}
		if !found || r.Created.Before(since) {
			since = r.Created
		}
		found = true
	}
	if !found {
		return movement{}
	}
	return moving(w, since)
}

func terminating(w Workload) movement {
	if len(w.Terminating) == 0 {
		return movement{}
	}
	since := w.Terminating[0]
	for _, t := range w.Terminating[1:] {
		since = earliest(since, t)
	}
	return moving(w, since)
}

// recent is a placement that changed less than the settle time ago.
func recent(w Workload) movement {
	var first, last time.Time
	note := func(t time.Time) {
		if t.IsZero() || !w.Now.Before(t.Add(w.Policy.Settle)) {
			return
		}
		first = earliest(first, t)
		last = latest(last, t)
	}
	for _, r := range w.Replicas {
		note(r.placed())
	}
	note(w.Removed)
	if last.IsZero() {
		return movement{}
	}
	m := moving(w, first)
	m.until = last.Add(w.Policy.Settle)
	return m
}

// young tells whether every replica is younger than the settle time, and when
// that ends.
func young(w Workload) (bool, time.Time) {
	oldest := w.Replicas[0].Created
	for _, r := range w.Replicas[1:] {
		if r.Created.Before(oldest) {
			oldest = r.Created
		}
	}
	end := oldest.Add(w.Policy.Settle)
	if w.Now.Before(end) {
		return true, end
	}
	return false, time.Time{}
}

// earliest is the earlier of two times, of which zero stands for none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
