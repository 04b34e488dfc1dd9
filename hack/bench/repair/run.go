package main

import (
	"context"
	"errors"
	"time"

	"evenkeel.dev/evenkeel/hack/scale"
	"evenkeel.dev/evenkeel/pkg/placement"
)

const (
	// calm is for how long all apps must have been repaired for the run to end:
	// longer than the descheduler's interval, so that it has looked once more.
	calm = interval + 5*time.Second
	// longest is how long a run may take, and the last repairs of a wave.
	longest = 5 * time.Minute
)

// run is what a program made of a crowd of apps.
type run struct {
	program string
	// safe is how long it took from the opening of the nodes until no app had all
	// its ready replicas on one node, repaired until all were Healthy, both for good;
	// zero where it did not come to that.
	safe, repaired time.Duration
	// healthy is how many were at the end.
	healthy int
	// lasted is all of the time from the opening of the nodes.
	lasted         time.Duration
	evictions      int
	refused        int
	requests       int
	atStart, whole time.Duration // of CPU time, before the opening and after it
	peak           float64
}

func (r *result) operator(ctx context.Context, p programs) error {
	return r.measure(ctx, "Evenkeel", operatorUser, func(ctx context.Context, w *world) (*scale.Process, error) {
		return w.startOperator(ctx, p)
	})
}

func (r *result) descheduler(ctx context.Context, p programs) error {
	return r.measure(ctx, "descheduler", deschedulerUser, func(ctx context.Context, w *world) (*scale.Process, error) {
		return w.startDescheduler(ctx, p)
	})
}

// measure has a program repair a crowd, on a cluster of its own.
func (r *result) measure(ctx context.Context, name, user string, start func(context.Context, *world) (*scale.Process, error)) (err error) {
	w, err := newWorld(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.crowd(ctx, r.apps); err != nil {
		return err
	}
	process, err := start(ctx, w)
	if err != nil {
		return err
	}
	defer process.Stop()
	// Half an interval: what comes by itself comes at some time of the interval.
	one := run{program: name}
	if err := one.wait(ctx, process, interval/2); err != nil {
		return err
	}
	if one.atStart, err = process.CPU(); err != nil {
		return err
	}
	say("%s: the nodes are opened", name)
	begun := time.Now()
	if err := w.open(ctx); err != nil {
		return err
	}
	if err := w.watch(ctx, process, begun, r.apps, &one); err != nil {
		return err
	}
	if err := one.account(w, process, user, begun); err != nil {
		return err
	}
	say("%s: safe after %s, %d of %d healthy after %s, %d evictions, %d refused, %d requests", name,
		one.safe, one.healthy, r.apps, one.repaired, one.evictions, one.refused, one.requests)
	r.runs = append(r.runs, one)
	return nil
}

// watch waits until all apps have been Healthy for long, or the time is over.
func (w *world) watch(ctx context.Context, process *scale.Process, begun time.Time, apps int, one *run) error {
	for time.Since(begun) < longest {
		now, at := w.sight.standing(placement.DefaultPolicy()), time.Since(begun)
		one.healthy, one.lasted = now.healthy, at
		one.safe, one.repaired = since(one.safe, at, now.safe == apps), since(one.repaired, at, now.healthy == apps)
		if one.safe == at || one.repaired == at {
			say("%s: after %s %d apps are on more than one node, %d are Healthy", one.program, at.Round(pollEvery), now.safe, now.healthy)
		}
		if one.repaired > 0 && at-one.repaired >= calm {
			return nil
		}
		if err := one.wait(ctx, process, pollEvery); err != nil {
			return err
		}
	}
	return nil
}

// wait does nothing for a while, and fails where the program ends meanwhile.
func (one *run) wait(ctx context.Context, process *scale.Process, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-process.Done():
		return ended(process, one.program)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// since is when it began that something holds: at, unless it held before, and zero
// where it does not.
func since(before, at time.Duration, holds bool) time.Duration {
	switch {
	case !holds:
		return 0
	case before > 0:
		return before
	default:
		return at
	}
}

// account adds up what it took.
func (one *run) account(w *world, process *scale.Process, user string, begun time.Time) error {
	cpu, err := process.CPU()
	if err != nil {
		return err
	}
	one.whole = cpu - one.atStart
	memory, err := process.Memory()
	if err != nil {
		return err
	}
	one.peak = memory.Peak
	all, err := w.audited(begun)
	if err != nil {
		return err
	}
	asked := of(user, all)
	one.requests = len(asked)
	one.evictions, one.refused = evictionsIn(asked)
	return nil
}
