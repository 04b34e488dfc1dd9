package repair

import (
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// suspension is for how long nothing is repaired as the cluster is unwell.
type suspension struct {
	// reason is empty while the cluster is well.
	reason string
	// since and last are when it was first and last seen unwell.
	since, last time.Time
	// told is true where people know.
	told bool
}

// calm is how long the cluster must have been well for what follows to be another
// suspension.
const calm = 10 * time.Minute

// suspend takes in how the cluster is, and tells once that repair is suspended,
// when that keeps a workload from it. What keeps it is the guard.
func (r *Repairer) suspend(look Look, now time.Time) {
	r.mu.Lock()
	is := &r.suspension
	is.reason = look.Health.unwell(r.config.Limits.NotReady)
	if is.reason == "" {
		r.mu.Unlock()
		return
	}
	if is.last.IsZero() || now.Sub(is.last) > calm {
		is.since, is.told = now, false
	}
	is.last = now
	tell := !is.told && look.Mode >= placement.Shadow
	is.told = is.told || tell
	saying := Saying{Reason: RepairSuspended, Since: is.since, Note: "Nothing is repaired as the cluster is unwell: " + is.reason + "."}
	r.mu.Unlock()
	if tell {
		r.config.Teller.Tell(saying)
	}
}
