package metrics

import "github.com/prometheus/client_golang/prometheus"

// transports measures the connections that REST clients share, under the names
// of Kubernetes.
type transports struct {
	entries                     prometheus.Gauge
	creates, caReloads, cacheGC *prometheus.CounterVec
	certRotationGC              prometheus.Counter
}

func newTransports(reg prometheus.Registerer) *transports {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rest_client_transport_" + name, Help: help}, labels)
	}
	t := &transports{
		entries: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "rest_client_transport_cache_entries",
			Help: "Number of transport entries in the internal cache.",
		}),
		creates: counter("create_calls_total",
			"Number of calls to get a new transport, partitioned by the result of the operation "+
				"hit: obtained from the cache, miss: created and added to the cache, "+
				"miss-gc: recreated and added back to the cache after being garbage collected, "+
				"uncacheable: created and not cached", "result"),
		caReloads: counter("ca_reload_total",
			"Number of times a CA reload is attempted, partitioned by the result and reason for the reload attempt",
			"result", "reason"),
		certRotationGC: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "rest_client_transport_cert_rotation_gc_calls_total",
			Help: "Number of times a cert rotation goroutine cancel func is called via GC cleanup of the associated transport",
		}),
		cacheGC: counter("cache_gc_calls_total",
			"Number of times a GC cleanup attempts to delete a transport cache entry, "+
				"partitioned by the result: deleted, skipped", "result"),
	}
	reg.MustRegister(t.entries, t.creates, t.caReloads, t.certRotationGC, t.cacheGC)
	return t
}

// The types below are what client-go calls.

type entries struct{ prometheus.Gauge }

func (e entries) Observe(value int) { e.Set(float64(value)) }

type byResult struct{ *prometheus.CounterVec }

func (c byResult) Increment(result string) { c.WithLabelValues(text(result)).Inc() }

type caReloads struct{ *prometheus.CounterVec }

func (c caReloads) Increment(result, reason string) {
	c.WithLabelValues(text(result), text(reason)).Inc()
}

type calls struct{ prometheus.Counter }

func (c calls) Increment() { c.Inc() }
