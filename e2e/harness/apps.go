package harness

import (
	"context"
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/e2e/kindcluster"
)

// appLabel names an app.
const appLabel = "app.kubernetes.io/name"

// Change changes the Pods of an app that is to be made.
type Change func(*corev1.PodTemplateSpec)

// OnNodes keeps an app on these nodes: by a node selector on one, by affinity
// on several.
func OnNodes(nodes ...string) Change {
	return func(template *corev1.PodTemplateSpec) {
		if len(nodes) == 1 {
			template.Spec.NodeSelector = map[string]string{corev1.LabelHostname: nodes[0]}
			return
		}
		template.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: nodes}},
			}}},
		}}
	}
}

// SettledSoon has an app judged five seconds after it was placed: on a slow
// machine its Pods may take longer than that to begin, and are told of.
func SettledSoon(template *corev1.PodTemplateSpec) {
	template.Annotations = map[string]string{"evenkeel.dev/settle": "5s"}
}

// Deployment makes an app in a namespace and waits until its Pods are ready.
func (s *Suite) Deployment(t *testing.T, namespace, name string, replicas int32, changes ...Change) {
	t.Helper()
	_, err := s.Client.AppsV1().Deployments(namespace).Create(t.Context(), deployment(name, replicas, changes...), metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("make Deployment %s: %v", name, err)
	}
	s.WaitPods(t, namespace, name, int(replicas))
}

// StatefulSet does the same for one.
func (s *Suite) StatefulSet(t *testing.T, namespace, name string, replicas int32, changes ...Change) {
	t.Helper()
	_, err := s.Client.AppsV1().StatefulSets(namespace).Create(t.Context(), statefulSet(name, replicas, changes...), metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("make StatefulSet %s: %v", name, err)
	}
	s.WaitPods(t, namespace, name, int(replicas))
}

// WaitPods waits until an app has that many Pods and all are ready.
func (s *Suite) WaitPods(t *testing.T, namespace, name string, replicas int) {
	t.Helper()
	Eventually(t, 90*time.Second, func(ctx context.Context) error { return s.podsReady(ctx, namespace, name, replicas) })
}

// Pods returns an app's Pods.
func (s *Suite) Pods(ctx context.Context, namespace, app string) ([]corev1.Pod, error) {
	pods, err := s.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: appLabel + "=" + app})
	if err != nil {
		return nil, fmt.Errorf("listing the Pods of %s: %w", app, err)
	}
	return pods.Items, nil
}

func (s *Suite) podsReady(ctx context.Context, namespace, name string, want int) error {
	pods, err := s.Pods(ctx, namespace, name)
	if err != nil {
		return err
	}
	ready := 0
	for _, pod := range pods {
		if Ready(pod) {
			ready++
		}
	}
	if len(pods) != want || ready != want {
		return fmt.Errorf("%s has %d Pods, of which %d are ready, want %d", name, len(pods), ready, want)
	}
	return nil
}

// Ready tells whether a Pod is ready and stays.
func Ready(pod corev1.Pod) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// NewNamespace makes a namespace that is deleted when the test ends.
func (s *Suite) NewNamespace(t *testing.T) string {
	t.Helper()
	name, err := s.makeNamespace(t.Context(), "e2e-")
	if err != nil {
		t.Fatal(err)
	}
	s.Cleanup(t, func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.deleteNamespace(ctx, name); err != nil {
			t.Error(err)
		}
	})
	return name
}

func (s *Suite) makeNamespace(ctx context.Context, prefix string) (string, error) {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix}}
	made, err := s.Client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("making a namespace: %w", err)
	}
	return made.Name, nil
}

// deleteNamespace does not wait for the end of what is in it.
func (s *Suite) deleteNamespace(ctx context.Context, name string) error {
	err := s.Client.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting namespace %s: %w", name, err)
	}
	return nil
}

func deployment(name string, replicas int32, changes ...Change) *appsv1.Deployment {
	template := podTemplate(name, changes)
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Template: template,
			Selector: &metav1.LabelSelector{MatchLabels: template.Labels},
		},
	}
}

func statefulSet(name string, replicas int32, changes ...Change) *appsv1.StatefulSet {
	template := podTemplate(name, changes)
	return &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.StatefulSetSpec{
			Replicas: &replicas, Template: template,
			Selector:            &metav1.LabelSelector{MatchLabels: template.Labels},
			PodManagementPolicy: appsv1.ParallelPodManagement,
		},
	}
}

// podTemplate is of Pods that do nothing.
func podTemplate(app string, changes []Change) corev1.PodTemplateSpec {
	grace, token := int64(1), false
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{appLabel: app}},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: &grace,
			AutomountServiceAccountToken:  &token,
			Containers: []corev1.Container{{
				Name: "pause", Image: kindcluster.PauseImage, ImagePullPolicy: corev1.PullNever,
			}},
		},
	}
	for _, change := range changes {
		change(&template)
	}
	return template
}
