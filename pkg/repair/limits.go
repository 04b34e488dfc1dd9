package repair

import "time"

// Limits are how much repair may do, and for how long it waits.
type Limits struct {
	// WithoutBudget allows the eviction of Pods that no PodDisruptionBudget
	// covers.
	WithoutBudget bool
	// PerMinute is how many moves may begin within a minute.
	PerMinute int
	// AtOnce, InNamespace and OffNode are how many moves may be under way in the
	// cluster, in one namespace, and off one node.
	AtOnce, InNamespace, OffNode int
	// CoolDown is how long a workload is left alone after a move. One that ended
	// inconclusive doubles it, up to MaxBackOff.
	CoolDown time.Duration
	// ReturnCoolDown is how long no second move is made after one from which the
	// replica might have returned, unless that one proved better.
	ReturnCoolDown time.Duration
	// BackOff is how long a workload is left alone after a move in vain; it doubles
	// each time, up to MaxBackOff.
	BackOff, MaxBackOff time.Duration
	// InVain is how many moves in vain make a workload unfixable, Undone how many
	// times that others crowd it again make it a tug-of-war; they count where they
	// come within UndoneWithin of a repair.
	InVain, Undone int
	UndoneWithin   time.Duration
	// Stale is how old the view may be, NotReady the share of Nodes that may be
	// not Ready.
	Stale    time.Duration
	NotReady float64
}

// DefaultLimits are those of an operator that is in no hurry.
func DefaultLimits() Limits {
	return Limits{
		PerMinute: 10, AtOnce: 5, InNamespace: 2, OffNode: 2,
		CoolDown: time.Minute, ReturnCoolDown: 10 * time.Minute,
		BackOff: 5 * time.Minute, MaxBackOff: 6 * time.Hour,
		InVain: 3, Undone: 3, UndoneWithin: time.Hour,
		Stale: 3 * time.Minute, NotReady: 0.1,
	}
}

// backOff is the n-th of waits that double, the first being base.
func (l Limits) backOff(base time.Duration, n int) time.Duration {
	wait := base
	for range n - 1 {
		if wait >= l.MaxBackOff {
			break
		}
		wait *= 2
	}
	return min(wait, max(base, l.MaxBackOff))
}
