package repair

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Status is what repair would do now, and what keeps it from it.
type Status struct {
	// Leads is whether this operator repairs; one that does not knows nothing.
	Leads bool
	// Suspended is why nothing at all is repaired; empty where that is not so.
	Suspended string
	// Entries are in the order in which they are or would be done.
	Entries []Entry
}

// Entry is one workload that is at risk, or of which a move is under way.
type Entry struct {
	ID   placement.WorkloadID
	Mode placement.Mode
	// Ready and Replicas are as they were looked at last.
	Ready, Replicas int
	// Plan is what would be done, with the candidates that guards bar left out.
	Plan placement.Plan
	// Blocked is what keeps it from being done; nil where nothing does.
	Blocked *Block
	// UnderWay is the move whose end is waited for, and Why what is waited for;
	// nil and empty where there is none.
	UnderWay *Made
	Why      string
	// Record is what is remembered.
	Record Record

	order order
	// waits is true where it waits for what the cluster's budget has none of.
	waits bool
	// said is the block that was told.
	said string
}

// Block is what keeps a workload from being repaired.
type Block struct {
	// Guard is one of BlockNames.
	Guard  string
	Reason string
	Since  time.Time
	// Passing is true where it ends by itself.
	Passing bool
}

// order is what decides who is repaired first: the worst verdict, then the
// greater loss, then the more replicas, as the report has it.
type order struct {
	rank       int
	node, zone float64
	replicas   int
	id         string
}

func orderOf(a placement.Assessment) order {
	return order{a.Verdict.Rank(), a.WorstNode.Share, a.WorstZone.Share, a.Replicas, a.ID.String()}
}

func (o order) compare(p order) int {
	return cmp.Or(
		cmp.Compare(o.rank, p.rank), cmp.Compare(p.node, o.node), cmp.Compare(p.zone, o.zone),
		cmp.Compare(p.replicas, o.replicas), cmp.Compare(o.id, p.id),
	)
}

// turn groups entries: what is under way, what nothing blocks, what waits for
// something that passes, and the rest.
func (e Entry) turn() int {
	switch {
	case e.UnderWay != nil:
		return 0
	case e.Blocked == nil:
		return 1
	case e.Blocked.Passing:
		return 2
	default:
		return 3
	}
}

// Snapshot is the status at this moment. Nothing in it is changed later, and it
// must not be changed.
func (r *Repairer) Snapshot() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Status{Leads: r.term != nil, Suspended: r.suspension.reason}
	for _, e := range r.entries {
		s.Entries = append(s.Entries, *e)
	}
	slices.SortFunc(s.Entries, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.turn(), b.turn()), a.order.compare(b.order)) })
	return s
}

// Knows is true for a workload that has an entry: what becomes of it concerns
// repair, whatever its verdict.
func (r *Repairer) Knows(id placement.WorkloadID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.entries[id] != nil
}

// ConsiderBlockedByBudget asks for a look at the workloads of a namespace that a
// budget keeps from being repaired, or the lack of one. The others have no use for
// it: each eviction changes a budget more than once.
func (r *Repairer) ConsiderBlockedByBudget(namespace string) {
	r.mu.Lock()
	var ids []placement.WorkloadID
	for id, e := range r.entries {
		if id.Namespace == namespace && e.Blocked != nil && strings.HasPrefix(e.Blocked.Guard, byBudget) {
			ids = append(ids, id)
		}
	}
	r.mu.Unlock()
	r.Consider(ids...)
}

// put replaces a workload's entry and keeps the count of what is blocked.
func (r *Repairer) put(e Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.term == nil {
		return // it was lost in this very step
	}
	if was := r.entries[e.ID]; was != nil {
		e.said = was.said
		if was.Blocked != nil && e.Blocked != nil && was.Blocked.Guard == e.Blocked.Guard {
			e.Blocked.Since = was.Blocked.Since
		}
	}
	r.discount(e.ID)
	r.entries[e.ID] = &e
	if e.Blocked != nil {
		r.blocked[e.Blocked.Guard]++
		r.config.Meter.Blocked(e.Blocked.Guard, r.blocked[e.Blocked.Guard])
	}
}

// drop forgets a workload's entry.
func (r *Repairer) drop(id placement.WorkloadID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.discount(id)
	delete(r.entries, id)
}

// discount takes a workload out of the count; the caller holds the lock.
func (r *Repairer) discount(id placement.WorkloadID) {
	if was := r.entries[id]; was != nil && was.Blocked != nil {
		r.blocked[was.Blocked.Guard]--
		r.config.Meter.Blocked(was.Blocked.Guard, r.blocked[was.Blocked.Guard])
	}
}

// ahead counts the workloads that wait for the cluster's budget too and come
// first.
func (r *Repairer) ahead(id placement.WorkloadID, o order, m placement.Mode) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for other, e := range r.entries {
		if other != id && e.waits && e.Mode == m && e.order.compare(o) < 0 {
			n++
		}
	}
	return n
}

// waiting are the workloads that wait for the budget, be it the cluster's, a
// namespace's or a node's, in their order.
func (r *Repairer) waiting() []placement.WorkloadID {
	var ids []placement.WorkloadID
	for _, e := range r.Snapshot().Entries {
		if e.Blocked != nil && e.Blocked.Guard == "budget" {
			ids = append(ids, e.ID)
		}
	}
	return ids
}
