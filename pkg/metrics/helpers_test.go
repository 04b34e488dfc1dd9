package metrics_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"evenkeel.dev/evenkeel/pkg/metrics"
	"evenkeel.dev/evenkeel/pkg/placement"
)

var build = metrics.Build{Version: "v1.2.3", Commit: "0123abc", GoVersion: "go1.26.0"}

// fresh makes an instance on a registry of its own.
func fresh() (*prometheus.Registry, *metrics.Metrics) {
	reg := prometheus.NewPedanticRegistry()
	return reg, metrics.New(reg, build)
}

// exposes fails the test unless a scrape gives exactly this text for the
// metrics that it names.
func exposes(t *testing.T, reg prometheus.Gatherer, want string) {
	t.Helper()
	var names []string
	for line := range strings.Lines(want) {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			names = append(names, strings.Fields(rest)[0])
		}
	}
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}

// absent fails the test where a scrape has a series of the metric.
func absent(t *testing.T, reg prometheus.Gatherer, name string) {
	t.Helper()
	n, err := testutil.GatherAndCount(reg, name)
	if err != nil {
		t.Fatal(err)
	}
	if n != 0 {
		t.Errorf("%s has %d series, want none", name, n)
	}
}

// known is a report that says what the test wrote into it.
type known struct {
	tallies      map[placement.Tally]int
	nodes, zones map[string]int
	risks        []placement.Risk
	asked        time.Time
}

func (k *known) Tallies() map[placement.Tally]int { return k.tallies }
func (k *known) NodesLost() map[string]int        { return k.nodes }
func (k *known) ZonesLost() map[string]int        { return k.zones }

func (k *known) Risks(now time.Time) []placement.Risk {
	k.asked = now
	return slices.Clone(k.risks)
}

func workload(namespace, app, kind, name string) placement.WorkloadID {
	return placement.WorkloadID{
		AppKey: placement.AppKey{Namespace: namespace, App: app}, Kind: kind, Name: name,
	}
}
