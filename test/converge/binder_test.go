package converge_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

// binder is a scheduler of a test's own, for the Pods that name it: it binds them
// all to one node.
type binder struct {
	world *harness.World
	// to is the node; empty while Pods are to wait.
	to atomic.Pointer[string]
}

const binderName = "binder"

// boundByTest has a Deployment's Pods wait for the test's own scheduler.
func boundByTest(d *appsv1.Deployment) { d.Spec.Template.Spec.SchedulerName = binderName }

// newBinder starts one, until the test ends.
func newBinder(t *testing.T, w *harness.World, node string) *binder {
	t.Helper()
	b := &binder{world: w}
	b.bindTo(node)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.run(ctx, t)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	return b
}

func (b *binder) bindTo(node string) { b.to.Store(&node) }

func (b *binder) run(ctx context.Context, t *testing.T) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		node := *b.to.Load()
		if node == "" {
			continue
		}
		if err := b.bindAll(ctx, node); err != nil && ctx.Err() == nil {
			t.Errorf("bind Pods to %s: %v", node, err)
			return
		}
	}
}

func (b *binder) bindAll(ctx context.Context, node string) error {
	pods, err := b.world.Client.CoreV1().Pods(b.world.Namespace).List(ctx, metav1.ListOptions{
		FieldSelector: "spec.nodeName=,spec.schedulerName=" + binderName,
	})
	if err != nil {
		return err
	}
	for _, pod := range pods.Items {
		err := b.world.Client.CoreV1().Pods(pod.Namespace).Bind(ctx, &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Name: pod.Name, UID: pod.UID},
			Target:     corev1.ObjectReference{Kind: "Node", Name: node},
		}, metav1.CreateOptions{})
		if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
			return err
		}
	}
	return nil
}
