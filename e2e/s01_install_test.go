package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/e2e/harness"
	"evenkeel.dev/evenkeel/e2e/kindcluster"
)

func TestBothReplicasAreReadyOnDifferentNodesUnderRestricted(t *testing.T) {
	suite.ExplainFailure(t)
	pods := suite.OperatorPods(t)
	if pods[0].Spec.NodeName == pods[1].Spec.NodeName {
		t.Errorf("both are on %s", pods[0].Spec.NodeName)
	}
	if n := harness.Restarts(pods); n > 0 {
		t.Errorf("they have been restarted %d times", n)
	}
	yes := true
	privileged := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "privileged"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "main", Image: kindcluster.PauseImage,
			SecurityContext: &corev1.SecurityContext{Privileged: &yes},
		}}},
	}
	for _, namespace := range []string{harness.Namespace, harness.PrometheusNamespace} {
		_, err := suite.Client.CoreV1().Pods(namespace).Create(t.Context(), privileged, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), `violates PodSecurity "restricted:`) {
			t.Errorf("a privileged Pod in %s: %v, want it refused by restricted", namespace, err)
		}
	}
}

func TestTheOperatorIsHealthyByItsOwnVerdict(t *testing.T) {
	suite.ExplainFailure(t)
	for _, pod := range suite.OperatorPods(t) {
		api := suite.API(t, pod.Name)
		item := api.WaitVerdict(t, harness.Namespace, harness.OperatorName, "Healthy")
		if item.Ready != harness.Replicas || item.ID() != "evenkeel/Deployment/evenkeel" {
			t.Errorf("%s says of itself %+v", pod.Name, item)
		}
	}
}

func TestWhatBelongsToNodesIsNotJudged(t *testing.T) {
	suite.ExplainFailure(t)
	api := suite.API(t, suite.OperatorPods(t)[0].Name)
	var items []harness.Item
	harness.Eventually(t, 20*time.Second, func(ctx context.Context) (err error) {
		items, err = api.Apps(ctx, "")
		if err == nil && len(items) == 0 {
			err = fmt.Errorf("nothing is judged")
		}
		return err
	})
	kinds := []string{"Deployment", "StatefulSet"}
	for _, item := range items {
		if !slices.Contains(kinds, item.Workload.Kind) {
			t.Errorf("%s is judged: neither static Pods nor DaemonSets are", item.ID())
		}
	}
}
