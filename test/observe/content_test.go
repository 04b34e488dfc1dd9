package observe_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/test/harness"
)

func TestAMalformedAnnotationIsToldOnceAndTheDefaultKept(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	o := operator(t)
	annotateNamespace(t, w, `{"evenkeel.dev/max-node-loss":"a third"}`)
	w.Deployment(t, "web", 2, spread, func(d *appsv1.Deployment) {
		d.Spec.Template.Annotations = map[string]string{"evenkeel.dev/settle": "soon", "note": strings.Repeat("x", 100<<10)}
	})
	w.WaitPods(t, "web", 2)
	says(t, o, w.Namespace, "web", "Healthy")
	told(t, w, "Deployment", "web", "InvalidPolicy")
	told(t, w, "Namespace", w.Namespace, "InvalidPolicy")

	// A policy that can be read takes its place at once.
	annotateNamespace(t, w, `{"evenkeel.dev/max-node-loss":"34%"}`)
	w.Deployment(t, "uneven", 4, w.OnNode(1))
	w.WaitPods(t, "uneven", 4)
	says(t, o, w.Namespace, "uneven", "NodeFragile")
	told(t, w, "Deployment", "web", "InvalidPolicy")
	status, metrics := o.Get(t, o.Metrics+"/metrics")
	if status != 200 || !strings.Contains(metrics, "evenkeel_invalid_policies_total 2") {
		t.Errorf("two malformed annotations are not counted as two")
	}
	o.AgreesWithAFreshOne(t, w.Namespace)
}

func annotateNamespace(t *testing.T, w *harness.World, annotations string) {
	t.Helper()
	_, err := w.Client.CoreV1().Namespaces().Patch(t.Context(), w.Namespace, types.MergePatchType,
		[]byte(`{"metadata":{"annotations":`+annotations+`}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func TestANamespacesPolicyDecidesAnew(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "c")
	o := operator(t)
	w.Deployment(t, "web", 3, spread)
	w.WaitPods(t, "web", 3)
	says(t, o, w.Namespace, "web", "Healthy")
	// Two of four on one node are half, which is tolerated by default.
	w.Scale(t, "web", 4)
	w.WaitPods(t, "web", 4)
	if item := says(t, o, w.Namespace, "web", "Healthy"); item.WorstNode.Loss != 0.5 {
		t.Fatalf("four replicas on three nodes: %+v", item)
	}
	// A third of four is one, but the best that three nodes allow is two.
	annotateNamespace(t, w, `{"evenkeel.dev/max-node-loss":"34%"}`)
	harness.Always(t, 2*time.Second, func() error {
		if items := o.Apps(t, w.Namespace); len(items) != 1 || items[0].Verdict != "Healthy" {
			return fmt.Errorf("no placement is better, but it says %+v", items)
		}
		return nil
	})
	// A fourth node makes better possible; half is too much now.
	w.AddNode(t, 4, "c")
	says(t, o, w.Namespace, "web", "Uneven")
	annotateNamespace(t, w, `{"evenkeel.dev/max-node-loss":null}`)
	says(t, o, w.Namespace, "web", "Healthy")
	told(t, w, "Deployment", "web", "Uneven", "Recovered")
	o.AgreesWithAFreshOne(t, w.Namespace)
}

func TestPodsWithoutLabelsOwnerOrNodeHarmNothing(t *testing.T) {
	w := suite.World(t, 1, "a")
	o := operator(t)
	bare := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "bare"},
		Spec:       corev1.PodSpec{NodeName: w.Node(1), Containers: []corev1.Container{{Name: "main", Image: "none"}}},
	}
	unscheduled := bare.DeepCopy()
	unscheduled.Name, unscheduled.Spec.NodeName = "nowhere", ""
	unscheduled.Spec.NodeSelector = map[string]string{"no": "such"}
	for _, pod := range []*corev1.Pod{bare, unscheduled} {
		if _, err := w.Client.CoreV1().Pods(w.Namespace).Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	w.Deployment(t, "unlabelled", 2, func(d *appsv1.Deployment) { delete(d.Spec.Template.Labels, "app") })
	w.WaitPods(t, "unlabelled", 2)
	item := says(t, o, w.Namespace, "unlabelled", "NodeFragile")
	if item.App != "unlabelled" {
		t.Errorf("a workload without an app label is app %q, want its own name", item.App)
	}
	if items := o.Apps(t, w.Namespace); len(items) != 1 {
		t.Errorf("Pods without an owner are judged: %+v", items)
	}
	var node struct{ Pods int }
	harness.Eventually(t, soon, func() error {
		o.GetJSON(t, "/api/v1/nodes/"+w.Node(1), &node)
		if node.Pods != 3 {
			return fmt.Errorf("the node carries %d Pods, want 3: judged or not, they count", node.Pods)
		}
		return nil
	})
	o.AgreesWithAFreshOne(t, w.Namespace)
}

func TestTwoThousandPodsOfOneAppAreOneVerdict(t *testing.T) {
	w := suite.World(t, 10, "a", "b")
	o := operator(t)
	const n = 2000
	w.Deployment(t, "big", n)
	harness.Eventually(t, 5*time.Minute, func() error {
		items := o.Apps(t, w.Namespace)
		if len(items) != 1 || items[0].Ready != n || items[0].Verdict != "Healthy" {
			return fmt.Errorf("not one Healthy workload of %d ready replicas: %+v", n, items)
		}
		return nil
	})
	var page struct{ Items []harness.Item }
	o.GetJSON(t, "/api/v1/apps/"+w.Namespace+"/big", &page)
	sum := 0
	for _, ready := range page.Items[0].Nodes {
		sum += ready
	}
	if len(page.Items) != 1 || sum != n {
		t.Errorf("%d items, %d replicas on nodes; want 1 and %d", len(page.Items), sum, n)
	}
	o.AgreesWithAFreshOne(t, w.Namespace)
}

func TestANamespaceDeletedWholeLeavesNothing(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	o := operator(t)
	w.Deployment(t, "web", 2, w.OnNode(1))
	w.Deployment(t, "api", 2, spread)
	w.WaitPods(t, "web", 2)
	w.WaitPods(t, "api", 2)
	says(t, o, w.Namespace, "web", "NodeFragile")
	if err := w.Client.CoreV1().Namespaces().Delete(t.Context(), w.Namespace, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, time.Minute, func() error {
		if items := o.Apps(t, w.Namespace); len(items) > 0 {
			return fmt.Errorf("still %d items", len(items))
		}
		_, err := w.Client.CoreV1().Namespaces().Get(t.Context(), w.Namespace, metav1.GetOptions{})
		if !apierrors.IsNotFound(err) {
			return fmt.Errorf("the namespace is still there (%w)", err)
		}
		return nil
	})
	_, metrics := o.Get(t, o.Metrics+"/metrics")
	if strings.Contains(metrics, `namespace="`+w.Namespace+`"`) {
		t.Errorf("series of the deleted namespace are left")
	}
	o.AgreesWithAFreshOne(t, w.Namespace)
}
