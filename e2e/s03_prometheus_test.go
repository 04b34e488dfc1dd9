package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/e2e/harness"
)

// scraped is how long a Prometheus that scrapes every 15 s may take to know of
// something.
const scraped = time.Minute

// queries waits until a query gives one sample of each of the operator's Pods,
// and returns these.
func queries(t *testing.T, pods []string, query string) []harness.Sample {
	t.Helper()
	var samples []harness.Sample
	harness.Eventually(t, scraped, func(ctx context.Context) error {
		var err error
		if samples, err = suite.PromQL(ctx, query); err != nil {
			return err
		}
		var of []string
		for _, s := range samples {
			of = append(of, s.Labels["pod"])
		}
		slices.Sort(of)
		if !slices.Equal(of, pods) {
			return fmt.Errorf("%s has samples of %v, want one of each of %v", query, of, pods)
		}
		return nil
	})
	return samples
}

func TestPrometheusFindsAndScrapesBothReplicas(t *testing.T) {
	suite.ExplainFailure(t)
	pods := harness.Names(suite.OperatorPods(t))
	harness.Eventually(t, scraped, func(ctx context.Context) error {
		samples, err := suite.PromQL(ctx, `up{job="evenkeel"}`)
		if err != nil {
			return err
		}
		var up []string
		for _, s := range samples {
			if s.Value != "1" {
				return fmt.Errorf("up is %s: %v", s.Value, s.Labels)
			}
			up = append(up, s.Labels["pod"])
		}
		slices.Sort(up)
		if !slices.Equal(up, pods) {
			return fmt.Errorf("%v are up, want %v", up, pods)
		}
		return nil
	})
}

func TestPromQLGivesEveryMetricOfTheWorkQueueAndTheWorkloads(t *testing.T) {
	suite.ExplainFailure(t)
	pods := harness.Names(suite.OperatorPods(t))
	for metric, kind := range documentedQueueMetrics(t) {
		if kind == "histogram" {
			metric += "_count"
		}
		queries(t, pods, metric+`{name="apps"}`)
	}
	queries(t, pods, `evenkeel_workloads{verdict="NodeFragile",fixable="false"} >= 2`)
	queries(t, pods, `evenkeel_workloads{verdict="Healthy",fixable="false"} >= 1`)
}

// documentedQueueMetrics are the names and types in that part of docs/metrics.md.
func documentedQueueMetrics(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(suite.Root, "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := make(map[string]string)
	row := regexp.MustCompile("(?m)^\\| `(workqueue_[a-z_]+)` \\| (gauge|counter|histogram) \\|")
	for _, match := range row.FindAllStringSubmatch(string(page), -1) {
		kinds[match[1]] = match[2]
	}
	// As many as Kubernetes' own components have.
	if len(kinds) != 7 {
		t.Fatalf("the page has the metrics %v of work queues, want 7", kinds)
	}
	return kinds
}

func TestASeriesNamespaceIsThatOfTheAppAndNotTheOperators(t *testing.T) {
	suite.ExplainFailure(t)
	pods := harness.Names(suite.OperatorPods(t))
	query := fmt.Sprintf(`evenkeel_workload_worst_node_loss_ratio{namespace=%q,app="checkout"} == 1`, suite.Shop.Namespace)
	for _, sample := range queries(t, pods, query) {
		for label := range sample.Labels {
			if strings.HasPrefix(label, "exported_") {
				t.Errorf("the scrape renamed %s: %v", label, sample.Labels)
			}
		}
	}
}

func TestTheShippedRulesRunUnmodifiedAndTheAlertFiresForTheFragileApp(t *testing.T) {
	suite.ExplainFailure(t)
	shipped, err := os.ReadFile(filepath.Join(suite.Root, "deploy", "prometheus", "rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	prometheus, err := suite.Client.AppsV1().Deployments(harness.PrometheusNamespace).Get(t.Context(), harness.PrometheusName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	config, err := suite.Client.CoreV1().ConfigMaps(harness.PrometheusNamespace).Get(t.Context(), configOf(prometheus), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if config.Data["rules.yaml"] != string(shipped) {
		t.Errorf("the rules in ConfigMap %s are not those of deploy/prometheus/rules.yaml", config.Name)
	}
	// Settled, scraped, evaluated, and pending for 30 s.
	query := fmt.Sprintf(`ALERTS{alertname="EvenkeelWorkloadNodeFragile",alertstate="firing",namespace=%q,workload="checkout"}`, suite.Shop.Namespace)
	harness.Eventually(t, 3*time.Minute, func(ctx context.Context) error {
		samples, err := suite.PromQL(ctx, query)
		if err != nil {
			return err
		}
		// Both replicas tell of it, and one alert.
		if len(samples) != 1 || samples[0].Value != "1" || samples[0].Labels["severity"] != "critical" || samples[0].Labels["app"] != "checkout" {
			return fmt.Errorf("%s gives %v, want one", query, samples)
		}
		return nil
	})
	healthy, err := suite.PromQL(t.Context(), fmt.Sprintf(`ALERTS{namespace=%q,workload="catalog"}`, suite.Shop.Namespace))
	if err != nil || len(healthy) > 0 {
		t.Errorf("there is an alert of what is well: %v, %v", healthy, err)
	}
}

// configOf is the name of the ConfigMap that a Deployment mounts.
func configOf(d *appsv1.Deployment) string {
	for _, volume := range d.Spec.Template.Spec.Volumes {
		if volume.ConfigMap != nil {
			return volume.ConfigMap.Name
		}
	}
	return ""
}
