package main

import (
	"context"
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// act is something that is done to the cluster; it returns when the API server
// says that it has come about.
type act func(context.Context, hands) error

// askForRepair annotates namespaces.
func askForRepair(namespaces []string) act {
	return func(ctx context.Context, h hands) error {
		patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, placement.ModeAnnotation, placement.Enforce)
		for _, name := range namespaces {
			if _, err := h.client.CoreV1().Namespaces().Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
				return fmt.Errorf("annotating namespace %s: %w", name, err)
			}
		}
		return nil
	}
}

// budget lets one of the app's replicas be away.
func (a app) budget() *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{
		ObjectMeta: a.objectMeta(),
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable: new(intstr.FromInt32(1)),
			Selector:       &metav1.LabelSelector{MatchLabels: a.labels()},
		},
	}
}

// giveBudget creates an app's PodDisruptionBudget.
func giveBudget(a app) act {
	return func(ctx context.Context, h hands) error {
		_, err := h.client.PolicyV1().PodDisruptionBudgets(a.namespace).Create(ctx, a.budget(), metav1.CreateOptions{})
		if err != nil {
			return fmt.Errorf("creating a PodDisruptionBudget for %s: %w", a.key(), err)
		}
		return nil
	}
}

// createBudgets creates those that are there from the beginning, where there are
// any.
func (h hands) createBudgets(ctx context.Context, s scene) error {
	if !s.repairs() {
		return nil
	}
	for _, a := range bare(s.apps(), false) {
		if err := giveBudget(a)(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// rollOnto rolls an app out while all nodes but some are closed, and opens them
// again: the Pods stay where they are. Without nodes all are open, and the
// scheduler spreads it. What repair finds then is no tug-of-war, as the template
// is another.
func rollOnto(a app, s scene, nodes []string) act {
	return func(ctx context.Context, h hands) error {
		closed := func(name string) bool { return len(nodes) > 0 && !slices.Contains(nodes, name) }
		if err := h.open(ctx, s, closed); err != nil {
			return err
		}
		before := h.world.podIDs(a.key())
		if _, err := roll(a.key())(ctx, h); err != nil {
			return err
		}
		what := fmt.Sprintf("%d new Pods of %s to be ready", a.replicas, a.key())
		if _, err := h.world.awaitWithin(ctx, placingLimit, what, rolledOut(a, before, closed)); err != nil {
			return err
		}
		return h.open(ctx, s, nil)
	}
}

// rolledOut is true when all of an app's Pods are new and ready, and none is on a
// closed node.
func rolledOut(a app, before []types.UID, closed func(string) bool) condition {
	return func(w *world) bool {
		pods := w.podsOf(a.key())
		return len(pods) == a.replicas && !slices.ContainsFunc(pods, func(pod *v1.Pod) bool {
			return slices.Contains(before, pod.UID) || !podReady(pod) || closed(pod.Spec.NodeName)
		})
	}
}
