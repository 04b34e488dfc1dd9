package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/util/workqueue"
)

// queues makes the metrics of work queues. Names, help and buckets are those of
// Kubernetes' own components, so that their dashboards and alerts fit.
type queues struct {
	depth, unfinished, longest *prometheus.GaugeVec
	adds, retries              *prometheus.CounterVec
	wait, work                 *prometheus.HistogramVec
}

func newQueues(reg prometheus.Registerer) *queues {
	const prefix = "workqueue_"
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + name, Help: help}, []string{"name"})
	}
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, []string{"name"})
	}
	histogram := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: prefix + name, Help: help,
			Buckets: prometheus.ExponentialBuckets(10e-9, 10, 10), // 10 ns to 10 s
		}, []string{"name"})
	}
	q := &queues{
		depth: gauge("depth", "Current depth of workqueue"),
		adds:  counter("adds_total", "Total number of adds handled by workqueue"),
		wait: histogram("queue_duration_seconds",
			"How long in seconds an item stays in workqueue before being requested."),
		work: histogram("work_duration_seconds",
			"How long in seconds processing an item from workqueue takes."),
		unfinished: gauge("unfinished_work_seconds",
			"How many seconds of work has done that is in progress and hasn't been observed by work_duration. "+
				"Large values indicate stuck threads. One can deduce the number of stuck threads by observing "+
				"the rate at which this increases."),
		longest: gauge("longest_running_processor_seconds",
			"How many seconds has the longest running processor for workqueue been running."),
		retries: counter("retries_total", "Total number of retries handled by workqueue"),
	}
	reg.MustRegister(q.depth, q.adds, q.wait, q.work, q.unfinished, q.longest, q.retries)
	return q
}

func (q *queues) NewDepthMetric(name string) workqueue.GaugeMetric {
	return q.depth.WithLabelValues(text(name))
}

func (q *queues) NewAddsMetric(name string) workqueue.CounterMetric {
	return q.adds.WithLabelValues(text(name))
}

func (q *queues) NewLatencyMetric(name string) workqueue.HistogramMetric {
	return q.wait.WithLabelValues(text(name))
}

func (q *queues) NewWorkDurationMetric(name string) workqueue.HistogramMetric {
	return q.work.WithLabelValues(text(name))
}

func (q *queues) NewUnfinishedWorkSecondsMetric(name string) workqueue.SettableGaugeMetric {
	return q.unfinished.WithLabelValues(text(name))
}

func (q *queues) NewLongestRunningProcessorSecondsMetric(name string) workqueue.SettableGaugeMetric {
	return q.longest.WithLabelValues(text(name))
}

func (q *queues) NewRetriesMetric(name string) workqueue.CounterMetric {
	return q.retries.WithLabelValues(text(name))
}
