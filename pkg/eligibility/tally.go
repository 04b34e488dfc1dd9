package eligibility

import (
	"cmp"
	"maps"
	"slices"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// tally counts nodes by verdict, and the admitted ones by zone.
type tally struct {
	byZone   map[string]int
	zoneless int
	excluded [outside + 1]int
}

func newTally() tally { return tally{byZone: make(map[string]int)} }

// add counts n more nodes of a verdict; n may be negative.
func (t *tally) add(v verdict, zone string, n int) {
	switch {
	case v == absent:
	case v != admitted:
		t.excluded[v] += n
	case zone == "":
		t.zoneless += n
	default:
		if t.byZone[zone] += n; t.byZone[zone] == 0 {
			delete(t.byZone, zone)
		}
	}
}

// eligible sums up, in memory of its own.
func (t *tally) eligible() placement.Eligible {
	e := placement.Eligible{ByZone: maps.Clone(t.byZone), Zoneless: t.zoneless}
	for v, n := range t.excluded {
		if n > 0 {
			e.Excluded = append(e.Excluded, placement.Exclusion{Reason: verdict(v).reason(), Nodes: n})
		}
	}
	slices.SortStableFunc(e.Excluded, func(a, b placement.Exclusion) int { return cmp.Compare(b.Nodes, a.Nodes) })
	return e
}
