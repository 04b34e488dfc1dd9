package process_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

// unseen are the documented metrics of which a healthy run of a minute shows no
// sample other than zero, and why.
var unseen = map[string]string{
	"workqueue_depth":                                    "a moment's value: keys hardly wait",
	"workqueue_unfinished_work_seconds":                  "client-go looks twice a second, and a reconcile takes far less",
	"workqueue_longest_running_processor_seconds":        "the same",
	"informer_queued_items":                              "a moment's value: changes hardly wait",
	"leader_election_slowpath_total":                     "another must have written the lease",
	"rest_client_request_retries_total":                  "the server must have asked for a retry",
	"rest_client_dns_resolution_duration_seconds":        "the server is reached by its address",
	"rest_client_transport_ca_reload_total":              "a CA file must have been read again",
	"rest_client_transport_cert_rotation_gc_calls_total": "a client certificate must have been rotated",
	"rest_client_transport_cache_gc_calls_total":         "a client must have been given up",
	"rest_client_exec_plugin_ttl_seconds":                "no credential plugin",
	"rest_client_exec_plugin_certificate_rotation_age":   "no credential plugin",
	"rest_client_exec_plugin_call_total":                 "no credential plugin",
}

func TestEveryDocumentedMetricHasANonZeroSample(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	// What was crowded when there was one node can be spread now.
	w.Cordon(t, 2, true)
	w.Deployment(t, "moves", 2)
	w.Deployment(t, "stays", 2, func(d *appsv1.Deployment) {
		d.Spec.Template.Annotations = map[string]string{"karpenter.sh/do-not-disrupt": "true"}
	})
	w.WaitPods(t, "moves", 2)
	w.WaitPods(t, "stays", 2)
	w.Cordon(t, 2, false)
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	o := suite.Operator(t, "--settle", "2s", "--leader-elect", "--mode", "enforce", "--allow-without-pdb")
	waitLeader(t, o, anyLease)
	w.Deployment(t, "web", 3, w.OnNode(1), func(d *appsv1.Deployment) {
		d.Spec.Template.Annotations = map[string]string{"evenkeel.dev/settle": "soon"}
	})
	w.WaitPods(t, "web", 3)
	harness.Eventually(t, time.Minute, func() error {
		verdicts := make(map[string]string)
		for _, item := range o.Apps(t, w.Namespace) {
			verdicts[item.App] = item.Verdict
		}
		if verdicts["web"] != "NodeFragile" || verdicts["moves"] != "Healthy" {
			return fmt.Errorf("says %v", verdicts)
		}
		return nil
	})
	// A server that comes back breaks every watch.
	server, err := suite.Cluster.Component(localcluster.APIServer)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}

	missing := documented(t)
	for name := range unseen {
		if !missing[name] {
			t.Errorf("%s is excused but not documented", name)
		}
		delete(missing, name)
	}
	harness.Eventually(t, time.Minute, func() error {
		_, exposition := o.Get(t, o.Metrics+"/metrics")
		for name := range nonZero(exposition) {
			delete(missing, name)
		}
		if len(missing) > 0 {
			return fmt.Errorf("no sample but zero of %v", slices.Sorted(maps.Keys(missing)))
		}
		return nil
	})
}

// documented are the names on the page.
func documented(t *testing.T) map[string]bool {
	t.Helper()
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	row := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (?:gauge|counter|histogram) \\|")
	for _, match := range row.FindAllStringSubmatch(string(page), -1) {
		names[match[1]] = true
	}
	if len(names) < 30 {
		t.Fatalf("only %d metrics found on the page", len(names))
	}
	return names
}

// nonZero are the metrics of which an exposition has a sample other than zero;
// of a histogram its count is one.
func nonZero(exposition string) map[string]bool {
	names := make(map[string]bool)
	for line := range strings.Lines(exposition) {
		series, value, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if !ok {
			series, value, ok = strings.Cut(strings.TrimSpace(line), " ")
		}
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if v, err := strconv.ParseFloat(value, 64); err != nil || v == 0 {
			continue
		}
		name, _, _ := strings.Cut(series, "{")
		names[name] = true
		names[strings.TrimSuffix(name, "_count")] = true
	}
	return names
}
