package faults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

// stage is one test's part of the cluster: a namespace and six nodes in three
// zones.
type stage struct {
	namespace string
	client    kubernetes.Interface
	// ahead is how far the clocks of nodes are; nil for not at all.
	ahead map[int]time.Duration

	mu sync.Mutex // the churn makes Pods while a test makes apps
	// owners are the Deployments, templates what their next Pods are made of, by
	// app.
	owners    map[string]metav1.OwnerReference
	templates map[string]corev1.Pod
	// turns are those of the apps that swing, by app.
	turns map[string][]turn
	// from and to are when a fault may have kept a turn from being told of: from is
	// when it began, to when it was surely over.
	from, to time.Time
}

const (
	nodes = 6
	zones = 3
)

func newStage(t *testing.T) *stage {
	t.Helper()
	name := strings.ToLower(t.Name()[len("Test"):])
	s := &stage{
		client:    suite.Client,
		owners:    make(map[string]metav1.OwnerReference),
		templates: make(map[string]corev1.Pod),
		turns:     make(map[string][]turn),
	}
	// Another one each time: what is left of a namespace stays.
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: name[:min(len(name), 50)] + "-"}}
	ns, err := s.client.CoreV1().Namespaces().Create(t.Context(), ns, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.namespace = ns.Name
	t.Cleanup(func() { s.clear(t) })
	for n := range nodes {
		s.addNode(t, n)
	}
	return s
}

// addNode adds a node that is Ready for good. The API server taints each new one
// until a controller, which is not there, finds it Ready.
func (s *stage) addNode(t *testing.T, n int) {
	t.Helper()
	node := localcluster.Node(s.node(n), fmt.Sprintf("zone-%d", n%zones))
	node.Status.Conditions = []corev1.NodeCondition{{
		Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now(),
	}}
	if _, err := s.client.CoreV1().Nodes().Create(t.Context(), node, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := s.client.CoreV1().Nodes().Patch(t.Context(), node.Name, types.MergePatchType, []byte(`{"spec":{"taints":null}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *stage) node(n int) string { return fmt.Sprintf("%s-%d", s.namespace, n) }

// clear removes what would be a load to the next test. There is no controller
// that would take a namespace down.
func (s *stage) clear(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	now := metav1.DeleteOptions{GracePeriodSeconds: new(int64)}
	harness.Eventually(t, time.Minute, func() error {
		if err := s.client.CoreV1().Pods(s.namespace).DeleteCollection(ctx, now, metav1.ListOptions{}); err != nil {
			return err
		}
		for n := range nodes {
			if err := s.client.CoreV1().Nodes().Delete(ctx, s.node(n), now); err != nil && !apierrors.IsNotFound(err) {
				return err
			}
		}
		return nil
	})
}

// app makes a Deployment and its first ReplicaSet, which own the app's Pods.
func (s *stage) app(t *testing.T, name string) {
	t.Helper()
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}
	d, err := s.client.AppsV1().Deployments(s.namespace).Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       appsv1.DeploymentSpec{Selector: selector, Template: template(name, "one")},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.owners[name] = *metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))
	s.mu.Unlock()
	s.revise(t, name, "one")
}

// revise makes another ReplicaSet of an app: what is placed from now on is of
// that revision.
func (s *stage) revise(t *testing.T, app, revision string) {
	t.Helper()
	pod := template(app, revision)
	s.mu.Lock()
	defer s.mu.Unlock()
	set, err := s.client.AppsV1().ReplicaSets(s.namespace).Create(t.Context(), &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: app + "-" + revision, Labels: pod.Labels, OwnerReferences: []metav1.OwnerReference{s.owners[app]}},
		Spec:       appsv1.ReplicaSetSpec{Selector: &metav1.LabelSelector{MatchLabels: pod.Labels}, Template: pod},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.templates[app] = corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Labels:          pod.Labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))},
		},
		Spec: pod.Spec,
	}
}

func template(app, revision string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": app, appsv1.DefaultDeploymentUniqueLabelKey: revision}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "none"}}},
	}
}

// pod is a Pod of an app that is about to be made on a node.
func (s *stage) pod(app, name string, node int) *corev1.Pod {
	s.mu.Lock()
	template := s.templates[app]
	s.mu.Unlock()
	pod := template.DeepCopy()
	pod.Name = name
	pod.Spec.NodeName = s.node(node)
	return pod
}

// place makes a Pod of an app on a node and has it Ready.
func (s *stage) place(t *testing.T, app, name string, node int) {
	t.Helper()
	if _, err := s.client.CoreV1().Pods(s.namespace).Create(t.Context(), s.pod(app, name, node), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := s.client.CoreV1().Pods(s.namespace).Patch(t.Context(), name, types.MergePatchType, s.status(node, true, time.Now()), metav1.PatchOptions{}, "status")
	if err != nil {
		t.Fatal(err)
	}
}

// remove deletes a Pod at once.
func (s *stage) remove(t *testing.T, name string) {
	t.Helper()
	if err := s.client.CoreV1().Pods(s.namespace).Delete(t.Context(), name, metav1.DeleteOptions{GracePeriodSeconds: new(int64)}); err != nil {
		t.Fatal(err)
	}
}

// status is what a kubelet writes into a Pod's status at some time, by its own
// clock, beside what the API server has written there when the Pod was bound.
func (s *stage) status(node int, ready bool, at time.Time) []byte {
	word := map[bool]corev1.ConditionStatus{true: corev1.ConditionTrue, false: corev1.ConditionFalse}
	conditions := []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(at)},
		{Type: corev1.PodReady, Status: word[ready], LastTransitionTime: metav1.NewTime(at.Add(s.ahead[node]))},
	}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"phase": corev1.PodRunning, "conditions": conditions}})
	if err != nil {
		panic(err) // plain values
	}
	return patch
}
