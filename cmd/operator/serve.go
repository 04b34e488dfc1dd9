package main

import (
	"net/http"

	"evenkeel.dev/evenkeel/pkg/api"
	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/snapshot"
)

// api serves what the core knows.
func (c *core) api() http.Handler {
	return api.New(api.Config{
		Report:  c.report,
		Cluster: nodes{c.controller.Sources()},
		Repair:  plans{c},
		Ready:   c.controller.Judged,
	})
}

// nodes shows the API the nodes as the verdicts see them.
type nodes struct {
	sources snapshot.Sources
}

func (n nodes) Nodes() []api.Node {
	facts := n.sources.Nodes.Nodes()
	all := make([]api.Node, len(facts))
	for i, f := range facts {
		all[i] = n.node(f)
	}
	return all
}

func (n nodes) Node(name string) (api.Node, bool) {
	facts, ok := n.sources.Nodes.Node(name)
	return n.node(facts), ok
}

func (n nodes) node(f eligibility.Facts) api.Node {
	return api.Node{
		Name: f.Name, Zone: f.Zone, Ready: f.Ready, Schedulable: f.Schedulable,
		Pods: n.sources.Pods.CountOnNode(f.Name),
	}
}
