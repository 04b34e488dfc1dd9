package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"evenkeel.dev/evenkeel/pkg/placement"
)

const (
	// replicas are what each app has.
	replicas = 3
	// appLabel names the app of a Pod.
	appLabel = "app"
	// perNamespace is how many apps share a namespace.
	perNamespace = 10
)

// app is a Deployment with a budget over it.
type app struct{ namespace, name string }

// appOf gives the n-th app of those that share a prefix.
func appOf(prefix string, n int) app {
	return app{fmt.Sprintf("%s-%d", prefix, n/perNamespace), fmt.Sprintf("%s-app-%d", prefix, n)}
}

// makeNamespaces makes those of so many apps, in which the operator may repair.
func (w *world) makeNamespaces(ctx context.Context, prefix string, apps int, annotations map[string]string) error {
	for n := 0; n < apps; n += perNamespace {
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name:        appOf(prefix, n).namespace,
			Annotations: map[string]string{placement.ModeAnnotation: placement.Enforce.String()},
		}}
		for name, value := range annotations {
			ns.Annotations[name] = value
		}
		if _, err := w.client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("making a namespace: %w", err)
		}
	}
	return nil
}

// make makes an app of which one replica may be away, and changes its Pods'
// template before by the given functions.
func (w *world) make(ctx context.Context, a app, change ...func(*corev1.PodTemplateSpec)) error {
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: a.name},
		Spec:       policyv1.PodDisruptionBudgetSpec{MaxUnavailable: new(intstr.FromInt32(1)), Selector: a.selector()},
	}
	if _, err := w.client.PolicyV1().PodDisruptionBudgets(a.namespace).Create(ctx, budget, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("making the budget of %s: %w", a.name, err)
	}
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: a.name},
		Spec:       appsv1.DeploymentSpec{Replicas: new(int32(replicas)), Selector: a.selector(), Template: a.template()},
	}
	for _, f := range change {
		f(&deployment.Spec.Template)
	}
	if _, err := w.client.AppsV1().Deployments(a.namespace).Create(ctx, deployment, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("making %s: %w", a.name, err)
	}
	return nil
}

func (a app) selector() *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{appLabel: a.name}}
}

func (a app) template() corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{appLabel: a.name}},
		Spec: corev1.PodSpec{
			Containers:                    []corev1.Container{{Name: "main", Image: "none"}},
			TerminationGracePeriodSeconds: new(int64),
		},
	}
}
