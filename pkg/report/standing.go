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
		if rec := r.apps[s.ID.AppKey][s.ID]; rec != nil {
			rec.adopt(s)
			continue
		}
		r.ghosts.add(s.ID, &record{standing: s.Verdict, since: s.Since})
	}
	for _, workloads := range r.apps {
		for id, rec := range workloads {
			if !heard[id] && rec.item.Verdict == placement.Settling && rec.standing.AtRisk() {
				rec.standing = "" // nobody has said it: it is new when it settles
			}
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

// Retract takes a change back that could not be told: the next Put will find
// it again.
func (r *Report) Retract(change Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := change.Item.ID
	if rec := r.apps[id.AppKey][id]; rec != nil && rec.standing == change.Item.Verdict {
		rec.standing, rec.since = change.From, time.Time{}
	}
}
