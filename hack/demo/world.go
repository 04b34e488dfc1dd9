package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// world is what the API server says of nodes and Pods, as fast as it says it.
// It is what the operator is measured against.
type world struct {
	pods, nodes cache.Store
	events      *feed[int]
	factory     informers.SharedInformerFactory
	cancel      context.CancelFunc
}

// watchWorld returns when the first lists are there. close ends the watches.
func watchWorld(ctx context.Context, client kubernetes.Interface) (*world, error) {
	// The lists are awaited with ctx; the watches live until close.
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	factory := informers.NewSharedInformerFactory(client, 0)
	pods, nodes := factory.Core().V1().Pods().Informer(), factory.Core().V1().Nodes().Informer()
	w := &world{
		pods: pods.GetStore(), nodes: nodes.GetStore(),
		events: newFeed(0), factory: factory, cancel: cancel,
	}
	event := func() { w.events.update(func(n int) int { return n + 1 }) }
	for _, informer := range []cache.SharedIndexInformer{pods, nodes} {
		if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { event() },
			UpdateFunc: func(any, any) { event() },
			DeleteFunc: func(any) { event() },
		}); err != nil {
			cancel()
			return nil, fmt.Errorf("watching the cluster: %w", err)
		}
	}
	factory.Start(life.Done())
	if !cache.WaitForCacheSync(ctx.Done(), pods.HasSynced, nodes.HasSynced) {
		w.close()
		return nil, fmt.Errorf("watching the cluster: %w", context.Cause(ctx))
	}
	return w, nil
}

// eachPod tells of every Pod, and from now on of each change of one, in the
// order in which the API server made them; gone is true for one that is no more.
func (w *world) eachPod(tell func(pod *v1.Pod, gone bool)) error {
	take := func(object any, gone bool) {
		if last, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = last.Obj
		}
		if pod, ok := object.(*v1.Pod); ok {
			tell(pod, gone)
		}
	}
	_, err := w.factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { take(object, false) },
		UpdateFunc: func(_, object any) { take(object, false) },
		DeleteFunc: func(object any) { take(object, true) },
	})
	if err != nil {
		return fmt.Errorf("watching the Pods: %w", err)
	}
	return nil
}

func (w *world) close() {
	w.cancel()
	w.factory.Shutdown()
}

// condition is something that the API server may say.
type condition func(*world) bool

// await returns when the API server says so, or why ctx ended.
func (w *world) await(ctx context.Context, so condition) (time.Time, error) {
	_, err := w.events.await(ctx, func(int) bool { return so(w) })
	return time.Now(), err
}

// awaitWithin does the same with a limit.
func (w *world) awaitWithin(ctx context.Context, limit time.Duration, what string, so condition) (time.Time, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTooLate)
	defer cancel()
	at, err := w.await(ctx, so)
	if err != nil {
		return at, fmt.Errorf("waiting %s for %s: %w", limit, what, err)
	}
	return at, nil
}

var errTooLate = errors.New("it took too long")

// podsOf returns a workload's Pods that are not being deleted.
func (w *world) podsOf(k key) []*v1.Pod {
	var pods []*v1.Pod
	for _, object := range w.pods.List() {
		pod, ok := object.(*v1.Pod)
		if ok && pod.Namespace == k.namespace && pod.Labels[workloadLabel] == k.name && pod.DeletionTimestamp == nil {
			pods = append(pods, pod)
		}
	}
	return pods
}

// podIDs returns the identities of a workload's Pods, sorted.
func (w *world) podIDs(k key) []types.UID {
	var ids []types.UID
	for _, pod := range w.podsOf(k) {
		ids = append(ids, pod.UID)
	}
	slices.Sort(ids)
	return ids
}

// placedOn counts a workload's Pods that are on a node; on any with "".
func (w *world) placedOn(k key, node string) int {
	n := 0
	for _, pod := range w.podsOf(k) {
		if pod.Spec.NodeName != "" && (node == "" || pod.Spec.NodeName == node) {
			n++
		}
	}
	return n
}

// readyOn tells whether a workload has a Ready Pod on a node.
func (w *world) readyOn(k key, node string) bool {
	return slices.ContainsFunc(w.podsOf(k), func(pod *v1.Pod) bool {
		return pod.Spec.NodeName == node && podReady(pod)
	})
}

func podReady(pod *v1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c v1.PodCondition) bool {
		return c.Type == v1.PodReady && c.Status == v1.ConditionTrue
	})
}

// allNodes returns the nodes, sorted by the number in their names.
func (w *world) allNodes() []*v1.Node {
	var nodes []*v1.Node
	for _, object := range w.nodes.List() {
		if node, ok := object.(*v1.Node); ok {
			nodes = append(nodes, node)
		}
	}
	slices.SortFunc(nodes, func(a, b *v1.Node) int {
		if len(a.Name) != len(b.Name) {
			return len(a.Name) - len(b.Name)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return nodes
}

func (w *world) nodeReady(name string) bool {
	object, ok, err := w.nodes.GetByKey(name)
	if err != nil || !ok {
		return false
	}
	node, ok := object.(*v1.Node)
	return ok && isReady(node)
}

func isReady(node *v1.Node) bool {
	return slices.ContainsFunc(node.Status.Conditions, func(c v1.NodeCondition) bool {
		return c.Type == v1.NodeReady && c.Status == v1.ConditionTrue
	})
}

// nodesSettled is true when so many nodes are Ready, and their taints, which
// the scheduler looks at, have followed who is closed.
func nodesSettled(nodes int, closed func(name string) bool) condition {
	return func(w *world) bool {
		all := w.allNodes()
		return len(all) == nodes && !slices.ContainsFunc(all, func(node *v1.Node) bool {
			taints := 0
			if closed(node.Name) {
				taints = 1
			}
			return !isReady(node) || node.Spec.Unschedulable != closed(node.Name) || len(node.Spec.Taints) != taints
		})
	}
}

// nodeTroubles says in words which nodes are not as they should be.
func (w *world) nodeTroubles() []string {
	var troubles []string
	for _, node := range w.allNodes() {
		if !isReady(node) {
			troubles = append(troubles, node.Name+" is not ready")
		}
		if node.Spec.Unschedulable {
			troubles = append(troubles, node.Name+" is cordoned")
		}
	}
	return troubles
}
