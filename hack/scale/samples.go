package scale

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Samples are the series of one scrape, by name and labels as they were
// written.
type Samples map[string]float64

// ParseSamples reads Prometheus' text format as a Go program writes it: without
// timestamps, one space before the value.
func ParseSamples(text string) Samples {
	samples := make(Samples)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		at := strings.LastIndexByte(line, ' ')
		if line == "" || line[0] == '#' || at < 0 {
			continue
		}
		if value, err := strconv.ParseFloat(line[at+1:], 64); err == nil {
			samples[line[:at]] = value
		}
	}
	return samples
}

// Sum adds up the series of a name whose labels hold all these words, such as
// result="created".
func (s Samples) Sum(name string, labels ...string) float64 {
	sum := 0.0
	for series, value := range s {
		if named(series, name) && holds(series, labels) {
			sum += value
		}
	}
	return sum
}

// Count is how many series a name has.
func (s Samples) Count(name string) int {
	n := 0
	for series := range s {
		if named(series, name) {
			n++
		}
	}
	return n
}

// Has tells whether there is such a series.
func (s Samples) Has(name string, labels ...string) bool {
	for series := range s {
		if named(series, name) && holds(series, labels) {
			return true
		}
	}
	return false
}

func named(series, name string) bool {
	rest, ok := strings.CutPrefix(series, name)
	return ok && (rest == "" || rest[0] == '{')
}

func holds(series string, labels []string) bool {
	return !slices.ContainsFunc(labels, func(l string) bool { return !strings.Contains(series, l) })
}

// Histogram is what a histogram has taken in between two scrapes.
type Histogram struct {
	bounds, counts []float64 // cumulative
}

// HistogramSince gives a histogram's observations since an earlier scrape.
func (s Samples) HistogramSince(before Samples, name string) Histogram {
	var h Histogram
	for series := range s {
		if !named(series, name+"_bucket") {
			continue
		}
		_, le, _ := strings.Cut(series, `le="`)
		le, _, _ = strings.Cut(le, `"`)
		bound, err := strconv.ParseFloat(le, 64)
		if err != nil {
			continue
		}
		h.bounds = append(h.bounds, bound)
	}
	slices.Sort(h.bounds)
	for _, bound := range h.bounds {
		le := `le="` + strconv.FormatFloat(bound, 'g', -1, 64) + `"`
		h.counts = append(h.counts, s.Sum(name+"_bucket", le)-before.Sum(name+"_bucket", le))
	}
	return h
}

// Count is how many observations there are.
func (h Histogram) Count() float64 {
	if len(h.counts) == 0 {
		return 0
	}
	return h.counts[len(h.counts)-1]
}

// Within is the share of the observations that are no greater than a bound of
// the histogram's.
func (h Histogram) Within(bound float64) float64 {
	if i := slices.Index(h.bounds, bound); i >= 0 && h.Count() > 0 {
		return h.counts[i] / h.Count()
	}
	return math.NaN()
}

// Lowest is the bound of the lowest bucket, below which no quantile can be told
// from another.
func (h Histogram) Lowest() float64 {
	if len(h.bounds) == 0 {
		return math.NaN()
	}
	return h.bounds[0]
}

// Quantile estimates a quantile as Prometheus does, by a straight line within
// its bucket.
func (h Histogram) Quantile(q float64) float64 {
	rank := q * h.Count()
	for i, count := range h.counts {
		if count < rank || count == 0 {
			continue
		}
		low, below := 0.0, 0.0
		if i > 0 {
			low, below = h.bounds[i-1], h.counts[i-1]
		}
		if math.IsInf(h.bounds[i], 1) || count == below {
			return low
		}
		return low + (h.bounds[i]-low)*(rank-below)/(count-below)
	}
	return math.NaN()
}
