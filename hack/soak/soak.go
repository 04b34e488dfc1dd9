package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"evenkeel.dev/evenkeel/hack/scale"
)

const (
	nodes      = 100
	podsPerApp = 10
	// peace is how long the operator is left alone before it is looked at for
	// the first and for the last time: longer than the settle time.
	peace = 45 * time.Second
)

// soak runs it all. Its error says what has grown.
func soak(ctx context.Context, o options) (err error) {
	// Old revisions and Events go soon, so that etcd does not fill up.
	world, err := scale.NewWorld(ctx, os.Stderr, "--etcd-compaction-interval=1m", "--event-ttl=5m")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	binary, err := scale.Build(ctx, world.Dir, "operator", "./cmd/operator")
	if err != nil {
		return err
	}
	fleet := scale.Fleet{Nodes: nodes, Apps: o.pods / podsPerApp, PodsPerApp: podsPerApp, Lean: true, Now: time.Now(), Age: 72 * time.Hour}
	if err := fleet.Load(ctx, world.Etcd); err != nil {
		return err
	}
	operator, err := world.Operator(ctx, binary, "operator")
	if err != nil {
		return err
	}
	defer operator.Stop()
	if _, err := operator.WaitOK(ctx, operator.API+"/api/v1/apps?limit=1"); err != nil {
		return err
	}
	r := &recorder{operator: operator}
	return run(ctx, o, world, fleet, r)
}

// run looks at the operator at peace, under churn, and at peace again.
func run(ctx context.Context, o options, world *scale.World, fleet scale.Fleet, r *recorder) error {
	r.head()
	if err := r.atPeace(ctx); err != nil {
		return err
	}
	before := r.last()
	churn := scale.NewChurn(fleet, world.Etcd, o.rate, -1)
	tide := &tide{etcd: world.Etcd, events: world.Client.EventsV1()}
	if err := underChurn(ctx, o, churn, tide, r); err != nil {
		return err
	}
	if err := errors.Join(churn.Rest(ctx), tide.ebb(ctx)); err != nil {
		return err
	}
	if err := r.atPeace(ctx); err != nil {
		return err
	}
	fmt.Printf("%d changes of Pods, %d namespaces and %d apps that came and went\n", churn.Made(), tide.namespaces, tide.apps)
	return errors.Join(r.flat(), r.nothingLeft(before))
}

// underChurn samples while all changes, until the time is over.
func underChurn(ctx context.Context, o options, churn *scale.Churn, tide *tide, r *recorder) error {
	ctx, cancel := context.WithTimeout(ctx, o.long-2*peace)
	defer cancel()
	errs := make(chan error, 2)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() { errs <- churn.Run(ctx) })
	running.Go(func() { errs <- tide.flow(ctx) })
	tick := time.NewTicker(o.every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := r.sample(context.WithoutCancel(ctx), "churn"); err != nil {
				return err
			}
		case err := <-errs:
			if err != nil {
				return err
			}
		case <-r.operator.Done():
			return errors.New("the operator ended by itself")
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil
			}
			return context.Cause(ctx)
		}
	}
}
