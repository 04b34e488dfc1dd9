// Package metrics holds what Evenkeel tells Prometheus: its own metrics, and
// those that Kubernetes names, of queues, informers, REST clients and leader
// election. docs/metrics.md lists every one.
//
// All of it belongs to one Metrics on a registry that the caller gives. Nothing
// is kept in the package; the process-wide hooks of client-go, which can not be
// had otherwise, are set by InstallHooks alone.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"k8s.io/client-go/util/workqueue"
)

// Metrics are the metrics of one operator. Its methods are safe for concurrent
// use, except that each of InstallHooks, ObserveReport, ObserveCaches and
// ObserveIndices may be called once: they register, and registering a metric
// twice is an error of the program, over which they panic.
type Metrics struct {
	reg    prometheus.Registerer
	queues *queues
	own    *instruments
}

// Build tells one build of the operator from another.
type Build struct {
	// Version is a release's, such as v1.2.0; Commit the source's; GoVersion
	// the compiler's, as runtime.Version gives it.
	Version, Commit, GoVersion string
}

// New makes the metrics and registers them, along with the collectors of the
// Go runtime (go_*) and of the process (process_*). It panics where reg already
// holds one of them.
func New(reg prometheus.Registerer, build Build) *Metrics {
	reg.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(build),
	)
	return &Metrics{reg: reg, queues: newQueues(reg), own: newInstruments(reg)}
}

// buildInfo is a gauge that is always 1 and says the build by its labels.
func buildInfo(b Build) prometheus.Collector {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "evenkeel_build_info",
		Help: "The build that runs, by its labels. Always 1.",
		ConstLabels: prometheus.Labels{
			"version": text(b.Version), "commit": text(b.Commit), "goversion": text(b.GoVersion),
		},
	})
	info.Set(1)
	return info
}

// Queue makes the metrics of work queues, under the names that Kubernetes gives
// them. A queue takes it in its configuration, and must have a name: without
// one it has no metrics.
func (m *Metrics) Queue() workqueue.MetricsProvider { return m.queues }
