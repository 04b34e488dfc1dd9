package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// instruments are Evenkeel's own metrics that count what happens.
type instruments struct {
	reconciles      *prometheus.CounterVec
	reconcileTime   prometheus.Histogram
	eventToVerdict  prometheus.Histogram
	watchRestarts   *prometheus.CounterVec
	invalidPolicies prometheus.Counter
	events          *prometheus.CounterVec
}

func newInstruments(reg prometheus.Registerer) *instruments {
	i := &instruments{
		reconciles: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "evenkeel_reconciles_total",
			Help: "Reconciles of an app, by how they ended.",
		}, []string{"result"}),
		reconcileTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "evenkeel_reconcile_duration_seconds",
			Help: "Time that one reconcile of an app took.",
			// It reads memory alone: most of it lies far below a millisecond.
			Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		eventToVerdict: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "evenkeel_event_to_verdict_seconds",
			Help:    "Time from when the watch delivered an event, the earliest of those merged, to the published verdict.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}),
		watchRestarts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "evenkeel_watch_restarts_total",
			Help: "Lists and watches that ended and began anew, by why they ended.",
		}, []string{"resource", "reason"}),
		invalidPolicies: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "evenkeel_invalid_policies_total",
			Help: "Policy annotations that could not be read and were ignored.",
		}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "evenkeel_events_total",
			Help: "Kubernetes Events that were to be written, by what became of them.",
		}, []string{"reason", "result"}),
	}
	reg.MustRegister(i.reconciles, i.reconcileTime, i.eventToVerdict, i.watchRestarts, i.invalidPolicies, i.events)
	// A rate over a counter that is not there yet misses its first increase.
	for _, result := range ReconcileResults() {
		i.reconciles.WithLabelValues(result)
	}
	return i
}

// Reconciled counts one reconcile, which ended with one of ReconcileResults or
// else counts as Other, and the time that it took.
func (m *Metrics) Reconciled(result string, took time.Duration) {
	m.own.reconciles.WithLabelValues(oneOf(ReconcileResults(), result)).Inc()
	m.own.reconcileTime.Observe(took.Seconds())
}

// EventToVerdict takes down the time from a watch event to the verdict that it
// led to.
func (m *Metrics) EventToVerdict(took time.Duration) {
	m.own.eventToVerdict.Observe(took.Seconds())
}

// WatchRestarted counts one restart of a resource's list or watch, for one of
// WatchReasons; any other reason counts as Other.
func (m *Metrics) WatchRestarted(resource, reason string) {
	m.own.watchRestarts.WithLabelValues(text(resource), oneOf(WatchReasons(), reason)).Inc()
}

// InvalidPolicy counts one annotation that was ignored.
func (m *Metrics) InvalidPolicy() { m.own.invalidPolicies.Inc() }

// EventWritten counts one Event by its reason and by what became of it, one of
// EventResults; any other result counts as Other. The caller keeps the reasons
// to a list.
func (m *Metrics) EventWritten(reason, result string) {
	m.own.events.WithLabelValues(text(reason), oneOf(EventResults(), result)).Inc()
}
