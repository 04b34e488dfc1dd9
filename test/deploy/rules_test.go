package deploy_test

import (
	"context"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/hack/toolchain"
)

// ruleGroups are a rule file's, or a PrometheusRule's spec.
type ruleGroups struct {
	Groups []struct {
		Name  string `json:"name"`
		Rules []rule `json:"rules"`
	} `json:"groups"`
}

type rule struct {
	Record      string            `json:"record"`
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// rules are those of the rule file.
func rules(t *testing.T) []rule {
	t.Helper()
	var file ruleGroups
	readYAML(t, "deploy/prometheus/rules.yaml", &file)
	var all []rule
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	if len(all) == 0 {
		t.Fatal("the rule file has no rule")
	}
	return all
}

func TestThePrometheusRuleHoldsTheGroupsOfTheRuleFile(t *testing.T) {
	// Whole, so that no field is left out of the comparison.
	var file map[string]any
	readYAML(t, "deploy/prometheus/rules.yaml", &file)
	var object struct {
		Spec map[string]any `json:"spec"`
	}
	readYAML(t, "deploy/prometheus/operator/prometheusrule.yaml", &object)
	if len(file) == 0 || !reflect.DeepEqual(object.Spec, file) {
		t.Error("operator/prometheusrule.yaml and rules.yaml differ: put the groups of the one into the other")
	}
}

func TestPrometheusTakesTheConfigurationAndTheRulesSayWhatTheyShould(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // a first build takes long
	defer cancel()
	promtool, err := toolchain.Ensure(ctx, "promtool", os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"check", "config", "--lint=all", "--lint-fatal", folder + "/prometheus/prometheus.yaml"},
		{"check", "rules", "--lint=all", "--lint-fatal", folder + "/prometheus/rules.yaml"},
		{"test", "rules", folder + "/prometheus/rules_test.yaml"},
	} {
		if said, err := run(ctx, t, "", promtool, args...); err != nil {
			t.Errorf("%v\n%s", err, said)
		}
	}
}

func TestEveryAlertSaysHowBadItIsAndWhatItMeans(t *testing.T) {
	for _, r := range rules(t) {
		if r.Alert == "" {
			continue
		}
		if s := r.Labels["severity"]; s != "critical" && s != "warning" {
			t.Errorf("%s has the severity %q", r.Alert, s)
		}
		if r.For == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s lacks a for, a summary or a description", r.Alert)
		}
	}
}

func TestEveryRuleCountsWhatSeveralReplicasKnowOnce(t *testing.T) {
	// These are about the replicas themselves.
	about := []string{"EvenkeelDown", "EvenkeelReplicaDown"}
	for _, r := range rules(t) {
		once := strings.Contains(r.Expr, "max without (instance, pod) (") || strings.Contains(r.Expr, "max by (")
		if !once && !slices.Contains(about, r.Alert) {
			t.Errorf("%s%s counts each replica: %s", r.Alert, r.Record, r.Expr)
		}
	}
}

func TestAFragileWorkloadIsAlertedOfWithinAMinute(t *testing.T) {
	for _, r := range rules(t) {
		if r.Alert != "EvenkeelWorkloadNodeFragile" {
			continue
		}
		if wait, err := time.ParseDuration(r.For); err != nil || wait > time.Minute {
			t.Errorf("it waits for %s (%v), want at most a minute", r.For, err)
		}
		return
	}
	t.Error("there is no alert of it")
}

func TestEveryMetricAndLabelInARuleIsDocumented(t *testing.T) {
	labels := documentedMetrics(t)
	labels["up"] = []string{"job"} // Prometheus' own
	for _, r := range rules(t) {
		used := selectors(r.Expr)
		if len(used) == 0 {
			t.Errorf("%s%s reads no metric: %s", r.Alert, r.Record, r.Expr)
		}
		for metric, names := range used {
			known, ok := labels[metric]
			if !ok {
				t.Errorf("%s%s reads %s, which docs/metrics.md does not have", r.Alert, r.Record, metric)
			}
			for _, name := range names {
				if !slices.Contains(known, name) {
					t.Errorf("%s%s asks for the label %s of %s, which has %q", r.Alert, r.Record, name, metric, known)
				}
			}
		}
	}
}

// selectors finds the metrics in an expression, each with the labels that its
// braces name. A histogram's series go by the histogram's name.
func selectors(expr string) map[string][]string {
	expr = regexp.MustCompile(`\b(by|without) *\([^)]*\)`).ReplaceAllString(expr, "")
	expr = regexp.MustCompile(`\[[^]]*\]`).ReplaceAllString(expr, "")
	used := make(map[string][]string)
	// What a parenthesis follows is a function.
	for _, match := range regexp.MustCompile(`([a-zA-Z_]\w*) *(\(|{[^}]*})?`).FindAllStringSubmatch(expr, -1) {
		if match[2] == "(" || operators()[match[1]] {
			continue
		}
		name := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(match[1], "")
		used[name] = []string{}
		for _, label := range regexp.MustCompile(`(\w+) *[=!]`).FindAllStringSubmatch(match[2], -1) {
			used[name] = append(used[name], label[1])
		}
	}
	return used
}

// operators are the words that are neither a function's nor a metric's name.
func operators() map[string]bool {
	return map[string]bool{
		"sum": true, "max": true, "min": true, "count": true, "avg": true,
		"and": true, "or": true, "unless": true, "on": true, "ignoring": true, "bool": true, "offset": true,
	}
}

// documentedMetrics are those in the tables of docs/metrics.md, with their
// labels.
func documentedMetrics(t *testing.T) map[string][]string {
	t.Helper()
	labels := make(map[string][]string)
	for line := range strings.Lines(readFile(t, "docs/metrics.md")) {
		cells := strings.Split(line, "|")
		if !strings.HasPrefix(line, "| `") || len(cells) < 5 {
			continue
		}
		names := []string{}
		for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[3], -1) {
			names = append(names, match[1])
		}
		labels[strings.Trim(cells[1], " `")] = names
	}
	if len(labels) < 20 {
		t.Fatalf("docs/metrics.md has %d metrics only", len(labels))
	}
	return labels
}
