package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// schedulerName is whose Pods the binder binds.
const schedulerName = "bench"

// binder is the scheduler of the apps that are crowded one after another: the
// real one would spread their replicas.
type binder struct {
	client kubernetes.Interface
	// waiting are Pods without a node, due those that are to be ready now.
	waiting chan *corev1.Pod
	due     chan *corev1.Pod

	mu   sync.Mutex
	apps map[string]*crowded // by name
}

func newBinder(w *world) (*binder, error) {
	const plenty = 10_000 // nobody who tells of a Pod waits
	b := &binder{
		client: w.client, apps: make(map[string]*crowded),
		waiting: make(chan *corev1.Pod, plenty), due: make(chan *corev1.Pod, plenty),
	}
	_, err := w.sight.pods.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { b.saw(object.(*corev1.Pod)) },
		UpdateFunc: func(_, object any) { b.saw(object.(*corev1.Pod)) },
	})
	if err != nil {
		return nil, fmt.Errorf("watching for Pods to bind: %w", err)
	}
	return b, nil
}

// expect takes an app on, before it is made.
func (b *binder) expect(c *crowded) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.apps[c.name] = c
}

func (b *binder) saw(p *corev1.Pod) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.apps[p.Labels[appLabel]]
	switch {
	case c == nil || p.Spec.SchedulerName != schedulerName:
	case p.Spec.NodeName == "" && p.DeletionTimestamp == nil:
		b.waiting <- p
	default:
		c.saw(p)
	}
}

// run binds Pods until ctx ends, which is no error.
func (b *binder) run(ctx context.Context) error {
	bound := make(map[types.UID]bool)
	for {
		var err error
		select {
		case p := <-b.waiting:
			if !bound[p.UID] { // it may have been told of more than once
				bound[p.UID] = true
				err = b.bind(ctx, p)
			}
		case p := <-b.due:
			err = b.wake(ctx, p)
		case <-ctx.Done():
			return nil
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}

func (b *binder) bind(ctx context.Context, p *corev1.Pod) error {
	b.mu.Lock()
	c := b.apps[p.Labels[appLabel]]
	node := c.next(p.Name)
	b.mu.Unlock()
	binding := &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name, UID: p.UID},
		Target:     corev1.ObjectReference{Kind: "Node", Name: node},
	}
	if err := b.client.CoreV1().Pods(p.Namespace).Bind(ctx, binding, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("binding %s: %w", p.Name, err)
	}
	switch {
	case c.late == 0:
	case c.whole():
		for _, name := range c.pods {
			first := p.DeepCopy()
			first.Name = name
			time.AfterFunc(c.late, func() { b.due <- first })
		}
	case c.successors > 0:
		b.due <- p
	}
	return nil
}

// samples finds out what happened to apps.
func (b *binder) samples(apps []*crowded, requests []request) []sample {
	b.mu.Lock()
	defer b.mu.Unlock()
	return samplesOf(apps, requests)
}

// wake makes a Pod ready that was kept from it.
func (b *binder) wake(ctx context.Context, p *corev1.Pod) error {
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:null}}}`, localcluster.ReadyAnnotation)
	if _, err := b.client.CoreV1().Pods(p.Namespace).Patch(ctx, p.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("making %s ready: %w", p.Name, err)
	}
	return nil
}
