package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/e2e/harness"
)

// unbound is the namespace of testdata/unbound.
const unbound = "evenkeel-unbound"

func TestAnOperatorWithoutItsClusterRoleNamesWhatItLacksAndRunsOnceItHasIt(t *testing.T) {
	suite.ExplainFailure(t)
	overlay := filepath.Join(suite.Root, "e2e", "testdata", "unbound")
	suite.Cleanup(t, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if _, err := suite.Cluster.Kubectl(ctx, "delete", "-k", overlay, "--ignore-not-found"); err != nil {
			t.Error(err)
		}
	})
	if _, err := suite.Cluster.Kubectl(t.Context(), "apply", "-k", overlay); err != nil {
		t.Fatal(err)
	}
	pod := awaitRefused(t)
	const says = "missing permissions on API server"
	lacks := []string{"list, watch pods in all namespaces", "list, watch nodes", "list, watch namespaces", "create events.events.k8s.io"}
	log := previousLog(t, pod.Name)
	for where, text := range map[string]string{
		"its termination message": pod.Status.ContainerStatuses[0].LastTerminationState.Terminated.Message,
		"its log":                 log,
	} {
		line := lastLine(text)
		if !strings.HasPrefix(line, "operator: ") || !strings.Contains(line, says) {
			t.Errorf("%s ends with %q, which does not say that permissions are missing", where, line)
		}
		for _, right := range lacks {
			if !strings.Contains(line, right) {
				t.Errorf("%s does not name %q: %s", where, right, line)
			}
		}
		if strings.Contains(line, "leases") {
			t.Errorf("%s names what it has, the right to its Lease: %s", where, line)
		}
	}
	if code := pod.Status.ContainerStatuses[0].LastTerminationState.Terminated.ExitCode; code != 1 {
		t.Errorf("its exit code is %d, want 1", code)
	}

	bind(t)
	harness.Eventually(t, 2*time.Minute, func(ctx context.Context) error {
		pods, err := suite.Pods(ctx, unbound, harness.OperatorName)
		if err != nil {
			return err
		}
		ready := 0
		for _, p := range pods {
			if harness.Ready(p) {
				ready++
			}
		}
		if ready != harness.Replicas {
			return fmt.Errorf("%d of %v are ready", ready, harness.Names(pods))
		}
		return nil
	})
}

// awaitRefused waits until one of the Pods has ended and is about to try again.
func awaitRefused(t *testing.T) corev1.Pod {
	t.Helper()
	var refused corev1.Pod
	harness.Eventually(t, 90*time.Second, func(ctx context.Context) error {
		pods, err := suite.Pods(ctx, unbound, harness.OperatorName)
		if err != nil {
			return err
		}
		for _, pod := range pods {
			for _, status := range pod.Status.ContainerStatuses {
				if status.LastTerminationState.Terminated != nil {
					refused = pod
					return nil
				}
				if status.Ready {
					t.Fatalf("%s is ready without any right", pod.Name)
				}
			}
		}
		return fmt.Errorf("none of %v has ended", harness.Names(pods))
	})
	return refused
}

// previousLog is that of a container's run before the present one.
func previousLog(t *testing.T, pod string) string {
	t.Helper()
	log, err := suite.Client.CoreV1().Pods(unbound).GetLogs(pod, &corev1.PodLogOptions{Previous: true}).DoRaw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(log)
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// bind binds the installed ClusterRole to that other ServiceAccount, until the
// test ends.
func bind(t *testing.T) {
	t.Helper()
	bindings := suite.Client.RbacV1().ClusterRoleBindings()
	_, err := bindings.Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: unbound},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: harness.OperatorName},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: unbound, Name: harness.OperatorName}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	suite.Cleanup(t, func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := bindings.Delete(ctx, unbound, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			t.Error(err)
		}
	})
}
