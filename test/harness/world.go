package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// World is one test's part of the cluster: a namespace, and nodes that its Pods
// alone select.
type World struct {
	*Suite
	Namespace string
}

// nodeLabel is the label by which the Pods of a world select its nodes.
const nodeLabel = "test.evenkeel.dev/world"

// World makes a namespace and that many nodes in each of the zones; they are
// removed at the test's end. A zone without a name means no zone.
func (s *Suite) World(t *testing.T, perZone int, zones ...string) *World {
	t.Helper()
	name := strings.ToLower(t.Name()[len("Test"):])
	name = strings.NewReplacer("/", "-", "_", "-").Replace(name)
	name = strings.Trim(name[:min(len(name), 40)], "-")
	w := &World{Suite: s, Namespace: name}
	_, err := s.Client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("make a namespace: %v", err)
	}
	t.Cleanup(func() { w.remove(t) })
	n := 0
	for _, zone := range zones {
		for range perZone {
			n++
			w.AddNode(t, n, zone)
		}
	}
	return w
}

// NodeSelector selects the world's nodes.
func (w *World) NodeSelector() map[string]string { return map[string]string{nodeLabel: w.Namespace} }

// Node gives the name of the world's n-th node, counted from 1.
func (w *World) Node(n int) string { return fmt.Sprintf("%s-%d", w.Namespace, n) }

// AddNode adds the world's n-th node and waits until it is Ready.
func (w *World) AddNode(t *testing.T, n int, zone string) {
	t.Helper()
	node := localcluster.Node(w.Node(n), zone)
	node.Labels[nodeLabel] = w.Namespace
	if err := w.Cluster.AddNodes(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	w.WaitNode(t, n, true)
}

// WaitNode waits until a node is Ready, or is not.
func (w *World) WaitNode(t *testing.T, n int, ready bool) {
	t.Helper()
	Eventually(t, 30*time.Second, func() error {
		node, err := w.Client.CoreV1().Nodes().Get(t.Context(), w.Node(n), metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, c := range node.Status.Conditions {
			if c.Type == corev1.NodeReady && (c.Status == corev1.ConditionTrue) == ready {
				return nil
			}
		}
		return fmt.Errorf("node %s: ready is not %v", node.Name, ready)
	})
}

// PatchNode changes a node by a merge patch.
func (w *World) PatchNode(t *testing.T, n int, patch string) {
	t.Helper()
	_, err := w.Client.CoreV1().Nodes().Patch(t.Context(), w.Node(n), types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		t.Fatalf("patch node %s: %v", w.Node(n), err)
	}
}

// Cordon makes a node unschedulable, or schedulable again.
func (w *World) Cordon(t *testing.T, n int, cordoned bool) {
	t.Helper()
	w.PatchNode(t, n, fmt.Sprintf(`{"spec":{"unschedulable":%v}}`, cordoned))
}

// Annotate gives the world's namespace an annotation.
func (w *World) Annotate(t *testing.T, name, value string) {
	t.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, name, value)
	if _, err := w.Client.CoreV1().Namespaces().Patch(t.Context(), w.Namespace, types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatalf("annotate a namespace: %v", err)
	}
}

// Deployment makes a Deployment whose Pods select the world's nodes and have
// the label app with its name, and changes it before by the given functions.
func (w *World) Deployment(t *testing.T, name string, replicas int32, change ...func(*appsv1.Deployment)) {
	t.Helper()
	id := map[string]string{"id": name}
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: id},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"id": name, "app": name}},
				Spec: corev1.PodSpec{
					NodeSelector:                  w.NodeSelector(),
					Containers:                    []corev1.Container{{Name: "main", Image: "none"}},
					TerminationGracePeriodSeconds: new(int64),
				},
			},
		},
	}
	for _, f := range change {
		f(d)
	}
	if _, err := w.Client.AppsV1().Deployments(w.Namespace).Create(t.Context(), d, metav1.CreateOptions{}); err != nil {
		t.Fatalf("make a Deployment: %v", err)
	}
}

// OnNode pins a Deployment's Pods to the world's n-th node.
func (w *World) OnNode(n int) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) {
		d.Spec.Template.Spec.NodeSelector[corev1.LabelHostname] = w.Node(n)
	}
}

// PatchDeployment changes a Deployment by a merge patch.
func (w *World) PatchDeployment(t *testing.T, name string, patch any) {
	t.Helper()
	data, err := json.Marshal(patch)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Client.AppsV1().Deployments(w.Namespace).Patch(t.Context(), name, types.MergePatchType, data, metav1.PatchOptions{})
	if err != nil {
		t.Fatalf("patch Deployment %s: %v", name, err)
	}
}

// Scale sets a Deployment's replicas.
func (w *World) Scale(t *testing.T, name string, replicas int) {
	t.Helper()
	w.PatchDeployment(t, name, map[string]any{"spec": map[string]any{"replicas": replicas}})
}

// Delete deletes a Deployment, also when the test has ended.
func (w *World) Delete(t *testing.T, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.Client.AppsV1().Deployments(w.Namespace).Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		t.Errorf("delete Deployment %s: %v", name, err)
	}
}

// WaitPods waits until that many of a Deployment's Pods are Ready and no other
// one is there.
func (w *World) WaitPods(t *testing.T, name string, ready int) {
	t.Helper()
	Eventually(t, time.Minute, func() error {
		pods := w.Pods(t, name)
		n := 0
		for _, p := range pods {
			for _, c := range p.Status.Conditions {
				if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
					n++
				}
			}
		}
		if len(pods) != ready || n != ready {
			return fmt.Errorf("%s has %d Pods, of which %d are ready; want %d", name, len(pods), n, ready)
		}
		return nil
	})
}

// Pods returns the Pods of a Deployment.
func (w *World) Pods(t *testing.T, name string) []corev1.Pod {
	t.Helper()
	pods, err := w.Client.CoreV1().Pods(w.Namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "id=" + name})
	if err != nil {
		t.Fatalf("list Pods: %v", err)
	}
	return pods.Items
}

// remove deletes the world and waits until its Pods are gone, so that they are
// no load to the next.
func (w *World) remove(t *testing.T) {
	t.Helper()
	const patience = 3 * time.Minute // there may be hundreds of Pods
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := w.Client.CoreV1().Namespaces().Delete(ctx, w.Namespace, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Errorf("delete namespace %s: %v", w.Namespace, err)
	}
	Eventually(t, patience, func() error {
		_, err := w.Client.CoreV1().Namespaces().Get(ctx, w.Namespace, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("namespace %s is still there (%w)", w.Namespace, err)
	})
	// The selector alone says whose nodes these are.
	err = w.Client.CoreV1().Nodes().DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: nodeLabel + "=" + w.Namespace})
	if err != nil {
		t.Errorf("delete the nodes of %s: %v", w.Namespace, err)
	}
}
