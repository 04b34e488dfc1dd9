package repair

import (
	"cmp"
	"fmt"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Standing is how crowded the worst domains are: the share of the ready replicas
// that one of them carries, and how many carry as much. The second tells the
// first of two equal crowds that is thinned out from no progress.
type Standing struct {
	Name    string  `json:"name,omitempty"`
	Share   float64 `json:"share"`
	Domains int     `json:"domains"`
}

// compare is negative where s is less crowded than o.
func (s Standing) compare(o Standing) int {
	const epsilon = 1e-9
	if d := s.Share - o.Share; d > epsilon || d < -epsilon {
		return cmp.Compare(s.Share, o.Share)
	}
	return cmp.Compare(s.Domains, o.Domains)
}

func (s Standing) String() string { return fmt.Sprintf("%.0f%%", 100*s.Share) }

// standings are how a workload's nodes and zones stand.
func standings(a placement.Assessment) (nodes, zones Standing) {
	nodes = Standing{Name: a.WorstNode.Name, Share: a.WorstNode.Share}
	zones = Standing{Name: a.WorstZone.Name, Share: a.WorstZone.Share}
	most := 0
	for _, n := range a.Nodes {
		most = max(most, n.Ready)
	}
	for _, n := range a.Nodes {
		if n.Ready == most {
			nodes.Domains++
		}
	}
	most = 0
	inZones := a.Zones()
	for _, n := range inZones {
		most = max(most, n)
	}
	for _, n := range inZones {
		if n == most {
			zones.Domains++
		}
	}
	return nodes, zones
}
