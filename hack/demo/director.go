package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// How long things may take. They are generous, for busy machines: the times
// measured are shown.
const (
	// noticeLimit is for the API server to say that a change has come about.
	noticeLimit = 30 * time.Second
	// moveLimit is for the operator's counts to move after that.
	moveLimit = 5 * time.Second
	// expectLimit is for all verdicts to be as expected after that.
	expectLimit = 20 * time.Second
	// firstLimit is for the first verdicts, after the apps have been placed.
	firstLimit = time.Minute
)

// director makes the changes and measures what the operator makes of them.
type director struct {
	hands
	scene    scene
	pictures *feed[picture]
	journal  *journal
	record   *record
	// account is kept where the operator repairs, or plans to.
	account *account
	// every is the pause after each change.
	every time.Duration
	// holding is what the operator should have said all through the pause; nil
	// where the last step has failed already.
	holding expectation
}

// prepare places the apps, and returns when the operator has judged them.
func (d *director) prepare(ctx context.Context) error {
	d.journal.begin(fmt.Sprintf("placing %d apps", len(d.scene.apps())))
	start := time.Now()
	if err := d.place(ctx, d.scene); err != nil {
		return fmt.Errorf("placing the apps: %w", err)
	}
	placed := time.Now()
	wrong, at, err := d.expect(ctx, firstLimit, d.scene.undisturbed())
	switch {
	case err != nil:
		return err
	case len(wrong) > 0:
		d.journal.tell(unexpected, "%s", strings.Join(wrong, "; "))
		d.record.failed("at first " + strings.Join(wrong, "; "))
	default:
		d.holding = d.scene.undisturbed()
		d.journal.tell(asExpected, "placed in %s, all judged %s later", seconds(placed.Sub(start)), seconds(at.Sub(placed)))
	}
	return nil
}

// play makes one change after the other, round after round, until ctx ends.
func (d *director) play(ctx context.Context) error {
	calm := d.scene.undisturbed()
	for {
		for _, c := range d.scene.changes() {
			if err := d.perform(ctx, step{c.does, c.do, c.rest, calm.with(c.moves)}); err != nil {
				return err
			}
			if c.undoes == "" {
				continue
			}
			if err := d.perform(ctx, step{c.undoes, c.undo, 0, calm}); err != nil {
				return err
			}
		}
	}
}

// step is one half of a change: what is done, and what is to be seen then.
type step struct {
	what string
	do   action
	rest time.Duration
	then expectation
}

// perform makes one step after a pause, and returns when its effect has been
// seen, or has not been for too long, which is put on record. Its error is
// that of a change that could not be made, or why ctx ended.
func (d *director) perform(ctx context.Context, s step) error {
	select {
	case <-time.After(d.every):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	before := d.pictures.now()
	if wrong := d.holding.differences(before.items); d.holding != nil && len(wrong) > 0 {
		d.record.failed("what was so before did not stay: " + strings.Join(wrong, "; "))
	}
	d.holding = nil
	d.journal.begin(s.what)
	so, err := s.do(ctx, d.hands)
	if err != nil {
		return fmt.Errorf("making a change, %q: %w", s.what, err)
	}
	from, err := d.world.awaitWithin(ctx, noticeLimit, "the API server to say: "+s.what, so)
	if err != nil {
		return err
	}
	from = from.Add(s.rest)
	after, late, err := d.watch(ctx, s.rest+moveLimit, func(p picture) bool { return !p.sameCounts(before) })
	if err != nil {
		return err
	}
	if late {
		d.fail(s.what, fmt.Sprintf("the counts did not move within %s", moveLimit))
		return nil
	}
	moved := max(0, after.at.Sub(from))
	d.journal.tell(pending, "counts moved in %s", seconds(moved))
	wrong, at, err := d.expect(ctx, expectLimit, s.then)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		d.fail(s.what, strings.Join(wrong, "; "))
		return nil
	}
	d.holding = s.then
	d.record.moved(s.what, moved)
	d.journal.tell(asExpected, "counts moved in %s, at rest in %s", seconds(moved), seconds(max(0, at.Sub(from))))
	return nil
}

func (d *director) fail(what, why string) {
	d.journal.tell(unexpected, "%s", why)
	d.record.failed(what + ": " + why)
}

// expect waits until every verdict is as expected, and returns when it was, or
// after a while what is not.
func (d *director) expect(ctx context.Context, limit time.Duration, e expectation) (wrong []string, at time.Time, err error) {
	p, late, err := d.watch(ctx, limit, func(p picture) bool { return len(e.differences(p.items)) == 0 })
	if late {
		wrong = e.differences(p.items)
	}
	return wrong, p.at, err
}

// watch waits for a picture. It is late where none came within the limit; the
// error is why ctx ended.
func (d *director) watch(ctx context.Context, limit time.Duration, wanted func(picture) bool) (p picture, late bool, err error) {
	limited, cancel := context.WithTimeoutCause(ctx, limit, errTooLate)
	defer cancel()
	p, err = d.pictures.await(limited, wanted)
	if errors.Is(err, errTooLate) {
		return p, true, nil
	}
	return p, false, err
}
