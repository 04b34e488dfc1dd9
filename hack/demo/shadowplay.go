package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// planLimit is how long it may take until a plan is about the Pods that there
// are: what was recorded of others counts as under way for half a minute.
const planLimit = time.Minute

// playShadow has repair asked for and shows what it would do. Then it spreads and
// crowds one app after the other, which the plan follows, until ctx ends. That
// nothing is moved the account sees: nothing is ever due.
func (d *director) playShadow(ctx context.Context) error {
	apps := d.scene.mendable()
	if err := d.shadowed(ctx, d.asked(), bare(apps, false)...); err != nil {
		return err
	}
	if err := d.tellLeft(ctx); err != nil {
		return err
	}
	for _, a := range bare(apps, true) {
		if err := d.shadowed(ctx, given(a), a); err != nil {
			return err
		}
	}
	for {
		for _, a := range d.scene.toCrowd() {
			if err := d.spread(ctx, a); err != nil {
				return err
			}
			if err := d.shadowed(ctx, crowded(a, d.scene), a); err != nil {
				return err
			}
		}
	}
}

// shadowed does something after which these apps should be planned for, and
// tells the plans.
func (d *director) shadowed(ctx context.Context, by deed, apps ...app) error {
	if err := d.pause(ctx, d.every); err != nil {
		return err
	}
	if err := d.carryOut(ctx, by); err != nil {
		return err
	}
	for _, a := range apps {
		p, late, err := d.watch(ctx, planLimit, func(p picture) bool { return d.planned(a.key(), p) != nil })
		if err != nil {
			return err
		}
		number := d.journal.begin(fmt.Sprintf("%s is %s", a.key(), p.of(a.key()).Verdict))
		if late {
			d.journal.tellOf(number, unexpected, "nothing is planned for it")
			d.record.failed(a.key().String() + ": nothing is planned for it")
			continue
		}
		pod := d.planned(a.key(), p)
		d.account.foreseen(a.key())
		d.journal.tellOf(number, asExpected, "repair would evict %s from %s", pod.Name, pod.Spec.NodeName)
	}
	return nil
}

// planned is the Pod that repair would evict first, if it is one that is there.
func (d *director) planned(k key, p picture) *v1.Pod {
	if p.plan == nil {
		return nil
	}
	name := p.plan.entries[k].next()
	pods := d.world.podsOf(k)
	i := slices.IndexFunc(pods, func(pod *v1.Pod) bool { return pod.Name == name })
	if i < 0 {
		return nil
	}
	return pods[i]
}

// spread rolls an app out with all nodes open, which the operator then should
// call healthy.
func (d *director) spread(ctx context.Context, a app) error {
	if err := d.pause(ctx, d.every); err != nil {
		return err
	}
	what := a.key().String() + " rolled out with all nodes open"
	number := d.journal.begin(what)
	if err := rollOnto(a, d.scene, nil)(ctx, d.hands); err != nil {
		return fmt.Errorf("making a change, %q: %w", what, err)
	}
	p, late, err := d.watch(ctx, expectLimit, func(p picture) bool { return p.of(a.key()).Verdict == placement.Healthy })
	if err != nil {
		return err
	}
	if verdict := p.of(a.key()).Verdict; late {
		d.journal.tellOf(number, unexpected, "it is %s", verdict)
		d.record.failed(fmt.Sprintf("%s: it is %s, want %s", what, verdict, placement.Healthy))
		return nil
	}
	d.journal.tellOf(number, asExpected, "it is %s", placement.Healthy)
	return nil
}
