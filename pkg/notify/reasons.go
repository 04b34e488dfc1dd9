package notify

import corev1 "k8s.io/api/core/v1"

// Reason is why an Event is written: the word that stands in its reason.
type Reason string

// The reasons. Those of trouble have the names of the verdicts, the last ones are
// repair's.
const (
	Unavailable   Reason = "Unavailable"
	NodeFragile   Reason = "NodeFragile"
	ZoneFragile   Reason = "ZoneFragile"
	Uneven        Reason = "Uneven"
	Recovered     Reason = "Recovered"
	InvalidPolicy Reason = "InvalidPolicy"

	Rebalancing     Reason = "Rebalancing"
	Rebalanced      Reason = "Rebalanced"
	RepairBlocked   Reason = "RepairBlocked"
	Unfixable       Reason = "Unfixable"
	RepairSuspended Reason = "RepairSuspended"
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{
		Unavailable, NodeFragile, ZoneFragile, Uneven, Recovered, InvalidPolicy,
		Rebalancing, Rebalanced, RepairBlocked, Unfixable, RepairSuspended,
	}
}

// verdict is true for the reasons that tell of a verdict, or of its end.
func (r Reason) verdict() bool {
	switch r {
	case Unavailable, NodeFragile, ZoneFragile, Uneven, Recovered:
		return true
	default:
		return false
	}
}

// eventType is Normal for good news and Warning for all else.
func (r Reason) eventType() string {
	switch r {
	case Recovered, Rebalancing, Rebalanced:
		return corev1.EventTypeNormal
	default:
		return corev1.EventTypeWarning
	}
}

// action is what was done about the object when the reason for the Event was
// found; the API wants one for every Event.
func (r Reason) action() string {
	switch r {
	case InvalidPolicy:
		return "ReadingPolicy"
	case Rebalancing, RepairBlocked, RepairSuspended:
		return "Repairing"
	case Rebalanced, Unfixable:
		return "VerifyingRepair"
	default:
		return "Assessing"
	}
}

// Result is how an Event ended.
type Result string

// The results.
const (
	// Created is an Event that was written.
	Created Result = "created"
	// Exists is an Event that had been written before, by this operator or
	// another.
	Exists Result = "exists"
	// Dropped is an Event that was never refused but has no place or no use any
	// more: its workload or namespace is gone or going, there were too many of
	// one workload, it got too old, the lease was lost, or the operator ended.
	Dropped Result = "dropped"
	// Failed is an Event that the API refused for good.
	Failed Result = "failed"
)

// Results lists every result.
func Results() []Result { return []Result{Created, Exists, Dropped, Failed} }
