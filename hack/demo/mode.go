package main

import (
	"context"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// repairFlags have the operator repair as fast as can be watched. In enforce one
// move comes after the other; in shadow, where none ends, all are under way.
func repairFlags(mode placement.Mode) []string {
	atOnce := "1"
	switch mode {
	case placement.Enforce:
	case placement.Shadow:
		atOnce = "20"
	default:
		return nil
	}
	return []string{
		"--mode", mode.String(), "--moves-per-minute", "60", "--moves-at-once", atOnce,
		"--moves-at-once-in-namespace", atOnce, "--moves-at-once-off-node", atOnce,
	}
}

// playAs plays what there is to be seen of an operator in that mode.
func (d *director) playAs(ctx context.Context, mode placement.Mode) error {
	switch mode {
	case placement.Enforce:
		return d.playRepair(ctx)
	case placement.Shadow:
		return d.playShadow(ctx)
	default:
		return d.play(ctx)
	}
}

// view is what there is to be seen now.
func (d *director) view(api string) view {
	v := view{
		now: time.Now(), cluster: d.scene.String(), api: api, troubles: d.world.nodeTroubles(),
		picture: d.pictures.now(), entries: d.journal.all(),
	}
	if d.account != nil {
		v.mode, v.evicted = d.scene.mode.String(), d.account.evictedSoFar()
	}
	return v
}

// see takes in a picture, for the end.
func (d *director) see(p picture) {
	d.record.see(p)
	if d.account != nil {
		d.account.see(p)
	}
}

// summary says in lines what was seen, and whether that was all there should be.
func (d *director) summary() (lines []string, good bool) {
	if d.account == nil {
		return d.record.summary()
	}
	lines, good = d.account.summary(d.scene)
	wrong := d.record.notAsExpected()
	return append(lines, wrong...), good && len(wrong) == 0
}
