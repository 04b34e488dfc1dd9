package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// slowLock answers each write late.
type slowLock struct {
	resourcelock.Interface
	late time.Duration
	err  error
}

func (l *slowLock) Identity() string { return "self" }

func (l *slowLock) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.Update(ctx, record)
}

func (l *slowLock) Update(context.Context, resourcelock.LeaderElectionRecord) error {
	time.Sleep(l.late)
	return l.err
}

func TestALeaseIsHeldFromWhenItsRenewalWasAskedFor(t *testing.T) {
	const d = 10 * time.Second
	broken := errors.New("connection reset")
	type write struct {
		holder string
		late   time.Duration
		err    error
	}
	tests := map[string]struct {
		writes []write
		after  time.Duration
		want   bool
	}{
		"one that was never written is not held":                      {},
		"one that was just renewed is":                                {writes: []write{{holder: "self"}}, want: true},
		"one that was renewed a moment less ago is":                   {writes: []write{{holder: "self"}}, after: d - 1, want: true},
		"one that was renewed so long ago is not":                     {writes: []write{{holder: "self"}}, after: d},
		"an answer that is read late leaves the rest":                 {writes: []write{{holder: "self", late: d - 2}}, after: 1, want: true},
		"an answer that is read too late leaves nothing":              {writes: []write{{holder: "self", late: 2 * d}}},
		"a renewal that failed is none":                               {writes: []write{{holder: "self", err: broken}}},
		"a renewal that failed takes nothing from the one before":     {writes: []write{{holder: "self"}, {holder: "self", err: broken}}, want: true},
		"one that was given up is not held":                           {writes: []write{{holder: "self"}, {}}},
		"one that may have been given up is not held":                 {writes: []write{{holder: "self"}, {err: broken}}},
		"one that was given up and renewed is held":                   {writes: []write{{holder: "self"}, {}, {holder: "self"}}, want: true},
		"a renewal after one whose answer was late counts for itself": {writes: []write{{holder: "self", late: 2 * d}, {holder: "self"}}, want: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lock := &slowLock{}
				l := &lease{Interface: lock}
				for i, w := range test.writes {
					lock.late, lock.err = w.late, w.err
					do := l.Update
					if i == 0 {
						do = l.Create
					}
					if err := do(t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: w.holder}); !errors.Is(err, w.err) {
						t.Errorf("write %d answered %v", i, err)
					}
				}
				time.Sleep(test.after)
				if got := l.within(d); got != test.want {
					t.Errorf("held: %v", got)
				}
			})
		})
	}
}
