package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Replicas is how many Pods of the operator deploy/base asks for.
const Replicas = 2

// OperatorPods waits until the operator has all its Pods, and no more, and each
// is ready.
func (s *Suite) OperatorPods(t *testing.T) []corev1.Pod {
	t.Helper()
	var pods []corev1.Pod
	Eventually(t, 2*time.Minute, func(ctx context.Context) error {
		if err := s.podsReady(ctx, Namespace, OperatorName, Replicas); err != nil {
			return err
		}
		var err error
		pods, err = s.Pods(ctx, Namespace, OperatorName)
		return err
	})
	return pods
}

// Restarts is how often containers of the operator have started anew.
func Restarts(pods []corev1.Pod) int {
	restarts := 0
	for _, pod := range pods {
		for _, status := range pod.Status.ContainerStatuses {
			restarts += int(status.RestartCount)
		}
	}
	return restarts
}

// Names are those of Pods, sorted.
func Names(pods []corev1.Pod) []string {
	var names []string
	for _, pod := range pods {
		names = append(names, pod.Name)
	}
	slices.Sort(names)
	return names
}

// Lease is the operator's.
func (s *Suite) Lease(ctx context.Context) (*coordinationv1.Lease, error) {
	lease, err := s.Client.CoordinationV1().Leases(Namespace).Get(ctx, OperatorName, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the operator's Lease: %w", err)
	}
	if lease.Spec.RenewTime == nil || lease.Spec.AcquireTime == nil || lease.Spec.LeaseDurationSeconds == nil {
		return nil, errors.New("the operator's Lease lacks its times")
	}
	return lease, nil
}

// Holder is the Pod that holds a Lease, or "". The identity is the Pod's name
// and what tells its processes apart.
func Holder(lease *coordinationv1.Lease) string {
	if lease.Spec.HolderIdentity == nil {
		return ""
	}
	name, _, _ := strings.Cut(*lease.Spec.HolderIdentity, "_")
	return name
}

// Leader waits until one of these Pods leads.
func (s *Suite) Leader(t *testing.T, pods []corev1.Pod) string {
	t.Helper()
	leader := ""
	Eventually(t, time.Minute, func(ctx context.Context) error {
		lease, err := s.Lease(ctx)
		if err != nil {
			return err
		}
		if leader = Holder(lease); !slices.Contains(Names(pods), leader) {
			return fmt.Errorf("%q leads, which is none of %v", leader, Names(pods))
		}
		return nil
	})
	return leader
}

// Metrics is what a Pod exposes, asked for through the API server.
func (s *Suite) Metrics(ctx context.Context, pod string) (string, error) {
	out, err := s.Client.CoreV1().Pods(Namespace).ProxyGet("http", pod, "8080", "metrics", nil).DoRaw(ctx)
	if err != nil {
		return "", fmt.Errorf("reading the metrics of %s: %w", pod, err)
	}
	return string(out), nil
}
