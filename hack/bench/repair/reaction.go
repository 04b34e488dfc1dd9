package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/pkg/placement"
)

const (
	// settle is the operator's settle time.
	settle = 2 * time.Second
	// between is the time between two apps. It is no divisor of a second, so that
	// they come at all parts of one, and long enough that no two of them are bound
	// within the same one: both would be settled at the very same moment.
	between = 1137 * time.Millisecond
	// oneMove is a policy by which one move repairs an app, so that none of a second
	// one comes between two samples.
	oneMove = .67
)

// reactions measures how soon an app's replica is evicted, for apps whose replicas
// are ready at once, and for apps whose replicas are ready when the settle time is
// over.
func (r *result) reactions(ctx context.Context, p programs) (err error) {
	w, err := newWorld(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	b, err := newBinder(w)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(b.run(ctx)) }()
	operator, err := w.startOperator(ctx, p)
	if err != nil {
		return err
	}
	defer operator.Stop()

	prompt := &wave{prefix: "prompt", world: w, binder: b, samples: r.samples}
	if r.prompt, err = prompt.measure(ctx); err != nil {
		return err
	}
	if r.requests, r.repairs, err = prompt.cost(ctx); err != nil {
		return err
	}
	late := &wave{prefix: "late", world: w, binder: b, samples: r.samples, late: settle + time.Second}
	r.late, err = late.measure(ctx)
	return err
}

// wave is apps that are crowded one after another.
type wave struct {
	prefix  string
	world   *world
	binder  *binder
	samples int
	late    time.Duration
	begun   time.Time
}

func (v *wave) measure(ctx context.Context) ([]sample, error) {
	say("%d apps are crowded one after another, ready %s after they were bound", v.samples, v.late)
	annotations := map[string]string{placement.MaxNodeLossAnnotation: fmt.Sprintf("%.0f%%", oneMove*100)}
	if err := v.world.makeNamespaces(ctx, v.prefix, v.samples, annotations); err != nil {
		return nil, err
	}
	v.begun = time.Now()
	before := v.healthy()
	var apps []*crowded
	tick := time.NewTicker(between)
	defer tick.Stop()
	for n := range v.samples {
		c := &crowded{app: appOf(v.prefix, n), node: n, late: v.late}
		apps = append(apps, c)
		v.binder.expect(c)
		if err := v.world.make(ctx, c.app, v.template); err != nil {
			return nil, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	err := until(ctx, longest, pollEvery, func() (bool, error) { return v.healthy() >= before+v.samples, nil })
	if err != nil {
		return nil, fmt.Errorf("%d of %d apps are repaired: %w", v.healthy()-before, v.samples, err)
	}
	requests, err := v.world.audited(v.begun)
	if err != nil {
		return nil, err
	}
	samples := v.binder.samples(apps, requests)
	reaction := latenciesOf(samples, sample.reaction)
	say("%d evictions, %s after they were due, %s for the slowest", len(samples), reaction.quantile(.5), reaction.quantile(1))
	return samples, nil
}

func (v *wave) healthy() int {
	policy := placement.DefaultPolicy()
	policy.MaxNodeLoss = oneMove
	return v.world.sight.standing(policy).healthy
}

// template makes Pods the binder's, and keeps those of a late wave from being
// ready.
func (v *wave) template(t *corev1.PodTemplateSpec) {
	t.Spec.SchedulerName = schedulerName
	if v.late > 0 {
		t.Annotations = map[string]string{localcluster.ReadyAnnotation: localcluster.ReadyNever}
	}
}

// cost is what the operator has asked of the API server for the wave, by what, and
// how many moves it made.
func (v *wave) cost(ctx context.Context) (requests map[string]int, moves int, err error) {
	if err := rest(ctx, 3*settle); err != nil { // what follows a move comes when the app has settled
		return nil, 0, err
	}
	all, err := v.world.audited(v.begun)
	if err != nil {
		return nil, 0, err
	}
	asked := of(operatorUser, all)
	requests = make(map[string]int)
	for _, r := range asked {
		requests[r.what()]++
	}
	moves, _ = evictionsIn(asked)
	return requests, moves, nil
}
