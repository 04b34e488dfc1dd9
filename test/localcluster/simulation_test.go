package localcluster_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// TestASimulatedCluster tries what tests rely on, on one cluster.
func TestASimulatedCluster(t *testing.T) {
	cluster, client := startCluster(t, localcluster.Options{
		AuditLog: true,
		Users:    []localcluster.User{{Name: "reader", Groups: []string{"readers"}}},
	})
	if err := cluster.AddNodes(t.Context(), localcluster.Nodes(4, 2)...); err != nil {
		t.Fatal(err)
	}
	t.Run("the Pods of a Deployment become Ready on simulated nodes", func(t *testing.T) {
		podsBecomeReady(t, client)
	})
	t.Run("a Pod is not Ready for as long as its annotation says so", func(t *testing.T) {
		readinessFollowsTheAnnotation(t, client)
	})
	t.Run("a silenced node turns NotReady and comes back with its Pods", func(t *testing.T) {
		nodeFallsSilent(t, cluster, client)
	})
	t.Run("a user may do what RBAC allows and no more", func(t *testing.T) {
		userIsRestricted(t, cluster, client)
	})
	t.Run("the audit log tells who asked", func(t *testing.T) {
		auditLogTells(t, cluster)
	})
}

func podsBecomeReady(t *testing.T, client kubernetes.Interface) {
	createDeployment(t, client, "web", 4, nil)
	eventually(t, 20*time.Second, "the Pods are Ready", func(ctx context.Context) error {
		return wantPods(ctx, client, "web", 4, v1.ConditionTrue)
	})
	pods, err := podsOf(t.Context(), client, "web")
	if err != nil {
		t.Fatal(err)
	}
	addresses := map[string]bool{}
	for _, pod := range pods {
		addresses[pod.Status.PodIP] = true
	}
	if len(addresses) != 4 {
		t.Errorf("4 Pods have %d addresses: %v", len(addresses), addresses)
	}
	if err := client.AppsV1().Deployments("default").Delete(t.Context(), "web", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the Pods are gone", func(ctx context.Context) error {
		pods, err := podsOf(ctx, client, "web")
		if err == nil && len(pods) > 0 {
			err = fmt.Errorf("%d are left", len(pods))
		}
		return err
	})
}

func readinessFollowsTheAnnotation(t *testing.T, client kubernetes.Interface) {
	createDeployment(t, client, "stuck", 1, map[string]string{localcluster.ReadyAnnotation: localcluster.ReadyNever})
	eventually(t, 20*time.Second, "the Pod runs and is not Ready", func(ctx context.Context) error {
		return wantPods(ctx, client, "stuck", 1, v1.ConditionFalse)
	})
	pods, err := podsOf(t.Context(), client, "stuck")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		value string
		want  v1.ConditionStatus
	}{{"null", v1.ConditionTrue}, {`"` + localcluster.ReadyNever + `"`, v1.ConditionFalse}} {
		patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%s}}}`, localcluster.ReadyAnnotation, step.value)
		_, err := client.CoreV1().Pods("default").Patch(t.Context(), pods[0].Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, 20*time.Second, "the Pod follows its annotation "+step.value, func(ctx context.Context) error {
			return wantPods(ctx, client, "stuck", 1, step.want)
		})
	}
}

func nodeFallsSilent(t *testing.T, cluster *localcluster.Cluster, client kubernetes.Interface) {
	createDeployment(t, client, "spread", 8, nil)
	eventually(t, 20*time.Second, "the Pods are Ready", func(ctx context.Context) error {
		return wantPods(ctx, client, "spread", 8, v1.ConditionTrue)
	})
	pods, err := podsOf(t.Context(), client, "spread")
	if err != nil {
		t.Fatal(err)
	}
	node := pods[0].Spec.NodeName
	if err := cluster.StopHeartbeat(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	eventually(t, 30*time.Second, "the node is not Ready", func(ctx context.Context) error {
		return wantNode(ctx, client, node, v1.ConditionUnknown)
	})
	// The controller manager gives its Pods up, and nobody takes them away.
	eventually(t, 20*time.Second, "the node's Pod is not Ready", func(ctx context.Context) error {
		pod, err := client.CoreV1().Pods("default").Get(ctx, pods[0].Name, metav1.GetOptions{})
		if err == nil && readiness(pod.Status.Conditions) != v1.ConditionFalse {
			err = fmt.Errorf("it is %s", readiness(pod.Status.Conditions))
		}
		return err
	})
	if err := cluster.ResumeHeartbeat(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the node is Ready again", func(ctx context.Context) error {
		return wantNode(ctx, client, node, v1.ConditionTrue)
	})
	eventually(t, 20*time.Second, "all Pods are Ready again", func(ctx context.Context) error {
		return wantPods(ctx, client, "spread", 8, v1.ConditionTrue)
	})
}

func userIsRestricted(t *testing.T, cluster *localcluster.Cluster, client kubernetes.Interface) {
	path, err := cluster.KubeconfigFor("reader")
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("without a role the user gets %v, want forbidden", err)
	}
	_, err = client.RbacV1().ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "readers"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: "readers"}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the user may read Pods", func(ctx context.Context) error {
		_, err := reader.CoreV1().Pods("default").List(ctx, metav1.ListOptions{})
		return err
	})
	err = reader.CoreV1().Pods("default").Delete(t.Context(), "none", metav1.DeleteOptions{})
	if !apierrors.IsForbidden(err) {
		t.Errorf("deleting a Pod gives %v, want forbidden", err)
	}
	if _, err := cluster.KubeconfigFor("nobody"); err == nil {
		t.Error("a user that is not there has a kubeconfig")
	}
}

func auditLogTells(t *testing.T, cluster *localcluster.Cluster) {
	eventually(t, 20*time.Second, "the log names users", func(context.Context) error {
		content, err := os.ReadFile(cluster.AuditLog())
		if err != nil {
			return err
		}
		for _, user := range []string{"reader", "system:kwok", "system:kube-scheduler"} {
			if !strings.Contains(string(content), `"username":"`+user+`"`) {
				return fmt.Errorf("%s is not in it", user)
			}
		}
		return nil
	})
}
