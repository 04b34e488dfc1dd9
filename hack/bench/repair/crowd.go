package main

import (
	"context"
	"fmt"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// crowdedNodes are the nodes that a crowd is made on, one in each zone.
const crowdedNodes = zones

// crowd makes apps each of which has all its replicas on one node, by the real
// scheduler: while they are made every other node is cordoned. It leaves all
// cordoned, so that nothing can be repaired before open.
func (w *world) crowd(ctx context.Context, apps int) error {
	say("crowding %d apps onto %d nodes", apps, crowdedNodes)
	if err := w.makeNamespaces(ctx, "crowd", apps, nil); err != nil {
		return err
	}
	if err := w.cordon(ctx, true, allNodes()...); err != nil {
		return err
	}
	if err := w.eligible(ctx, 0); err != nil {
		return err
	}
	for on := range crowdedNodes {
		if err := w.crowdOnto(ctx, on, apps); err != nil {
			return err
		}
	}
	if now := w.sight.standing(placement.DefaultPolicy()); now.safe > 0 {
		return fmt.Errorf("%d of %d apps are on more than one node", now.safe, apps)
	}
	return nil
}

// crowdOnto makes each of the apps that belong on a node.
func (w *world) crowdOnto(ctx context.Context, on, apps int) error {
	if err := w.cordon(ctx, false, node(on)); err != nil {
		return err
	}
	if err := w.eligible(ctx, 1); err != nil {
		return err
	}
	for n := on; n < apps; n += crowdedNodes {
		if err := w.make(ctx, appOf("crowd", n)); err != nil {
			return err
		}
	}
	if err := w.allReady(ctx, node(on), (apps-on+crowdedNodes-1)/crowdedNodes); err != nil {
		return err
	}
	if err := w.cordon(ctx, true, node(on)); err != nil {
		return err
	}
	return w.eligible(ctx, 0)
}

// allReady waits until so many apps have all their replicas ready on a node.
func (w *world) allReady(ctx context.Context, on string, apps int) error {
	err := until(ctx, time.Minute, pollEvery, func() (bool, error) {
		places, _ := w.sight.places()
		ready := 0
		for _, workload := range w.sight.workloads(places) {
			for _, r := range workload.Replicas {
				if r.Node == on && r.Ready {
					ready++
				}
			}
		}
		return ready == apps*replicas, nil
	})
	if err != nil {
		return fmt.Errorf("waiting for the replicas on %s: %w", on, err)
	}
	return nil
}

// open lets Pods come to all nodes.
func (w *world) open(ctx context.Context) error { return w.cordon(ctx, false, allNodes()...) }
