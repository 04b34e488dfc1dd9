package e2e

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/e2e/harness"
)

func TestADeploymentPinnedToOneNodeIsNodeFragileInTheAPI(t *testing.T) {
	suite.ExplainFailure(t)
	shop := suite.Shop
	for _, pod := range suite.OperatorPods(t) {
		api := suite.API(t, pod.Name)
		item := api.WaitVerdict(t, shop.Namespace, harness.Checkout, "NodeFragile")
		if item.Severity != "critical" || item.WorstNode != (harness.Domain{Name: shop.Doomed, Loss: 1}) || item.WorstZone.Name != "zone-a" {
			t.Errorf("%s says %+v", pod.Name, item)
		}
		api.WaitVerdict(t, shop.Namespace, harness.Ledger, "NodeFragile")
		api.WaitVerdict(t, shop.Namespace, harness.Cart, "Single")
		api.WaitVerdict(t, shop.Namespace, harness.Catalog, "Healthy")
	}
}

func TestADeploymentPinnedToOneNodeIsNodeFragileInTheMetricsOfBothReplicas(t *testing.T) {
	suite.ExplainFailure(t)
	series := fmt.Sprintf(`evenkeel_workload_worst_node_loss_ratio{app="checkout",namespace=%q,workload="checkout",workload_kind="Deployment"} 1`, suite.Shop.Namespace)
	counted := regexp.MustCompile(`(?m)^evenkeel_workloads\{fixable="(?:true|false)",verdict="NodeFragile"\} [1-9]`)
	for _, pod := range suite.OperatorPods(t) {
		harness.Eventually(t, 90*time.Second, func(ctx context.Context) error {
			metrics, err := suite.Metrics(ctx, pod.Name)
			if err != nil {
				return err
			}
			if !strings.Contains(metrics, series+"\n") || !counted.MatchString(metrics) {
				return fmt.Errorf("%s does not expose %s and count it:\n%s", pod.Name, series, evenkeels(metrics))
			}
			return nil
		})
	}
}

// evenkeels are the lines of an exposition that tell of workloads.
func evenkeels(metrics string) string {
	return strings.Join(regexp.MustCompile(`(?m)^evenkeel_workload.*$`).FindAllString(metrics, -1), "\n")
}

func TestKubectlDescribeDeploymentShowsTheEvent(t *testing.T) {
	suite.ExplainFailure(t)
	// The whole name: that of another worker begins with it.
	shown := regexp.MustCompile(`(?m)^ +Warning +NodeFragile .* ` + regexp.QuoteMeta(suite.Shop.Doomed) + `(?:[^a-z0-9-]|$)`)
	harness.Eventually(t, 90*time.Second, func(ctx context.Context) error {
		said, err := suite.Cluster.Kubectl(ctx, "-n", suite.Shop.Namespace, "describe", "deployment", harness.Checkout)
		if err != nil {
			return err
		}
		if n := len(shown.FindAll(said, -1)); n != 1 {
			return fmt.Errorf("it shows %d Events NodeFragile that name the node, want 1:\n%s", n, said)
		}
		return nil
	})
}

func TestAnEventStandsOnTheStatefulSetAndNothingIsSaidOfWhatIsWell(t *testing.T) {
	suite.ExplainFailure(t)
	var said map[string][]string
	harness.Eventually(t, 90*time.Second, func(ctx context.Context) error {
		events, err := suite.Events(ctx, suite.Shop.Namespace)
		if err != nil {
			return err
		}
		said = map[string][]string{}
		for _, e := range events {
			object := e.Regarding.Kind + " " + e.Regarding.Name
			said[object] = append(said[object], e.Reason)
		}
		if !slices.Contains(said["StatefulSet ledger"], "NodeFragile") {
			return fmt.Errorf("the StatefulSet has no Event: %v", said)
		}
		return nil
	})
	for object, reasons := range said {
		if object != "StatefulSet ledger" && object != "Deployment checkout" {
			t.Errorf("%s has Events: %v", object, reasons)
		}
	}
}
