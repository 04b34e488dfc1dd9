package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/repair"
)

// playRepair has repair asked for and follows what it does. Then it crowds one
// app after the other again, and repair spreads it again, until ctx ends.
func (d *director) playRepair(ctx context.Context) error {
	apps := d.scene.mendable()
	if err := d.due(ctx, d.asked(), bare(apps, false)...); err != nil {
		return err
	}
	if err := d.tellLeft(ctx); err != nil {
		return err
	}
	for _, a := range bare(apps, true) {
		if err := d.due(ctx, given(a), a); err != nil {
			return err
		}
	}
	for {
		a := d.coolest(d.scene.toCrowd())
		if err := d.cool(ctx, a); err != nil {
			return err
		}
		if err := d.due(ctx, crowded(a, d.scene), a); err != nil {
			return err
		}
	}
}

// coolest is the app whose last move is the longest ago.
func (d *director) coolest(apps []app) app {
	return slices.MinFunc(apps, func(a, b app) int {
		return d.account.movedAt(a.key()).Compare(d.account.movedAt(b.key()))
	})
}

// deed is an act with what is told of it.
type deed struct {
	what string
	do   act
}

// asked is that the namespaces ask for repair.
func (d *director) asked() deed {
	names := d.scene.asking()
	what := fmt.Sprintf("namespaces %s annotated %s: %s", strings.Join(names, ", "), placement.ModeAnnotation, placement.Enforce)
	return deed{what, askForRepair(names)}
}

// given is that an app gets a PodDisruptionBudget.
func given(a app) deed {
	return deed{a.key().String() + " given a PodDisruptionBudget", giveBudget(a)}
}

// crowded is that an app is rolled out where there is no choice, as in a node
// upgrade.
func crowded(a app, s scene) deed {
	what := fmt.Sprintf("%s rolled out while no node was open but %s", a.key(), strings.Join(a.again, " and "))
	return deed{what, rollOnto(a, s, a.again)}
}

// due does something by which repair has these apps to mend, and follows that.
func (d *director) due(ctx context.Context, by deed, apps ...app) error {
	if err := d.pause(ctx, d.every); err != nil {
		return err
	}
	d.account.owe(apps...)
	if err := d.carryOut(ctx, by); err != nil {
		return err
	}
	return d.follow(ctx, apps...)
}

// cool waits until an app may be moved again, where its last move was a moment
// ago.
func (d *director) cool(ctx context.Context, a app) error {
	moved := d.account.movedAt(a.key())
	if moved.IsZero() {
		return nil
	}
	return d.pause(ctx, time.Until(moved.Add(repair.DefaultLimits().CoolDown))-d.every)
}

// carryOut does something and tells that it is done.
func (d *director) carryOut(ctx context.Context, do deed) error {
	number := d.journal.begin(do.what)
	if err := do.do(ctx, d.hands); err != nil {
		return fmt.Errorf("making a change, %q: %w", do.what, err)
	}
	d.journal.tellOf(number, asExpected, "")
	return nil
}

func (d *director) pause(ctx context.Context, wait time.Duration) error {
	select {
	case <-time.After(max(0, wait)):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
