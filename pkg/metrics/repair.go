package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Repair are the metrics of repair. Its methods are safe for concurrent use.
type Repair struct {
	evictions *prometheus.CounterVec
	moves     *prometheus.CounterVec
	repaired  prometheus.Histogram
	blocked   *prometheus.GaugeVec
}

// Repair makes the metrics of repair and registers them: a process that repairs
// nothing has none. It may be called once. The words are those that the labels
// may have, each of which has a series from the start.
func (m *Metrics) Repair(answers, results, guards []string) *Repair {
	r := &Repair{
		evictions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "evenkeel_evictions_total",
			Help: "Evictions that were asked for, by the answer.",
		}, []string{"result"}),
		moves: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "evenkeel_moves_total",
			Help: "Moves of a replica that have come to an end, by what became of the workload.",
		}, []string{"result"}),
		repaired: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "evenkeel_repair_duration_seconds",
			Help: "Time from when a workload came to be at risk until repair had made it well.",
			// From the settle time to a working day.
			Buckets: []float64{10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800},
		}),
		blocked: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "evenkeel_repair_blocked_workloads",
			Help: "Workloads that are at risk and not repaired, by the guard that keeps repair from it.",
		}, []string{"guard"}),
	}
	m.reg.MustRegister(r.evictions, r.moves, r.repaired, r.blocked)
	for _, word := range answers {
		r.evictions.WithLabelValues(word)
	}
	for _, word := range results {
		r.moves.WithLabelValues(word)
	}
	for _, word := range guards {
		r.blocked.WithLabelValues(word)
	}
	return r
}

// EvictionAnswered counts an eviction that was asked for by its answer.
func (r *Repair) EvictionAnswered(answer string) { r.evictions.WithLabelValues(answer).Inc() }

// MoveEnded counts a move that has come to an end.
func (r *Repair) MoveEnded(result string) { r.moves.WithLabelValues(result).Inc() }

// Repaired takes down for how long a workload was at risk that is well now.
func (r *Repair) Repaired(after time.Duration) { r.repaired.Observe(after.Seconds()) }

// Blocked sets how many workloads a guard blocks.
func (r *Repair) Blocked(guard string, workloads int) {
	r.blocked.WithLabelValues(guard).Set(float64(workloads))
}
