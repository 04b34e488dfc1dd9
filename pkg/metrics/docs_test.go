package metrics_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"evenkeel.dev/evenkeel/pkg/metrics"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/repair"
)

// described is a metric's type and its labels, sorted.
type described struct{ kind, labels string }

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var code = regexp.MustCompile("`([^`]+)`")

// documented reads the page's tables: name, type, labels.
func documented(t *testing.T) map[string]described {
	t.Helper()
	on := make(map[string]described)
	for line := range strings.Lines(page(t)) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(line, "|")
		if len(cells) != 7 {
			t.Errorf("a row does not have five cells: %s", line)
			continue
		}
		name := strings.Trim(cells[1], " `")
		if _, twice := on[name]; twice {
			t.Errorf("%s is on the page twice", name)
		}
		var labels []string
		for _, match := range code.FindAllStringSubmatch(cells[3], -1) {
			labels = append(labels, match[1])
		}
		if len(labels) == 0 && strings.TrimSpace(cells[3]) != "none" {
			t.Errorf("%s neither has labels nor says that it has none", name)
		}
		slices.Sort(labels)
		on[name] = described{kind: strings.TrimSpace(cells[2]), labels: strings.Join(labels, ",")}
	}
	return on
}

// exposed scrapes a full instance, the Go and process collectors aside.
func exposed(t *testing.T) map[string]described {
	t.Helper()
	families, err := everything(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]described)
	for _, family := range families {
		if fromTheClientLibrary(family.GetName()) {
			continue
		}
		var labels []string
		for _, pair := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, pair.GetName())
		}
		slices.Sort(labels)
		all[family.GetName()] = described{
			kind: strings.ToLower(family.GetType().String()), labels: strings.Join(labels, ","),
		}
	}
	return all
}

func fromTheClientLibrary(name string) bool {
	return strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_")
}

var descName = regexp.MustCompile(`fqName: "([^"]+)"`)

func TestAFullInstanceHasASeriesOfEveryMetricThatItRegisters(t *testing.T) {
	all := exposed(t)
	for _, collector := range everything(t).collectors {
		descs := make(chan *prometheus.Desc)
		go func() { collector.Describe(descs); close(descs) }()
		for desc := range descs {
			name := descName.FindStringSubmatch(desc.String())[1]
			if _, there := all[name]; !there && !fromTheClientLibrary(name) {
				t.Errorf("%s is registered and never used in this test: use it, so that the page is compared with it", name)
			}
		}
	}
}

func TestThePageListsWhatIsExposedAndNothingElse(t *testing.T) {
	on, all := documented(t), exposed(t)
	for name, want := range all {
		if got, there := on[name]; !there {
			t.Errorf("%s is not on the page", name)
		} else if got != want {
			t.Errorf("%s is a %s with labels %q, the page says %s with %q", name, want.kind, want.labels, got.kind, got.labels)
		}
	}
	for name := range on {
		if _, there := all[name]; !there {
			t.Errorf("the page lists %s, which is not exposed", name)
		}
	}
}

func TestThePageListsTheValuesOfBoundedLabels(t *testing.T) {
	var verdicts []string
	for _, v := range placement.Verdicts() {
		verdicts = append(verdicts, string(v))
	}
	for metric, values := range map[string][]string{
		"evenkeel_workloads":            verdicts,
		"evenkeel_reconciles_total":     metrics.ReconcileResults(),
		"evenkeel_watch_restarts_total": metrics.WatchReasons(),
		"evenkeel_events_total":         metrics.EventResults(),
		"evenkeel_evictions_total":      textsOf(repair.Answers()),
		"evenkeel_moves_total":          textsOf(repair.Results()),
	} {
		for line := range strings.Lines(page(t)) {
			if !strings.HasPrefix(line, "| `"+metric+"` |") {
				continue
			}
			for _, value := range values {
				if !strings.Contains(line, "`"+value+"`") {
					t.Errorf("the page does not say that a label of %s may be %s", metric, value)
				}
			}
		}
	}
}

var (
	query = regexp.MustCompile("(?s)```promql\n(.*?)```")
	// notAName is what may stand in a query besides names of metrics: label
	// matchers, ranges, grouping labels, functions, and operators in letters.
	notAName = regexp.MustCompile(`\{[^}]*\}|\[[^\]]*\]|\b(without|by|on|ignoring)\s*\([^)]*\)|\b\w+\s*\(|\b(max|min|sum|count|and|or|unless|bool)\b`)
	word     = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)
)

func TestTheQueriesNameOnlyMetricsOnThePageAndCountNoReplicaTwice(t *testing.T) {
	on := documented(t)
	queries := query.FindAllStringSubmatch(page(t), -1)
	if len(queries) == 0 {
		t.Fatal("there are no queries on the page")
	}
	for _, match := range queries {
		if !strings.Contains(match[1], "max without (instance, pod)") {
			t.Errorf("the query counts each replica of the operator: %s", match[1])
		}
		names := word.FindAllString(notAName.ReplaceAllString(match[1], " "), -1)
		if len(names) == 0 {
			t.Errorf("the query names no metric: %s", match[1])
		}
		for _, name := range names {
			if !isOn(on, name) {
				t.Errorf("the query names %s, which is not on the page: %s", name, match[1])
			}
		}
	}
}

// isOn knows the series that a histogram is exposed as, too.
func isOn(on map[string]described, name string) bool {
	if _, there := on[name]; there {
		return true
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, cut := strings.CutSuffix(name, suffix); cut && on[base].kind == "histogram" {
			return true
		}
	}
	return false
}

func textsOf[S ~string](words []S) []string {
	var all []string
	for _, word := range words {
		all = append(all, string(word))
	}
	return all
}
