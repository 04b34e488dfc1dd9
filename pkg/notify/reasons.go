package notify

import corev1 "k8s.io/api/core/v1"

// Reason is why an Event is written: the word that stands in its reason.
type Reason string

// The reasons. Those of trouble have the names of the verdicts.
const (
	Unavailable   Reason = "Unavailable"
	NodeFragile   Reason = "NodeFragile"
	ZoneFragile   Reason = "ZoneFragile"
	Uneven        Reason = "Uneven"
	Recovered     Reason = "Recovered"
	InvalidPolicy Reason = "InvalidPolicy"
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{Unavailable, NodeFragile, ZoneFragile, Uneven, Recovered, InvalidPolicy}
}

// eventType is Normal for good news and Warning for all else.
func (r Reason) eventType() string {
	if r == Recovered {
		return corev1.EventTypeNormal
	}
	return corev1.EventTypeWarning
}

// action is what was done about the object when the reason for the Event was
// found; the API wants one for every Event.
func (r Reason) action() string {
	if r == InvalidPolicy {
		return "ReadingPolicy"
	}
	return "Assessing"
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
