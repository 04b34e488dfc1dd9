package deploy_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"evenkeel.dev/evenkeel/hack/rights"
	"evenkeel.dev/evenkeel/test/harness"
)

// soon is how long a verdict or an Event may take on a busy machine.
const soon = 20 * time.Second

// install applies a kustomization until the test ends.
func install(t *testing.T, name string) {
	t.Helper()
	if _, err := kubectl(t, "", "apply", "-k", filepath.Join(folder, name)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { uninstall(t, name) })
}

// asServiceAccount gives the kubeconfig that a Pod of the operator has in effect:
// its user's, with its namespace.
func asServiceAccount(t *testing.T) string {
	t.Helper()
	path, err := suite.Cluster.KubeconfigFor(serviceAccount)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	config.Contexts[config.CurrentContext].Namespace = namespace
	path = filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheOperatorRunsWithTheRightsOfTheBaseAndUsesThemAll(t *testing.T) {
	w := suite.World(t, 1, "a")
	install(t, "base")
	o := suite.Start(t, "--kubeconfig", asServiceAccount(t), "--leader-elect", "--settle", "2s")
	o.WaitReady(t)
	w.Deployment(t, "web", 2, w.OnNode(1))
	statefulSet(t, w, "store")
	for _, owner := range []string{"Deployment web", "StatefulSet store"} {
		harness.Eventually(t, soon, func() error { return toldOn(t, w.Namespace, owner) })
	}
	if leader := holder(t); leader == "" {
		t.Error("nobody holds the lease of that namespace")
	}
	o.Stop(t)
	if log := o.Log(); strings.Contains(log, "ermissions are missing") || strings.Contains(log, "forbidden") {
		t.Errorf("something is not allowed:\n%s", log)
	}
	difference := rights.Compare(granted(t, "base"), requested(t, serviceAccount))
	// A server that does not stream the first list is asked to list.
	difference.Unused = slices.DeleteFunc(difference.Unused, func(r rights.Right) bool {
		return r.Verb == "list" && slices.Contains([]string{"pods", "nodes", "namespaces"}, r.Resource)
	})
	if err := difference.Err(); err != nil {
		t.Error(err)
	}
}

// statefulSet makes one of two replicas, all on the world's first node.
func statefulSet(t *testing.T, w *harness.World, name string) {
	t.Helper()
	labels := map[string]string{"app": name}
	replicas := int32(2)
	_, err := w.Client.AppsV1().StatefulSets(w.Namespace).Create(t.Context(), &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.StatefulSetSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					NodeSelector: map[string]string{corev1.LabelHostname: w.Node(1)},
					Containers:   []corev1.Container{{Name: "main", Image: "none"}},
				},
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// toldOn is nil where an Event stands on an owner, given as its kind and name,
// that says that it is NodeFragile.
func toldOn(t *testing.T, namespace, owner string) error {
	list, err := suite.Client.EventsV1().Events(namespace).List(t.Context(), metav1.ListOptions{FieldSelector: "reason=NodeFragile"})
	if err != nil {
		return err
	}
	var on []string
	for _, e := range list.Items {
		place := e.Regarding.Kind + " " + e.Regarding.Name
		if place == owner {
			return nil
		}
		on = append(on, place)
	}
	return fmt.Errorf("no Event on %s; there are some on %q", owner, on)
}

// holder tells who holds the lease in the operator's namespace.
func holder(t *testing.T) string {
	t.Helper()
	lease, err := suite.Client.CoordinationV1().Leases(namespace).Get(t.Context(), "evenkeel", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

func TestWithCustomOwnersTheOperatorMayReadThem(t *testing.T) {
	install(t, "overlays/custom-owners")
	harness.Eventually(t, soon, func() error { // the authorizer has a cache of its own
		review, err := suite.Client.AuthorizationV1().SubjectAccessReviews().Create(t.Context(), &authorizationv1.SubjectAccessReview{
			Spec: authorizationv1.SubjectAccessReviewSpec{
				User:               serviceAccount,
				ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "get", Group: "argoproj.io", Resource: "rollouts", Namespace: "shop", Name: "web"},
			},
		}, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		if !review.Status.Allowed {
			return fmt.Errorf("not allowed: %s", review.Status.Reason)
		}
		return nil
	})
}

func TestEvenkeelIsHealthyByItsOwnVerdictAlsoAfterARollingUpdate(t *testing.T) {
	suite.World(t, 2, "a", "b") // the nodes, which all Pods may use
	install(t, "base")
	o := suite.Operator(t, "--settle", "2s")
	healthy(t, o)
	_, err := kubectl(t, "", "-n", namespace, "rollout", "restart", "deployment/evenkeel")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kubectl(t, "", "-n", namespace, "rollout", "status", "deployment/evenkeel", "--timeout=60s"); err != nil {
		t.Fatal(err)
	}
	healthy(t, o)
}

// healthy waits until the operator's own Deployment is Healthy on two nodes of
// two zones.
func healthy(t *testing.T, o *harness.Operator) {
	t.Helper()
	harness.Eventually(t, time.Minute, func() error {
		var app struct{ Items []harness.Item }
		status, body := o.Get(t, o.API+"/api/v1/apps/"+namespace+"/evenkeel")
		if status != 200 {
			return fmt.Errorf("%d %s", status, body)
		}
		o.GetJSON(t, "/api/v1/apps/"+namespace+"/evenkeel", &app)
		if len(app.Items) != 1 {
			return fmt.Errorf("%d workloads, want one", len(app.Items))
		}
		item := app.Items[0]
		if item.Verdict != "Healthy" || item.Ready != 2 || len(item.Nodes) != 2 || len(item.Zones) != 2 {
			return fmt.Errorf("it is %s with %d of %d ready, on %v in %v", item.Verdict, item.Ready, item.Replicas, item.Nodes, item.Zones)
		}
		return nil
	})
}
