package repair_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"evenkeel.dev/evenkeel/test/harness"
)

// crowded makes a Deployment whose replicas all stand on the first node, though
// there are others, with a budget over it.
func crowded(t *testing.T, w *harness.World, name string, replicas int32, nodes int, change ...func(*appsv1.Deployment)) {
	t.Helper()
	crowding(t, w, nodes, func() {
		w.Deployment(t, name, replicas, change...)
		w.WaitPods(t, name, int(replicas))
	})
	budget(t, w, name)
}

// crowding has all that is placed meanwhile come to the first node.
func crowding(t *testing.T, w *harness.World, nodes int, during func()) {
	t.Helper()
	for n := 2; n <= nodes; n++ {
		w.Cordon(t, n, true)
	}
	during()
	for n := 2; n <= nodes; n++ {
		w.Cordon(t, n, false)
	}
}

// budget lets one replica of a Deployment be away.
func budget(t *testing.T, w *harness.World, name string) {
	t.Helper()
	pdb(t, w, name, mayBeAway(1), name)
}

// mayBeAway is a budget that lets so many replicas be away.
func mayBeAway(n int32) policyv1.PodDisruptionBudgetSpec {
	return policyv1.PodDisruptionBudgetSpec{MaxUnavailable: new(intstr.FromInt32(n))}
}

// mustBeThere is a budget that wants so many replicas to be ready.
func mustBeThere(n int32) policyv1.PodDisruptionBudgetSpec {
	return policyv1.PodDisruptionBudgetSpec{MinAvailable: new(intstr.FromInt32(n))}
}

// pdb makes a budget over the Pods of these Deployments.
func pdb(t *testing.T, w *harness.World, name string, spec policyv1.PodDisruptionBudgetSpec, over ...string) {
	t.Helper()
	spec.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: "app", Operator: metav1.LabelSelectorOpIn, Values: over},
	}}
	budget := &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec}
	if _, err := suite.Client.PolicyV1().PodDisruptionBudgets(w.Namespace).Create(t.Context(), budget, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// unbudget takes a Deployment's budget away.
func unbudget(t *testing.T, w *harness.World, name string) {
	t.Helper()
	if err := suite.Client.PolicyV1().PodDisruptionBudgets(w.Namespace).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

// uids are those of a Deployment's Pods, by which the same ones are known.
func uids(pods []corev1.Pod) map[types.UID]bool {
	all := make(map[types.UID]bool)
	for _, p := range pods {
		all[p.UID] = true
	}
	return all
}

// same is an error where a Deployment's Pods are others than before.
func same(pods []corev1.Pod, before map[types.UID]bool) error {
	for _, p := range pods {
		if !before[p.UID] || p.DeletionTimestamp != nil {
			return fmt.Errorf("%s is new or going", p.Name)
		}
	}
	return nil
}

// stays sees for a while that the Pods of a Deployment are those that they were.
func stays(t *testing.T, w *harness.World, before map[types.UID]bool, names ...string) {
	t.Helper()
	harness.Always(t, lull, func() error {
		for _, name := range names {
			if err := same(w.Pods(t, name), before); err != nil {
				return err
			}
		}
		return nil
	})
}

// podsOf are the Pods of several Deployments.
func podsOf(t *testing.T, w *harness.World, names ...string) map[types.UID]bool {
	t.Helper()
	all := make(map[types.UID]bool)
	for _, name := range names {
		for uid := range uids(w.Pods(t, name)) {
			all[uid] = true
		}
	}
	return all
}

// patchPod changes a Pod by a merge patch, also when the test has ended, unless it
// is gone.
func patchPod(t *testing.T, w *harness.World, name, patch string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := suite.Client.CoreV1().Pods(w.Namespace).Patch(ctx, name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatalf("patch Pod %s: %v", name, err)
	}
}

// annotatePod gives a Pod an annotation, or takes it away where the value is
// empty.
func annotatePod(t *testing.T, w *harness.World, name, annotation, value string) {
	t.Helper()
	quoted := "null"
	if value != "" {
		quoted = fmt.Sprintf("%q", value)
	}
	patchPod(t, w, name, fmt.Sprintf(`{"metadata":{"annotations":{%q:%s}}}`, annotation, quoted))
}

// remove deletes an object, also when the test has ended, unless that was done.
func remove(t *testing.T, objects interface {
	Delete(ctx context.Context, name string, options metav1.DeleteOptions) error
}, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := objects.Delete(ctx, name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		t.Errorf("delete %s: %v", name, err)
	}
}
