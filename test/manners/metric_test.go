package manners_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/test/harness"
)

// metric is the sum of the operator's series that begin with a name and hold
// each of the labels.
func metric(t *testing.T, o *harness.Operator, series string, labels ...string) float64 {
	t.Helper()
	_, exposition := o.Get(t, o.Metrics+"/metrics")
	sum := 0.0
lines:
	for line := range strings.Lines(exposition) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if !ok || !strings.HasPrefix(line, series) {
			continue
		}
		for _, label := range labels {
			if !strings.Contains(name, label) {
				continue lines
			}
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

// waitMetric waits until a metric is as it should be.
func waitMetric(t *testing.T, o *harness.Operator, series string, right func(float64) bool) {
	t.Helper()
	harness.Eventually(t, 30*time.Second, func() error {
		if n := metric(t, o, series); !right(n) {
			return fmt.Errorf("%s is %g", series, n)
		}
		return nil
	})
}
