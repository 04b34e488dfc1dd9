package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/e2e/harness"
)

func TestTheOperatorRecoversByItselfFromTheControlPlanesRestart(t *testing.T) {
	suite.ExplainFailure(t)
	before := suite.OperatorPods(t)
	began := time.Now()
	if err := suite.Cluster.RestartNode(t.Context(), suite.Cluster.ControlPlane()); err != nil {
		t.Fatal(err)
	}
	suite.Outage = harness.Outage{From: began, Until: time.Now()}
	t.Logf("the API server is ready again after %s", time.Since(began).Round(time.Second))

	// Controllers and the scheduler may still be taking their leases.
	namespace := suite.NewNamespace(t)
	suite.Deployment(t, namespace, "afterwards", 2, harness.OnNodes(suite.Workers[2]), harness.SettledSoon)
	for _, pod := range before {
		api := suite.API(t, pod.Name)
		api.WaitVerdict(t, namespace, "afterwards", "NodeFragile")
		t.Logf("%s has judged an app made since, after %s", pod.Name, time.Since(began).Round(time.Second))
	}
	harness.Eventually(t, time.Minute, func(ctx context.Context) error {
		events, err := suite.Events(ctx, namespace)
		if err == nil && len(harness.Told(events, "NodeFragile")) != 1 {
			err = fmt.Errorf("the Events are %v, want one NodeFragile", said(events))
		}
		return err
	})
	after := suite.OperatorPods(t)
	if a, b := harness.Names(before), harness.Names(after); fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("the Pods were %v and are %v", a, b)
	}
	if a, b := harness.Restarts(before), harness.Restarts(after); a != b {
		t.Errorf("the operator's containers were restarted %d times", b-a)
	}
}
