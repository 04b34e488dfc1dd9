package observe_test

import (
	"fmt"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/test/harness"
)

func TestARolloutSettlesWithNoEvent(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "c")
	o := operator(t, "--settle", "3s")
	w.Deployment(t, "web", 3, spread)
	w.WaitPods(t, "web", 3)
	says(t, o, w.Namespace, "web", "Healthy")

	w.PatchDeployment(t, "web", map[string]any{"spec": map[string]any{"template": map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{"revision": "2"}},
	}}})
	says(t, o, w.Namespace, "web", "Settling")
	says(t, o, w.Namespace, "web", "Healthy")
	quiet(t, w, "Deployment", "web", time.Second)
	o.AgreesWithAFreshOne(t, w.Namespace)
}

func TestAReplicaThatNeverSchedulesHidesNothingPastSettleMax(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	o := operator(t, "--settle", "3s", "--settle-max", "8s")
	w.Deployment(t, "web", 2, w.OnNode(1), apart)
	harness.Eventually(t, soon, func() error {
		if pods := w.Pods(t, "web"); len(pods) != 2 {
			return fmt.Errorf("%d Pods", len(pods))
		}
		return nil
	})
	says(t, o, w.Namespace, "web", "Settling")
	quiet(t, w, "Deployment", "web", 3*time.Second)
	item := says(t, o, w.Namespace, "web", "NodeFragile")
	if item.Replicas != 2 || item.Ready != 1 {
		t.Errorf("one Pod runs, the other never schedules: %+v", item)
	}
	told(t, w, "Deployment", "web", "NodeFragile")
	o.AgreesWithAFreshOne(t, w.Namespace)
}
