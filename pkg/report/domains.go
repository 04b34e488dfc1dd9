package report

import "evenkeel.dev/evenkeel/pkg/placement"

// domains keeps, for each node or each zone, the workloads with ready replicas
// on it.
type domains map[string]*domain

type domain struct {
	// carries gives each workload's ready replicas here.
	carries map[*record]int
	ready   int
	lost    int
}

func nodeOf(s placement.Share) string { return s.Node }
func zoneOf(s placement.Share) string { return s.Zone }

// add enters a workload in each domain that its shares name; a share without a
// name is in no domain.
func (d domains) add(shares []placement.Share, name func(placement.Share) string, rec *record) {
	for _, share := range shares {
		key := name(share)
		if key == "" {
			continue
		}
		dom := d[key]
		if dom == nil {
			dom = &domain{carries: make(map[*record]int)}
			d[key] = dom
		}
		dom.carries[rec] += share.Ready
		dom.ready += share.Ready
		if dom.carries[rec] == rec.item.Ready {
			dom.lost++
		}
	}
}

// remove is add's inverse for the same shares.
func (d domains) remove(shares []placement.Share, name func(placement.Share) string, rec *record) {
	for _, share := range shares {
		key := name(share)
		dom := d[key]
		if dom == nil {
			continue
		}
		n, ok := dom.carries[rec]
		if !ok {
			continue // a zone's second node: taken out with the first
		}
		if n == rec.item.Ready {
			dom.lost--
		}
		dom.ready -= n
		delete(dom.carries, rec)
		if len(dom.carries) == 0 {
			delete(d, key)
		}
	}
}
