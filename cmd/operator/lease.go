package main

import (
	"context"
	"sync/atomic"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// lease is the lock of the election, which knows since when it is held for sure.
// client-go takes the time at which it reads an answer. A process that is frozen
// before it reads one may be long behind by then: others count from when they
// have seen the renewal, which can not be before it was asked for.
type lease struct {
	resourcelock.Interface
	// asked is when the last renewal that succeeded was asked for; nil where
	// there is none, or the lease was given up.
	asked atomic.Pointer[time.Time]
}

// Create is the lock's.
func (l *lease) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.write(ctx, record, l.Interface.Create)
}

// Update is the lock's.
func (l *lease) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.write(ctx, record, l.Interface.Update)
}

func (l *lease) write(ctx context.Context, record resourcelock.LeaderElectionRecord, write func(context.Context, resourcelock.LeaderElectionRecord) error) error {
	if record.HolderIdentity != l.Identity() {
		// From here on it may be another's, whatever is answered.
		l.asked.Store(nil)
		return write(ctx, record)
	}
	asked := time.Now()
	err := write(ctx, record)
	if err == nil {
		l.asked.Store(&asked)
	}
	return err
}

// within is whether the last renewal was asked for less than that ago.
func (l *lease) within(d time.Duration) bool {
	asked := l.asked.Load()
	if asked == nil {
		return false
	}
	now := time.Now()
	// While a machine is suspended the one clock stands still, and the other may
	// be put back.
	return now.Sub(*asked) < d && now.Round(0).Sub(asked.Round(0)) < d
}
