package repair_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

func TestInANamespaceThatIsBeingDeletedNothingIsRepaired(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	const stay = "karpenter.sh/do-not-disrupt"
	crowded(t, w, "web", 2, 2, func(d *appsv1.Deployment) { d.Spec.Template.Annotations = map[string]string{stay: "true"} })
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	o := operator(t, "enforce")
	planOf(t, o, w.Namespace, "web", blockedBy("opt-out"))

	// Who empties the namespace is away, so that there is time to look.
	withoutControllers(t, func() {
		if err := suite.Client.CoreV1().Namespaces().Delete(t.Context(), w.Namespace, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		before := uids(w.Pods(t, "web"))
		for _, p := range w.Pods(t, "web") {
			annotatePod(t, w, p.Name, stay, "")
		}
		planOf(t, o, w.Namespace, "web", blockedBy("terminating-namespace"))
		stays(t, w, before, "web")
	})
	harness.Eventually(t, soon, func() error {
		var p plan
		o.GetJSON(t, "/api/v1/plan", &p)
		if len(p.Items) > 0 {
			return fmt.Errorf("of what is gone there is still %+v", p.Items)
		}
		return nil
	})
	wantAsked(t, w.Namespace, 0)
}

// withoutControllers does something while kube-controller-manager does not run.
func withoutControllers(t *testing.T, during func()) {
	t.Helper()
	manager, err := suite.Cluster.Component(localcluster.ControllerManager)
	if err != nil {
		t.Fatal(err)
	}
	manager.Stop()
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := manager.Restart(ctx); err != nil {
			t.Errorf("start the controllers again: %v", err)
		}
	}()
	during()
}
