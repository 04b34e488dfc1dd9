package controller

import (
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/snapshot"
)

// Look is one workload as a reconcile would see it now, with all that a plan
// depends on and less the room that is promised; false where it has no Pods. It
// is safe for concurrent use.
func (c *Controller) Look(id placement.WorkloadID, promises []placement.Promise) (snapshot.Look, bool) {
	return c.sources.Look(id, c.now(), snapshot.Memory{
		SettlingSince: c.report.SettlingSince(id.AppKey),
		Removed:       c.memory.removals(id.AppKey),
	}, promises)
}
