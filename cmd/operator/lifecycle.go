package main

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/cluster"
)

// run works until ctx ends. It stops its parts in the order in which they need
// each other: intake and reconciles, then repair, then the Events that these have
// caused, then the lease that allows writing them, then the informers.
func (c *core) run(ctx context.Context) error {
	if err := cluster.Preflight(ctx, c.client, c.needs); err != nil {
		if ctx.Err() != nil {
			return nil // told to stop before the API server could be reached
		}
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer background(ctx, "the informers", stopTime, c.inform)()
	defer background(ctx, "the leader election", releaseTime, func(ctx context.Context) { c.elect(ctx, end) })()
	defer background(ctx, "the Events", flushTime+stopTime, c.notifier.Run)()
	if c.repairer != nil {
		if err := errors.Join(c.watchKillSwitch(), c.watchBudgets()); err != nil {
			return err
		}
		defer background(ctx, "repair", repairTime+stopTime, c.repair)()
	}
	err := c.controller.Run(ctx, func() {
		c.synced.Store(true)
		klog.FromContext(ctx).Info("Ready: every cache has synced")
	})
	if lost := context.Cause(ctx); err == nil && errors.Is(lost, errLeaseLost) {
		return lost
	}
	return err
}

// repair runs repair when there is something to go by: every app's first verdict,
// and every cache. Until then it would know nobody, and what it remembers would seem
// to be of workloads that are gone.
func (c *core) repair(ctx context.Context) {
	select {
	case <-c.judged:
		// Informers that have not been started are not waited for: these have.
		_ = c.factory.WaitForCacheSyncWithContext(ctx).AsError() // it is only that ctx has ended
	case <-ctx.Done():
	}
	c.repairer.Run(ctx) // which lets go at once where ctx has ended
}

// inform runs the informers until ctx ends, and waits for them.
func (c *core) inform(ctx context.Context) {
	c.factory.StartWithContext(ctx)
	<-ctx.Done()
	c.factory.Shutdown()
}

// elect takes part in the leader election, or leads where there is none. It ends
// the operator where the election says so.
func (c *core) elect(ctx context.Context, end context.CancelCauseFunc) {
	if c.election == nil {
		c.lead(ctx, true)
		<-ctx.Done()
		return
	}
	// So that it says since when as the leader does.
	c.report.Adopt(c.recall(ctx))
	c.controller.TellAgain()
	switch err := c.election.run(ctx); {
	case errors.Is(err, errLeaseLost):
		end(err)
	case err != nil:
		klog.FromContext(ctx).Error(err, "No leader election")
	}
}

// ready is an error until every cache and handler has synced.
func (c *core) ready() error {
	if !c.synced.Load() {
		return fmt.Errorf("caches have not synced")
	}
	return nil
}

// live is an error where a piece of work has been in process for too long.
// Neither an idle queue nor an API server that does not answer is a reason.
func (c *core) live() error {
	if took := c.controller.LongestReconcile(); took > stuckAfter {
		return fmt.Errorf("a reconcile has been running for %s", took)
	}
	if took := c.notifier.LongestRunning(); took > stuckAfter {
		return fmt.Errorf("an Event has been in the writing for %s", took)
	}
	if c.repairer == nil {
		return nil
	}
	if took := c.repairer.LongestRunning(); took > stuckAfter {
		return fmt.Errorf("a step of repair has been running for %s", took)
	}
	return nil
}
