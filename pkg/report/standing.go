package report

import (
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Standing is the verdict other than Settling that a workload was last said to
// have, and since when.
type Standing struct {
	ID      placement.WorkloadID
	Verdict placement.Verdict
	Since   time.Time
}

// ghosts are the records of workloads that are not there now: without a replica
// for a moment, or known only from what was said of them.
type ghosts map[placement.AppKey]map[placement.WorkloadID]*record

func (g ghosts) add(id placement.WorkloadID, rec *record) {
	if g[id.AppKey] == nil {
		g[id.AppKey] = make(map[placement.WorkloadID]*record)
	}
	g[id.AppKey][id] = rec
}

// Adopt takes over what was said of workloads, at the start or by another
// operator. The same trouble keeps its beginning; a workload that has changed
// since, or is on the move, has what was said for its verdict before, so that
// the next Put tells of the change. Each app is to be assessed anew after it.
func (r *Report) Adopt(said []Standing) {
	r.mu.Lock()
	defer r.mu.Unlock()
	heard := make(map[placement.WorkloadID]bool, len(said))
	for _, s := range said {
		heard[s.ID] = true
		if rec := r.apps[s.ID.AppKey].of(s.ID); rec != nil {
			rec.adopt(s)
			continue
		}
		if rec := r.ghosts[s.ID.AppKey][s.ID]; rec != nil {
			rec.standing, rec.since = s.Verdict, s.Since // what it spent at risk stays
			continue
		}
		r.ghosts.add(s.ID, &record{standing: s.Verdict, since: s.Since})
	}
	r.eachUnjudged(func(id placement.WorkloadID, rec *record) {
		rec.unsaid = !heard[id] && rec.standing.AtRisk()
	})
}

// eachUnjudged goes through the workloads that have no verdict of their own
// now: those on the move and those that are not there.
func (r *Report) eachUnjudged(do func(placement.WorkloadID, *record)) {
	for _, workloads := range r.apps {
		for _, rec := range workloads {
			if rec.item.Verdict == placement.Settling {
				do(rec.item.ID, rec)
			}
		}
	}
	for _, workloads := range r.ghosts {
		for id, rec := range workloads {
			do(id, rec)
		}
	}
}

func (rec *record) adopt(s Standing) {
	settling := rec.item.Verdict == placement.Settling
	switch {
	case rec.standing == s.Verdict:
		rec.since = s.Since
		if !settling {
			rec.item.Since = s.Since
		}
	case settling, s.Verdict.AtRisk() && !rec.standing.AtRisk():
		rec.standing, rec.since = s.Verdict, s.Since
	}
}

// Lingering returns the apps of which something is remembered of a workload
// that is not there now, in no order.
func (r *Report) Lingering() []placement.AppKey {
	r.mu.RLock()
	defer r.mu.RUnlock()
	apps := make([]placement.AppKey, 0, len(r.ghosts))
	for app := range r.ghosts {
		apps = append(apps, app)
	}
	return apps
}

// Known returns the workloads of an app of which something is remembered,
// whether they are there now or not, in no order.
func (r *Report) Known(app placement.AppKey) []placement.WorkloadID {
	r.mu.RLock()
	defer r.mu.RUnlock()
	known := make([]placement.WorkloadID, 0, len(r.apps[app])+len(r.ghosts[app]))
	for _, rec := range r.apps[app] {
		known = append(known, rec.item.ID)
	}
	for id := range r.ghosts[app] {
		known = append(known, id)
	}
	return known
}

// Retract takes a change back that could not be told: the next Put will find
// it again.
func (r *Report) Retract(change Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := change.Item.ID
	if rec := r.apps[id.AppKey].of(id); rec != nil && rec.standing == change.Item.Verdict {
		rec.standing, rec.since = change.From, change.before
	}
}
