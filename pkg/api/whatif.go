package api

import (
	"net/http"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// blast is what a failure would do.
type blast struct {
	Lost     []item `json:"lost"`
	Degraded []item `json:"degraded"`
	// Survives counts the workloads that keep every ready replica. One that has
	// none is in no part.
	Survives int `json:"survives"`
}

func (s server) whatIf(r *http.Request) (any, error) {
	q, err := parameters(r, "node", "zone")
	if err != nil {
		return nil, err
	}
	nodes, zones := q.list("node"), q.list("zone")
	if len(nodes)+len(zones) == 0 {
		return nil, badRequest("name what fails: node=…, zone=…")
	}
	gone := placement.Gone{Nodes: make(map[string]bool), Zones: make(map[string]bool)}
	for _, name := range nodes {
		if _, ok := s.cluster.Node(name); !ok {
			return nil, notFound("unknown node %q", name)
		}
		gone.Nodes[name] = true
	}
	known := zonesByName(s.cluster.Nodes())
	for _, name := range zones {
		if known[name] == nil {
			return nil, notFound("unknown zone %q", name)
		}
		gone.Zones[name] = true
	}
	b := s.report.WhatIf(gone)
	return blast{Lost: itemsOf(b.Lost), Degraded: itemsOf(b.Degraded), Survives: b.Survives}, nil
}
