package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Report is what is known of the workloads. Its methods are called at each
// scrape, and so must be safe for concurrent use and cheap; what they return
// is only read.
type Report interface {
	// Tallies counts the workloads; a tally that is not in it counts none.
	Tallies() map[placement.Tally]int
	// NodesLost and ZonesLost count, for each node or zone that carries ready
	// replicas, the workloads that lose every one of theirs with it.
	NodesLost() map[string]int
	ZonesLost() map[string]int
	// Risks gives the exposure up to now of all that has been at risk.
	Risks(now time.Time) []placement.Risk
}

// ObserveReport makes each scrape read the report. The parts of one scrape are
// read one after another: a change in between shows in the later parts only.
func (m *Metrics) ObserveReport(r Report) { m.reg.MustRegister(newReportCollector(r)) }

// reportCollector reads the report at scrape time.
type reportCollector struct {
	report                                Report
	workloads, nodes, zones, loss, atRisk *prometheus.Desc
}

func newReportCollector(r Report) *reportCollector {
	workload := []string{"namespace", "app", "workload_kind", "workload"}
	return &reportCollector{
		report: r,
		workloads: prometheus.NewDesc("evenkeel_workloads",
			"Workloads, by verdict and by whether a different placement on today's eligible nodes would be better.",
			[]string{"verdict", "fixable"}, nil),
		nodes: prometheus.NewDesc("evenkeel_node_lost_workloads",
			"Workloads that lose every ready replica if the node fails.",
			[]string{"node"}, nil),
		zones: prometheus.NewDesc("evenkeel_zone_lost_workloads",
			"Workloads that lose every ready replica if the zone fails.",
			[]string{"zone"}, nil),
		loss: prometheus.NewDesc("evenkeel_workload_worst_node_loss_ratio",
			"Share of a workload's ready replicas that the failure of its worst node takes, while it is at risk.",
			workload, nil),
		atRisk: prometheus.NewDesc("evenkeel_workload_at_risk_seconds_total",
			"Time that a workload has been at risk, as seen by this process.",
			workload, nil),
	}
}

func (c *reportCollector) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{c.workloads, c.nodes, c.zones, c.loss, c.atRisk} {
		to <- desc
	}
}

func (c *reportCollector) Collect(to chan<- prometheus.Metric) {
	c.collectWorkloads(to)
	collectDomains(to, c.nodes, c.report.NodesLost())
	collectDomains(to, c.zones, c.report.ZonesLost())
	c.collectRisks(to)
}

// collectWorkloads sends zeros too: a verdict that no workload has is the good
// news, and an alert must tell it from a scrape that failed.
func (c *reportCollector) collectWorkloads(to chan<- prometheus.Metric) {
	s := newSamples(c.workloads, prometheus.GaugeValue)
	for _, verdict := range placement.Verdicts() {
		s.add(0, string(verdict), "false")
		if mayBeFixable(verdict) {
			s.add(0, string(verdict), "true")
		}
	}
	for tally, n := range c.report.Tallies() {
		s.add(float64(n), string(tally.Verdict), strconv.FormatBool(tally.Fixable))
	}
	s.send(to)
}

// mayBeFixable is true for the verdicts that another placement can mend: the
// others have nothing to spread or nothing that is ready.
func mayBeFixable(v placement.Verdict) bool {
	return v.AtRisk() && v != placement.Unavailable
}

func collectDomains(to chan<- prometheus.Metric, desc *prometheus.Desc, lost map[string]int) {
	s := newSamples(desc, prometheus.GaugeValue)
	for name, n := range lost {
		s.add(float64(n), name)
	}
	s.send(to)
}

func (c *reportCollector) collectRisks(to chan<- prometheus.Metric) {
	loss := newSamples(c.loss, prometheus.GaugeValue)
	spent := newSamples(c.atRisk, prometheus.CounterValue)
	for _, risk := range c.report.Risks(time.Now()) {
		id := risk.ID
		if risk.AtRisk {
			loss.raise(risk.WorstNodeLoss, id.Namespace, id.App, id.Kind, id.Name)
		}
		spent.add(risk.Spent.Seconds(), id.Namespace, id.App, id.Kind, id.Name)
	}
	loss.send(to)
	spent.send(to)
}
