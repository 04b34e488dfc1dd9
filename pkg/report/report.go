// Package report holds what is known now: the assessments of every app, and
// what follows from them for nodes and zones, kept up as apps change. The API,
// the metrics and the Events read it; only the controller writes it.
//
// When something began is told by the cluster's clock, which whoever writes
// reads; how long a workload has been at risk is measured by this machine's own.
package report

import (
	"slices"
	"sync"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Report is safe for concurrent use. What it returns is the caller's own,
// except for the slices inside an Assessment, which nobody may change.
type Report struct {
	mu    sync.RWMutex
	apps  map[placement.AppKey]workloads
	nodes domains
	zones domains
	count map[placement.Tally]int
	// ghosts are in none of the above.
	ghosts ghosts
}

// record is one workload's present state and what must be remembered of it.
type record struct {
	item Item
	// standing is the last verdict other than Settling, and since when.
	standing placement.Verdict
	since    time.Time
	// unsaid is true where nobody may have told of the standing verdict.
	unsaid bool
	// risk is the time spent at risk up to riskFrom, which is zero while the
	// workload is not at risk, and by this machine's clock: what is known of the
	// cluster's may be put right, and the sum must not become less.
	risk     time.Duration
	riskFrom time.Time
}

// New makes an empty report.
func New() *Report {
	return &Report{
		apps:  make(map[placement.AppKey]workloads),
		nodes: make(domains),
		zones: make(domains),
		count: make(map[placement.Tally]int),

		ghosts: make(ghosts),
	}
}

// Put replaces what is known of an app by its workloads' present assessments,
// made at now by the cluster's clock, and returns the changes of verdict. An
// assessment without a verdict is of a workload that has no replica but may have
// one again any moment: it is not reported, and what is remembered of it is kept.
// All else is forgotten.
func (r *Report) Put(app placement.AppKey, assessments []placement.Assessment, now time.Time) []Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	here := time.Now()
	before, away := r.apps[app], r.ghosts[app]
	delete(r.ghosts, app)
	was := before.byID()
	after := make(workloads, 0, len(assessments))
	var changes []Change
	for _, a := range assessments {
		rec := was(a.ID)
		if a.Verdict == "" {
			r.keep(a.ID, rec, away[a.ID], here)
			continue
		}
		counted := rec != nil && countsAlike(rec.item.Assessment, a) // most often
		switch {
		case rec == nil && away[a.ID] != nil:
			rec = away[a.ID]
		case rec == nil:
			rec = &record{}
		case !counted:
			r.discount(rec)
		}
		if change, ok := rec.update(a, now, here); ok {
			changes = append(changes, change)
		}
		if !counted {
			r.account(rec)
		}
		after = append(after, rec)
	}
	is := after.byID()
	for _, rec := range before {
		if is(rec.item.ID) == nil {
			r.discount(rec)
		}
	}
	if len(after) == 0 {
		delete(r.apps, app)
	} else {
		r.apps[app] = after
	}
	return changes
}

// keep remembers a workload that is not there: the record that it had until
// now, or the one kept before.
func (r *Report) keep(id placement.WorkloadID, was, away *record, here time.Time) {
	switch {
	case was != nil:
		kept := *was // the one that was is still to be taken out of the counts
		kept.accrue(false, here)
		r.ghosts.add(id, &kept)
	case away != nil:
		r.ghosts.add(id, away)
	}
}

// update takes a new assessment in and tells whether the verdict changed, or is
// one at risk that nobody has said yet. The time is now by the cluster's clock and
// here by this machine's.
func (rec *record) update(a placement.Assessment, now, here time.Time) (Change, bool) {
	change := Change{From: rec.standing, before: rec.since}
	tell := false
	switch {
	case a.Verdict == placement.Settling:
	case a.Verdict != rec.standing:
		rec.since = beginning(rec.since, a.Since, now)
		rec.standing = a.Verdict
		tell = true
	case rec.unsaid && a.Verdict.AtRisk():
		change.From = ""
		tell = true
	}
	rec.accrue(a.Verdict.AtRisk(), here)
	rec.item = Item{Assessment: a, Since: rec.since}
	if a.Verdict == placement.Settling {
		rec.item.Since = a.Since
	} else {
		rec.unsaid = false
	}
	change.Item = rec.item
	return change, tell
}

// beginning is when a verdict began that was not there before: when the
// cluster says so, unless that is no later than the beginning of the verdict
// before it, which means that the cluster's times do not tell this change. It
// is always later than that one, also where another operator's clock told it.
func beginning(previous, told, now time.Time) time.Time {
	switch {
	case !told.IsZero() && told.After(previous):
		return told
	case now.After(previous):
		return now
	default:
		return previous.Add(time.Nanosecond)
	}
}

// accrue keeps the time spent at risk.
func (rec *record) accrue(atRisk bool, here time.Time) {
	rec.risk = rec.riskAt(here)
	rec.riskFrom = time.Time{}
	if atRisk {
		rec.riskFrom = here
	}
}

// riskAt is the time spent at risk until then; a reader's moment may be before the
// write that it waited for.
func (rec *record) riskAt(here time.Time) time.Duration {
	if rec.riskFrom.IsZero() {
		return rec.risk
	}
	return rec.risk + max(0, here.Sub(rec.riskFrom))
}

// countsAlike is true for assessments that are the same to counts and domains.
func countsAlike(a, b placement.Assessment) bool {
	return a.Verdict == b.Verdict && a.Fixable == b.Fixable && a.Ready == b.Ready && slices.Equal(a.Nodes, b.Nodes)
}

// account adds a record to the counts and domains, discount takes it out.
func (r *Report) account(rec *record) {
	a := rec.item.Assessment
	r.count[placement.Tally{Verdict: a.Verdict, Fixable: a.Fixable}]++
	r.nodes.add(a.Nodes, nodeOf, rec)
	r.zones.add(a.Nodes, zoneOf, rec)
}

func (r *Report) discount(rec *record) {
	a := rec.item.Assessment
	tally := placement.Tally{Verdict: a.Verdict, Fixable: a.Fixable}
	if r.count[tally]--; r.count[tally] == 0 {
		delete(r.count, tally)
	}
	r.nodes.remove(a.Nodes, nodeOf, rec)
	r.zones.remove(a.Nodes, zoneOf, rec)
}

// SettlingSince gives, for each workload of an app that is on the move, since
// when: what the next assessment needs to know of the one before.
func (r *Report) SettlingSince(app placement.AppKey) map[placement.WorkloadID]time.Time {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var since map[placement.WorkloadID]time.Time
	note := func(id placement.WorkloadID, rec *record) {
		if t := rec.item.SettlingSince; !t.IsZero() {
			if since == nil {
				since = make(map[placement.WorkloadID]time.Time)
			}
			since[id] = t
		}
	}
	for _, rec := range r.apps[app] {
		note(rec.item.ID, rec)
	}
	for id, rec := range r.ghosts[app] {
		note(id, rec)
	}
	return since
}
