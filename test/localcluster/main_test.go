// Package localcluster_test tries the local cluster for real.
package localcluster_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// allComponents are those of a cluster that leaves none out.
var allComponents = [...]localcluster.Name{
	localcluster.Etcd, localcluster.APIServer, localcluster.ControllerManager,
	localcluster.Scheduler, localcluster.Kwok,
}

// startCluster starts a cluster that is stopped when the test ends.
func startCluster(t *testing.T, opts localcluster.Options) (*localcluster.Cluster, kubernetes.Interface) {
	t.Helper()
	opts.Progress = t.Output()
	cluster, err := localcluster.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	client, err := kubernetes.NewForConfig(cluster.RESTConfig())
	if err != nil {
		t.Fatal(err)
	}
	return cluster, client
}

// eventually waits until a condition holds, which says why it doesn't yet.
func eventually(t *testing.T, within time.Duration, what string, holds func(context.Context) error) {
	t.Helper()
	last := errors.New("it was not asked")
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, within, true, func(ctx context.Context) (bool, error) {
		last = holds(ctx)
		return last == nil, nil
	})
	if err != nil {
		t.Fatalf("%s: not within %v: %v", what, within, last)
	}
}

// component returns a component that is there for sure.
func component(t *testing.T, cluster *localcluster.Cluster, name localcluster.Name) *localcluster.Component {
	t.Helper()
	found, err := cluster.Component(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// createDeployment creates a Deployment in the default namespace.
func createDeployment(t *testing.T, client kubernetes.Interface, name string, replicas int32, annotations map[string]string) {
	t.Helper()
	labels := map[string]string{"app": name}
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: v1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: annotations},
				Spec:       v1.PodSpec{Containers: []v1.Container{{Name: "main", Image: "example.com/none"}}},
			},
		},
	}
	if _, err := client.AppsV1().Deployments("default").Create(t.Context(), deployment, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// podsOf returns the Pods of a Deployment by createDeployment.
func podsOf(ctx context.Context, client kubernetes.Interface, app string) ([]v1.Pod, error) {
	list, err := client.CoreV1().Pods("default").List(ctx, metav1.ListOptions{LabelSelector: "app=" + app})
	if err != nil {
		return nil, fmt.Errorf("listing Pods: %w", err)
	}
	return list.Items, nil
}

// wantPods returns why not exactly n Pods of an app are Running, with this
// readiness.
func wantPods(ctx context.Context, client kubernetes.Interface, app string, n int, ready v1.ConditionStatus) error {
	pods, err := podsOf(ctx, client, app)
	if err != nil {
		return err
	}
	if len(pods) != n {
		return fmt.Errorf("%d Pods, want %d", len(pods), n)
	}
	for _, pod := range pods {
		if got := readiness(pod.Status.Conditions); pod.Status.Phase != v1.PodRunning || got != ready {
			return fmt.Errorf("Pod %s is %s and its readiness %s, want %s", pod.Name, pod.Status.Phase, got, ready)
		}
	}
	return nil
}

func readiness(conditions []v1.PodCondition) v1.ConditionStatus {
	for _, condition := range conditions {
		if condition.Type == v1.PodReady {
			return condition.Status
		}
	}
	return v1.ConditionUnknown
}

// wantNode returns why a node's readiness is not this.
func wantNode(ctx context.Context, client kubernetes.Interface, name string, ready v1.ConditionStatus) error {
	node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("reading a node: %w", err)
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == v1.NodeReady && condition.Status == ready {
			return nil
		}
	}
	return fmt.Errorf("node %s is not %s: %v", name, ready, node.Status.Conditions)
}

// wantGone returns which of the processes is alive.
func wantGone(pids []int) error {
	for _, pid := range pids {
		if alive(pid) {
			return fmt.Errorf("process %d is alive", pid)
		}
	}
	return nil
}

// alive tells whether a process runs. One that has ended and that nobody has
// waited for, as happens to orphans in containers, does not.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	if runtime.GOOS != "linux" {
		return true
	}
	stat, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "stat"))
	if err != nil {
		return false
	}
	// pid (name) state …
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}
