package scale

import (
	"math"
	"testing"
)

const before = `# HELP took_seconds Time.
# TYPE took_seconds histogram
took_seconds_bucket{le="0.01"} 10
took_seconds_bucket{le="0.1"} 10
took_seconds_bucket{le="+Inf"} 10
took_seconds_sum 0.05
took_seconds_count 10
done_total{result="created",reason="a b"} 3
done_total{result="exists",reason="a b"} 4
done_totally 1
`

const after = `took_seconds_bucket{le="0.01"} 100
took_seconds_bucket{le="0.1"} 110
took_seconds_bucket{le="+Inf"} 110
`

func TestSamplesAreAddedUpByNameAndLabels(t *testing.T) {
	s := ParseSamples(before)
	for name, got := range map[string]float64{
		"a name without labels": s.Sum("done_total") - 7,
		"one label":             s.Sum("done_total", `result="created"`) - 3,
		"two labels":            s.Sum("done_total", `reason="a b"`, `result="exists"`) - 4,
		"a name that is longer": s.Sum("done_totally") - 1,
		"a name that is not":    s.Sum("done"),
		"how many":              float64(s.Count("done_total") - 2),
	} {
		if got != 0 {
			t.Errorf("%s: off by %g", name, got)
		}
	}
	if !s.Has("done_total", "exists") || s.Has("done_total", "gone") {
		t.Error("a series is said to be there that is not, or the other way round")
	}
}

func TestAHistogramTellsWhatCameBetweenTwoScrapes(t *testing.T) {
	h := ParseSamples(after).HistogramSince(ParseSamples(before), "took_seconds")
	for name, pair := range map[string][2]float64{
		"the count":            {h.Count(), 100},
		"the share in a bound": {h.Within(.01), .9},
		"the median":           {h.Quantile(.5), .01 * 50 / 90},
		"a high quantile":      {h.Quantile(.95), .01 + .09*.5},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-9 {
			t.Errorf("%s is %g, want %g", name, pair[0], pair[1])
		}
	}
	if !math.IsNaN(h.Within(.02)) {
		t.Error("a share is told of a bound that there is not")
	}
}
