package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// placingLimit is how long any one step of the placing may take. They take
// about a second.
const placingLimit = time.Minute

// place creates the apps and has their Pods put where they belong.
func (h hands) place(ctx context.Context, s scene) error {
	if _, err := h.world.awaitWithin(ctx, placingLimit, "the nodes to be ready", nodesSettled(s.nodes, noNode)); err != nil {
		return err
	}
	if err := h.createNamespaces(ctx, s); err != nil {
		return err
	}
	if err := h.createBudgets(ctx, s); err != nil {
		return err
	}
	if err := h.placeFreely(ctx, s); err != nil {
		return err
	}
	for _, node := range crowdedNodes(s.apps()) {
		if err := h.crowd(ctx, s, node); err != nil {
			return err
		}
	}
	return h.open(ctx, s, nil)
}

func noNode(string) bool { return false }

func (h hands) createNamespaces(ctx context.Context, s scene) error {
	for _, a := range s.apps() {
		namespace := &v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: a.namespace}}
		_, err := h.client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("creating namespace %s: %w", a.namespace, err)
		}
	}
	return nil
}

// placeFreely creates the apps whose Pods the scheduler may put where it
// likes, and waits until it has.
func (h hands) placeFreely(ctx context.Context, s scene) error {
	for _, a := range s.apps() {
		if len(a.placed) > 0 {
			continue
		}
		if err := h.create(ctx, a, a.replicas); err != nil {
			return err
		}
	}
	for _, a := range s.apps() {
		if len(a.placed) > 0 {
			continue
		}
		schedulable := a.replicas
		if a.onePerZone {
			schedulable = min(schedulable, s.zones)
		}
		what := fmt.Sprintf("%d Pods of %s to be scheduled", schedulable, a.key())
		if _, err := h.world.awaitWithin(ctx, placingLimit, what, func(w *world) bool {
			return w.placedOn(a.key(), "") == schedulable
		}); err != nil {
			return err
		}
	}
	return nil
}

// crowdedNodes returns the nodes that Pods are put on, in the order in which
// the apps name them: no app names them in another.
func crowdedNodes(apps []app) []string {
	var nodes []string
	for _, a := range apps {
		for _, part := range a.placed {
			if !slices.Contains(nodes, part.node) {
				nodes = append(nodes, part.node)
			}
		}
	}
	return nodes
}

// crowd closes all nodes but one, and creates or scales up the apps that have
// a share there.
func (h hands) crowd(ctx context.Context, s scene, node string) error {
	if err := h.open(ctx, s, func(name string) bool { return name != node }); err != nil {
		return err
	}
	for _, a := range s.apps() {
		sum := 0
		for i, part := range a.placed {
			sum += part.replicas
			if part.node != node {
				continue
			}
			var err error
			if i == 0 {
				err = h.create(ctx, a, sum)
			} else {
				_, err = scale(a.key(), sum)(ctx, h)
			}
			if err != nil {
				return err
			}
		}
	}
	for _, a := range s.apps() {
		for _, part := range a.placed {
			if part.node != node {
				continue
			}
			what := fmt.Sprintf("%d Pods of %s on %s", part.replicas, a.key(), node)
			if _, err := h.world.awaitWithin(ctx, placingLimit, what, func(w *world) bool {
				return w.placedOn(a.key(), node) == part.replicas
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// open closes the nodes that closed tells, opens all others, and waits until
// the scheduler can know.
func (h hands) open(ctx context.Context, s scene, closed func(name string) bool) error {
	if closed == nil {
		closed = noNode
	}
	for _, node := range h.world.allNodes() {
		if node.Spec.Unschedulable == closed(node.Name) {
			continue
		}
		if err := h.cordon(ctx, node.Name, closed(node.Name)); err != nil {
			return err
		}
	}
	_, err := h.world.awaitWithin(ctx, placingLimit, "the nodes to be closed and opened", nodesSettled(s.nodes, closed))
	return err
}

// create creates an app with so many replicas.
func (h hands) create(ctx context.Context, a app, replicas int) error {
	var err error
	if a.stateful {
		_, err = h.client.AppsV1().StatefulSets(a.namespace).Create(ctx, a.statefulSet(replicas), metav1.CreateOptions{})
	} else {
		_, err = h.client.AppsV1().Deployments(a.namespace).Create(ctx, a.deployment(replicas), metav1.CreateOptions{})
	}
	if err != nil {
		return fmt.Errorf("creating %s: %w", a.key(), err)
	}
	return nil
}
