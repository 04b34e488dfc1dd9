package api

import (
	"net/http"
	"net/http/pprof"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// Report is what is known of the apps: see report.Report.
type Report interface {
	Items() []report.Item
	App(placement.AppKey) []report.Item
	Node(name string) report.Domain
	Zone(name string) report.Domain
	WhatIf(placement.Gone) placement.Blast[report.Item]
}

// Cluster is what is known of the nodes.
type Cluster interface {
	// Nodes returns every node, in any order; the slice is the caller's.
	Nodes() []Node
	// Node returns one of them, and false where there is none by that name.
	Node(name string) (Node, bool)
}

// Node is a node of the cluster.
type Node struct {
	Name string
	// Zone is empty for a node that is in none.
	Zone               string
	Ready, Schedulable bool
	// Pods counts all Pods on the node, judged or not.
	Pods int
}

// Config is what the API needs. Everything in it must be safe for concurrent
// use.
type Config struct {
	Report  Report
	Cluster Cluster
	Repair  Repair
	// Ready is true once every cache has synced; nil means always.
	Ready func() bool
	// Hosts are the names, besides localhost and IP addresses, by which a
	// request may call this server.
	Hosts []string
	// Also are further handlers by their ServeMux pattern, behind the same
	// guards; they are served before the caches have synced too.
	Also map[string]http.Handler
}

// New returns the handler of everything that the package comment lists. It
// panics where a pattern of Also is malformed or taken.
func New(c Config) http.Handler {
	s := server{report: c.Report, cluster: c.Cluster, repair: c.Repair, ready: c.Ready}
	mux := http.NewServeMux()
	mux.Handle("GET /api/v1/apps", s.known(s.apps))
	mux.Handle("GET /api/v1/apps/{namespace}/{app}", s.known(s.app))
	mux.Handle("GET /api/v1/nodes", s.known(s.nodes))
	mux.Handle("GET /api/v1/nodes/{node}", s.known(s.node))
	mux.Handle("GET /api/v1/zones", s.known(s.zones))
	mux.Handle("GET /api/v1/zones/{zone}", s.known(s.zone))
	mux.Handle("GET /api/v1/what-if", s.known(s.whatIf))
	mux.Handle("GET /api/v1/plan", s.known(s.plan))
	// The package registers these with http.DefaultServeMux as well, which
	// nothing serves.
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	for pattern, handler := range c.Also {
		mux.Handle(pattern, handler)
	}
	return guard(c.Hosts, routed(mux))
}

// server answers from what is known at the moment of each request.
type server struct {
	report  Report
	cluster Cluster
	repair  Repair
	ready   func() bool
}
