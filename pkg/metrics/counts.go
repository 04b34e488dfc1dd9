package metrics

import "github.com/prometheus/client_golang/prometheus"

// Count is how many there are of something named.
type Count struct {
	Name string
	N    int
}

// ObserveCaches makes each scrape ask how many objects the cache of each
// resource holds. The function must be safe for concurrent use.
func (m *Metrics) ObserveCaches(counts func() []Count) {
	m.reg.MustRegister(&countCollector{
		desc: prometheus.NewDesc("evenkeel_cache_objects",
			"Objects in the cache of a resource.", []string{"resource"}, nil),
		counts: counts,
	})
}

// ObserveIndices makes each scrape ask how many values each index knows. The
// function must be safe for concurrent use.
func (m *Metrics) ObserveIndices(counts func() []Count) {
	m.reg.MustRegister(&countCollector{
		desc: prometheus.NewDesc("evenkeel_index_values",
			"Values that an index knows, such as the nodes that carry Pods.", []string{"index"}, nil),
		counts: counts,
	})
}

// countCollector asks for counts at scrape time.
type countCollector struct {
	desc   *prometheus.Desc
	counts func() []Count
}

func (c *countCollector) Describe(to chan<- *prometheus.Desc) { to <- c.desc }

func (c *countCollector) Collect(to chan<- prometheus.Metric) {
	s := newSamples(c.desc, prometheus.GaugeValue)
	for _, count := range c.counts() {
		s.add(float64(count.N), count.Name)
	}
	s.send(to)
}
