package process_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

// TestWithoutTheRightToReadOwnersEventsStandOnTheDirectOne: the Event degrades,
// the verdict does not.
func TestWithoutTheRightToReadOwnersEventsStandOnTheDirectOne(t *testing.T) {
	grant(t, observer,
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods", "nodes", "namespaces"}, Verbs: []string{"list", "watch"}},
		rbacv1.PolicyRule{APIGroups: []string{"events.k8s.io"}, Resources: []string{"events"}, Verbs: []string{"create"}},
	)
	kubeconfig, err := suite.Cluster.KubeconfigFor(observer)
	if err != nil {
		t.Fatal(err)
	}
	w := suite.World(t, 1, "a")
	w.Deployment(t, "web", 2, w.OnNode(1))
	w.WaitPods(t, "web", 2)
	o := suite.Operator(t, "--kubeconfig", kubeconfig, "--settle", "2s")
	harness.Eventually(t, 30*time.Second, func() error {
		list, err := w.Client.EventsV1().Events(w.Namespace).List(t.Context(), metav1.ListOptions{FieldSelector: "reason=NodeFragile"})
		if err != nil {
			return err
		}
		if len(list.Items) != 1 || !onReplicaSet(list.Items[0]) {
			return fmt.Errorf("Events: %+v, want one on the ReplicaSet; log:\n%s", list.Items, o.Log())
		}
		return nil
	})
}

func onReplicaSet(e eventsv1.Event) bool {
	return e.Regarding.Kind == "ReplicaSet" && strings.HasPrefix(e.Regarding.Name, "web-")
}
