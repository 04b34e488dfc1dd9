package main

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	eventsclient "k8s.io/client-go/kubernetes/typed/events/v1"

	"evenkeel.dev/evenkeel/hack/scale"
)

const (
	// appsAtOnce is how many apps come and go together, in namespaces of their
	// own.
	appsAtOnce, appsPerNamespace = 40, 10
	// stays is how long they stay: long enough to be judged.
	stays = 3 * time.Second
	// afloat is how many such waves are there at once.
	afloat = 3
)

// tide makes namespaces with apps and deletes them again, never twice under the
// same name.
type tide struct {
	etcd             *scale.Etcd
	events           eventsclient.EventsV1Interface
	waves            []scale.Fleet
	namespaces, apps int
}

// flow goes on until ctx ends, which is no error. What is there then stays, for
// ebb.
func (t *tide) flow(ctx context.Context) error {
	tick := time.NewTicker(stays / afloat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		whole := context.WithoutCancel(ctx) // no wave is left half made
		if len(t.waves) == afloat {
			if err := t.recede(whole); err != nil {
				return err
			}
		}
		if err := t.rise(whole); err != nil {
			return err
		}
	}
}

// rise makes a wave. Its Pods are old enough to be judged at once.
func (t *tide) rise(ctx context.Context) error {
	wave := scale.Fleet{
		Nodes: nodes, Apps: appsAtOnce, PodsPerApp: 3, AppsPerNamespace: appsPerNamespace,
		Prefix: fmt.Sprintf("wave-%d", t.apps/appsAtOnce), Lean: true, Now: time.Now(), Age: time.Hour,
	}
	if err := wave.LoadApps(ctx, t.etcd); err != nil {
		return err
	}
	t.waves = append(t.waves, wave)
	t.apps += wave.Apps
	t.namespaces += len(wave.Namespaces())
	return nil
}

// recede deletes the oldest wave, with the Events in it, as the namespace
// controller would.
func (t *tide) recede(ctx context.Context) error {
	wave := t.waves[0]
	if err := wave.RemoveApps(ctx, t.etcd, func(int, int) int { return 0 }); err != nil {
		return err
	}
	for _, namespace := range wave.Namespaces() {
		err := t.events.Events(namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("deleting the Events of %s: %w", namespace, err)
		}
	}
	t.waves = t.waves[1:]
	return nil
}

// ebb deletes what is there.
func (t *tide) ebb(ctx context.Context) error {
	for len(t.waves) > 0 {
		if err := t.recede(ctx); err != nil {
			return err
		}
	}
	return nil
}
