package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// hands are what changes are made with.
type hands struct {
	client  kubernetes.Interface
	world   *world
	silence nodeSilencer
}

// nodeSilencer is a cluster whose nodes can be lost.
type nodeSilencer interface {
	StopHeartbeat(ctx context.Context, node string) error
	ResumeHeartbeat(ctx context.Context, node string) error
}

// action changes the cluster. It returns when it has been asked for, with the
// condition by which the API server says that it has come about.
type action func(context.Context, hands) (condition, error)

// loseNode makes a node fall silent. The API server says so a few seconds
// later, when the node has not been heard of for long enough.
func loseNode(node string) action {
	return func(ctx context.Context, h hands) (condition, error) {
		return func(w *world) bool { return !w.nodeReady(node) }, h.silence.StopHeartbeat(ctx, node)
	}
}

// findNode brings a node back, which means also the Pods of a workload on it.
func findNode(node string, with key) action {
	return func(ctx context.Context, h hands) (condition, error) {
		return func(w *world) bool { return w.nodeReady(node) && w.readyOn(with, node) }, h.silence.ResumeHeartbeat(ctx, node)
	}
}

// cordon closes a node, or opens it.
func cordon(node string, closed bool) action {
	return func(ctx context.Context, h hands) (condition, error) {
		so := func(w *world) bool {
			return slices.ContainsFunc(w.allNodes(), func(n *v1.Node) bool {
				return n.Name == node && n.Spec.Unschedulable == closed
			})
		}
		return so, h.cordon(ctx, node, closed)
	}
}

func (h hands) cordon(ctx context.Context, node string, closed bool) error {
	patch := fmt.Appendf(nil, `{"spec":{"unschedulable":%t}}`, closed)
	if _, err := h.client.CoreV1().Nodes().Patch(ctx, node, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("cordoning %s: %w", node, err)
	}
	return nil
}

// scale gives a Deployment another number of replicas.
func scale(k key, replicas int) action {
	return patchDeployment(k, func() string { return fmt.Sprintf(`{"spec":{"replicas":%d}}`, replicas) })
}

// roll makes a Deployment replace its Pods by new ones that are the same.
func roll(k key) action {
	return patchDeployment(k, func() string {
		return templatePatch(`{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":%q}}}`, time.Now().Format(time.RFC3339Nano))
	})
}

// pin confines a Deployment to one node.
func pin(k key, node string) action {
	return patchDeployment(k, func() string {
		return templatePatch(`{"spec":{"nodeSelector":{%q:%q}}}`, v1.LabelHostname, node)
	})
}

// unpin lets it go wherever it wants.
func unpin(k key) action {
	return patchDeployment(k, func() string {
		return templatePatch(`{"spec":{"nodeSelector":{%q:null}}}`, v1.LabelHostname)
	})
}

// release rolls out a version of a Deployment that gets Ready.
func release(k key) action {
	return patchDeployment(k, func() string {
		return templatePatch(`{"metadata":{"annotations":{%q:null}}}`, localcluster.ReadyAnnotation)
	})
}

// releaseBroken rolls out one that never does.
func releaseBroken(k key) action {
	return patchDeployment(k, func() string {
		return templatePatch(`{"metadata":{"annotations":{%q:%q}}}`, localcluster.ReadyAnnotation, localcluster.ReadyNever)
	})
}

func templatePatch(format string, args ...any) string {
	return `{"spec":{"template":` + fmt.Sprintf(format, args...) + `}}`
}

// patchDeployment changes a Deployment. It has come about when the first of
// its Pods is new, or gone.
func patchDeployment(k key, patch func() string) action {
	return func(ctx context.Context, h hands) (condition, error) {
		before := h.world.podIDs(k)
		_, err := h.client.AppsV1().Deployments(k.namespace).Patch(ctx, k.name, types.MergePatchType, []byte(patch()), metav1.PatchOptions{})
		if err != nil {
			return nil, fmt.Errorf("changing Deployment %s: %w", k, err)
		}
		return func(w *world) bool { return !slices.Equal(before, w.podIDs(k)) }, nil
	}
}
