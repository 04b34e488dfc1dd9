package report

import (
	"slices"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Items returns every workload's item, worst first.
func (r *Report) Items() []Item {
	r.mu.RLock()
	items := make([]Item, 0, len(r.apps))
	for _, workloads := range r.apps {
		for _, rec := range workloads {
			items = append(items, rec.item)
		}
	}
	r.mu.RUnlock()
	slices.SortFunc(items, Compare)
	return items
}

// App returns the items of one app, worst first; none where it is not known.
func (r *Report) App(app placement.AppKey) []Item {
	r.mu.RLock()
	items := make([]Item, 0, len(r.apps[app]))
	for _, rec := range r.apps[app] {
		items = append(items, rec.item)
	}
	r.mu.RUnlock()
	slices.SortFunc(items, Compare)
	return items
}

// Domain is what one node or zone carries.
type Domain struct {
	// Ready counts the ready replicas, Workloads those that have some here.
	Ready, Workloads int
	// Lost are the workloads that lose every ready replica with the domain,
	// Degraded those that lose some, both worst first.
	Lost, Degraded []Item
}

// Node returns what a node carries; the zero value where it carries nothing.
func (r *Report) Node(name string) Domain { return r.domain(r.nodes, name) }

// Zone returns what a zone carries; the zero value where it carries nothing.
func (r *Report) Zone(name string) Domain { return r.domain(r.zones, name) }

func (r *Report) domain(in domains, name string) Domain {
	r.mu.RLock()
	dom := in[name]
	if dom == nil {
		r.mu.RUnlock()
		return Domain{}
	}
	d := Domain{Ready: dom.ready, Workloads: len(dom.carries)}
	for rec, n := range dom.carries {
		if n == rec.item.Ready {
			d.Lost = append(d.Lost, rec.item)
		} else {
			d.Degraded = append(d.Degraded, rec.item)
		}
	}
	r.mu.RUnlock()
	slices.SortFunc(d.Lost, Compare)
	slices.SortFunc(d.Degraded, Compare)
	return d
}

// WhatIf tells what would be left if those domains failed now, all at once,
// worst first.
func (r *Report) WhatIf(gone placement.Gone) placement.Blast[Item] {
	return placement.WhatIf(r.Items(), gone)
}

// Tallies counts the workloads by verdict and whether they are fixable.
func (r *Report) Tallies() map[placement.Tally]int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	counts := make(map[placement.Tally]int, len(r.count))
	for tally, n := range r.count {
		counts[tally] = n
	}
	return counts
}

// NodesLost counts, for each node that carries ready replicas, the workloads
// that lose every one of theirs with it.
func (r *Report) NodesLost() map[string]int { return r.lost(r.nodes) }

// ZonesLost counts the same for each zone.
func (r *Report) ZonesLost() map[string]int { return r.lost(r.zones) }

func (r *Report) lost(in domains) map[string]int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	lost := make(map[string]int, len(in))
	for name, dom := range in {
		lost[name] = dom.lost
	}
	return lost
}

// Risks returns the exposure, up to now, of every workload that this process
// has seen at risk and that still exists, in no order. It is measured by this
// machine's clock, and not by the one that Put is told the time of: now is
// time.Now(), with its monotonic reading.
func (r *Report) Risks(now time.Time) []placement.Risk {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var risks []placement.Risk
	for _, workloads := range r.apps {
		for _, rec := range workloads {
			if rec.risk == 0 && rec.riskFrom.IsZero() {
				continue
			}
			risks = append(risks, placement.Risk{
				ID:            rec.item.ID,
				AtRisk:        rec.item.Verdict.AtRisk(),
				WorstNodeLoss: rec.item.WorstNode.Share,
				Spent:         rec.riskAt(now),
			})
		}
	}
	return risks
}
