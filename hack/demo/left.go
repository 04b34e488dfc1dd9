package main

import (
	"context"
	"fmt"
	"strings"
)

// tellLeft tells of each app that repair leaves alone, with the reason, and puts
// on record where that is not as expected.
func (d *director) tellLeft(ctx context.Context) error {
	for _, a := range d.scene.apps() {
		if a.left == "" {
			continue
		}
		said := ""
		_, late, err := d.watch(ctx, expectLimit, func(p picture) bool {
			if p.plan == nil {
				return false
			}
			said = p.plan.says(p.of(a.key()))
			return strings.HasPrefix(said, a.left)
		})
		if err != nil {
			return err
		}
		what := a.key().String() + " stays as it is"
		number := d.journal.begin(what)
		if late {
			d.journal.tellOf(number, unexpected, "%s", said)
			d.record.failed(fmt.Sprintf("%s: repair says %q, want %q", what, said, a.left))
			continue
		}
		d.journal.tellOf(number, asExpected, "%s", said)
	}
	return nil
}
