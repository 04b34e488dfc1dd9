package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// samples are the series of one metric in one scrape. They are made anew for
// each, so that no series outlives what it tells of.
//
// Equal labels are merged: names that differ only in bytes that are not UTF-8
// have become equal, and Prometheus refuses a whole scrape over one duplicate.
type samples struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	// values is keyed by the joined labels.
	values map[string]float64
}

func newSamples(desc *prometheus.Desc, kind prometheus.ValueType) samples {
	return samples{desc: desc, kind: kind, values: make(map[string]float64)}
}

// separator stands in no valid UTF-8, and so in no label.
const separator = "\xff"

// add adds to the series of those labels.
func (s samples) add(value float64, labels ...string) { s.values[key(labels)] += value }

// raise sets the series of those labels, unless it is there and higher.
func (s samples) raise(value float64, labels ...string) {
	k := key(labels)
	s.values[k] = max(s.values[k], value)
}

func key(labels []string) string {
	valid := make([]string, len(labels))
	for i, label := range labels {
		valid[i] = text(label)
	}
	return strings.Join(valid, separator)
}

func (s samples) send(to chan<- prometheus.Metric) {
	for k, value := range s.values {
		to <- prometheus.MustNewConstMetric(s.desc, s.kind, value, strings.Split(k, separator)...)
	}
}
