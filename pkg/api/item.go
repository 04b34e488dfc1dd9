package api

import (
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// item is a workload as readers see it; the names are fixed.
type item struct {
	Namespace string             `json:"namespace"`
	App       string             `json:"app"`
	Workload  workload           `json:"workload"`
	Replicas  int                `json:"replicas"`
	Ready     int                `json:"ready"`
	Verdict   placement.Verdict  `json:"verdict"`
	Severity  placement.Severity `json:"severity"`
	WorstNode loss               `json:"worstNode"`
	WorstZone loss               `json:"worstZone"`
	Fixable   bool               `json:"fixable"`
	Because   string             `json:"because"`
	Cause     string             `json:"cause"`
	Cure      string             `json:"cure"`
	Since     string             `json:"since"`
}

type workload struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

type loss struct {
	Name string  `json:"name"`
	Loss float64 `json:"loss"`
}

func itemOf(i report.Item) item {
	return item{
		Namespace: i.ID.Namespace,
		App:       i.ID.App,
		Workload:  workload{Kind: i.ID.Kind, Name: i.ID.Name},
		Replicas:  i.Replicas,
		Ready:     i.Ready,
		Verdict:   i.Verdict,
		Severity:  i.Verdict.Severity(),
		WorstNode: loss{Name: i.WorstNode.Name, Loss: i.WorstNode.Share},
		WorstZone: loss{Name: i.WorstZone.Name, Loss: i.WorstZone.Share},
		Fixable:   i.Fixable,
		Because:   i.Because,
		Cause:     i.Cause,
		Cure:      i.Cure,
		Since:     instant(i.Since),
	}
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// itemsOf is never nil: an empty list is [] in JSON.
func itemsOf(known []report.Item) []item {
	items := make([]item, len(known))
	for i, k := range known {
		items[i] = itemOf(k)
	}
	return items
}

// detail is an item with where its ready replicas are.
type detail struct {
	item
	Nodes map[string]int `json:"nodes"`
	Zones map[string]int `json:"zones"`
}

func detailOf(i report.Item) detail {
	nodes := make(map[string]int, len(i.Nodes))
	for _, share := range i.Nodes {
		nodes[share.Node] += share.Ready
	}
	return detail{item: itemOf(i), Nodes: nodes, Zones: i.Zones()}
}

// list is the shape of every list that comes in one piece.
type list[T any] struct {
	Items []T `json:"items"`
}
