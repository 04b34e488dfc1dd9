package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/tools/cache"
)

// informers makes the metrics of informers, named as Kubernetes names them. An
// informer has none unless its factory has an informer name.
type informers struct {
	queued, version *prometheus.GaugeVec
	latency         *prometheus.HistogramVec
}

func newInformers(reg prometheus.Registerer) *informers {
	labels := []string{"name", "group", "version", "resource"}
	i := &informers{
		queued: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "informer_queued_items",
			Help: "Number of items currently queued in the FIFO.",
		}, labels),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "informer_processing_latency_seconds",
			Help:    "Time taken to process events after popping from the queue.",
			Buckets: []float64{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10},
		}, labels),
		version: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "informer_store_resource_version",
			Help: "The 15 least significant digits of the resource version of the store.",
		}, labels),
	}
	reg.MustRegister(i.queued, i.latency, i.version)
	return i
}

// labelsOf are the label values of an informer.
func labelsOf(id cache.InformerNameAndResource) []string {
	resource := id.GroupVersionResource()
	return []string{text(id.Name()), resource.Group, resource.Version, resource.Resource}
}

func (i *informers) NewQueuedItemMetric(id cache.InformerNameAndResource) cache.GaugeMetric {
	return reservedGauge{id, i.queued.WithLabelValues(labelsOf(id)...)}
}

func (i *informers) NewProcessingLatencyMetric(id cache.InformerNameAndResource) cache.HistogramMetric {
	return reservedHistogram{id, i.latency.WithLabelValues(labelsOf(id)...)}
}

func (i *informers) NewStoreResourceVersionMetric(id cache.InformerNameAndResource) cache.GaugeMetric {
	return reservedGauge{id, i.version.WithLabelValues(labelsOf(id)...)}
}

// reservedGauge and reservedHistogram take nothing in after the informer's name
// has been released: another informer may have taken it over.
type reservedGauge struct {
	id    cache.InformerNameAndResource
	gauge prometheus.Gauge
}

func (r reservedGauge) Set(value float64) {
	if r.id.Reserved() {
		r.gauge.Set(value)
	}
}

type reservedHistogram struct {
	id        cache.InformerNameAndResource
	histogram prometheus.Observer
}

func (r reservedHistogram) Observe(value float64) {
	if r.id.Reserved() {
		r.histogram.Observe(value)
	}
}
