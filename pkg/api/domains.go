package api

import (
	"cmp"
	"net/http"
	"slices"

	"evenkeel.dev/evenkeel/pkg/report"
)

// carried is what a domain carries.
type carried struct {
	// Replicas counts the ready replicas that are judged, Workloads the
	// workloads that they belong to.
	Replicas  int    `json:"replicas"`
	Workloads int    `json:"workloads"`
	Lost      []item `json:"lost"`
	Degraded  []item `json:"degraded"`
}

func carriedBy(d report.Domain) carried {
	return carried{Replicas: d.Ready, Workloads: d.Workloads, Lost: itemsOf(d.Lost), Degraded: itemsOf(d.Degraded)}
}

// compareCarried orders domains by what their failure does, worst first.
func compareCarried(a, b carried) int {
	return cmp.Or(-cmp.Compare(len(a.Lost), len(b.Lost)), -cmp.Compare(len(a.Degraded), len(b.Degraded)))
}

type node struct {
	Name        string `json:"name"`
	Zone        string `json:"zone"`
	Ready       bool   `json:"ready"`
	Schedulable bool   `json:"schedulable"`
	// Pods counts all Pods, judged or not.
	Pods int `json:"pods"`
	carried
}

func (s server) nodeOf(n Node) node {
	return node{
		Name: n.Name, Zone: n.Zone, Ready: n.Ready, Schedulable: n.Schedulable, Pods: n.Pods,
		carried: carriedBy(s.report.Node(n.Name)),
	}
}

func (s server) nodes(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	answer := list[node]{Items: []node{}}
	for _, n := range s.cluster.Nodes() {
		answer.Items = append(answer.Items, s.nodeOf(n))
	}
	slices.SortFunc(answer.Items, func(a, b node) int {
		return cmp.Or(compareCarried(a.carried, b.carried), cmp.Compare(a.Name, b.Name))
	})
	return answer, nil
}

func (s server) node(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	name := r.PathValue("node")
	n, ok := s.cluster.Node(name)
	if !ok {
		return nil, notFound("unknown node %q", name)
	}
	return s.nodeOf(n), nil
}

type zone struct {
	Name string `json:"name"`
	// Nodes counts the zone's nodes, Ready and Schedulable those that are.
	Nodes       int `json:"nodes"`
	Ready       int `json:"ready"`
	Schedulable int `json:"schedulable"`
	// Pods counts all Pods, judged or not.
	Pods int `json:"pods"`
	carried
}

// zonesByName sums the nodes of each zone up.
func zonesByName(nodes []Node) map[string]*zone {
	zones := make(map[string]*zone)
	for _, n := range nodes {
		if n.Zone == "" {
			continue
		}
		z := zones[n.Zone]
		if z == nil {
			z = &zone{Name: n.Zone}
			zones[n.Zone] = z
		}
		z.Nodes++
		z.Pods += n.Pods
		if n.Ready {
			z.Ready++
		}
		if n.Schedulable {
			z.Schedulable++
		}
	}
	return zones
}

func (s server) zones(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	answer := list[zone]{Items: []zone{}}
	for name, z := range zonesByName(s.cluster.Nodes()) {
		z.carried = carriedBy(s.report.Zone(name))
		answer.Items = append(answer.Items, *z)
	}
	slices.SortFunc(answer.Items, func(a, b zone) int {
		return cmp.Or(compareCarried(a.carried, b.carried), cmp.Compare(a.Name, b.Name))
	})
	return answer, nil
}

func (s server) zone(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	name := r.PathValue("zone")
	z := zonesByName(s.cluster.Nodes())[name]
	if z == nil {
		return nil, notFound("unknown zone %q", name)
	}
	z.carried = carriedBy(s.report.Zone(name))
	return z, nil
}
