package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventsv1 "k8s.io/api/events/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

func TestOnlyTheLeaderWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.run()()
		_, invalid := placement.DefaultPolicy().Override(map[string]string{placement.ModeAnnotation: "yes"})
		speak := func(after time.Duration) {
			r.Changed(into(placement.NodeFragile, placement.Healthy, after))
			r.InvalidPolicyOf(web, invalid[0])
			r.InvalidNamespacePolicy("shop", "ns-uid", invalid[0])
			time.Sleep(time.Minute)
		}
		speak(0)
		r.SetLeader(false)
		speak(time.Second)
		if r.events.tried() != 0 || len(r.metadata.Actions()) != 0 {
			t.Errorf("a follower made %d and %d requests", r.events.tried(), len(r.metadata.Actions()))
		}
		r.wantCounts(nil)
		r.SetLeader(true)
		speak(2 * time.Second)
		r.SetLeader(true) // once more says nothing again
		r.SetLeader(false)
		speak(3 * time.Second)
		r.wantCounts(map[string]int{"NodeFragile created": 1, "InvalidPolicy created": 2})
	})
}

func TestWhatWasQueuedWhenTheLeaseWasLostIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.run()()
		r.SetLeader(true)
		started, ended := make(chan struct{}, 2), make(chan error, 2)
		r.events.answer(func(ctx context.Context, _ int, _ *eventsv1.Event) error {
			started <- struct{}{}
			<-ctx.Done()
			ended <- ctx.Err()
			return fmt.Errorf("posting: %w", ctx.Err())
		})
		for i := range 10 {
			r.Changed(fragile(fmt.Sprint("web-", i)))
		}
		<-started // both workers are in the middle of a request
		<-started
		r.SetLeader(false)
		synctest.Wait()
		for range 2 {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("a request under way ended by %v", err)
			}
		}
		r.events.answer(nil)
		time.Sleep(time.Hour)
		r.wantReasons()
		r.wantCounts(map[string]int{"NodeFragile dropped": 10})
		if n := r.events.tried(); n != 2 {
			t.Errorf("tried %d times", n)
		}
	})
}

func TestNothingIsWrittenWhileTheLeaseMayBeAnothers(t *testing.T) {
	for name, lost := range map[string]bool{
		"a lease that is renewed after all lets it be written": false,
		"one that was lost drops it":                           true,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.run()()
				r.SetLeader(true)
				r.doubt(true)
				r.Changed(fragile("web"))
				time.Sleep(10 * time.Second)
				if n := r.events.tried(); n != 0 {
					t.Errorf("tried %d times", n)
				}
				if lost {
					r.SetLeader(false)
				}
				r.doubt(false)
				time.Sleep(time.Minute)
				want := map[string]int{"NodeFragile created": 1}
				if lost {
					want = map[string]int{"NodeFragile dropped": 1}
				}
				r.wantCounts(want)
			})
		})
	}
}

func TestWhatItsClientRefusesWhenItWouldLeaveIsWrittenOnceTheLeaseIsSure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		stop := r.run()
		r.SetLeader(true)
		r.events.answer(func(context.Context, int, *eventsv1.Event) error {
			return fmt.Errorf("post: %w", ErrNotSure)
		})
		r.Changed(fragile("web"))
		time.Sleep(10 * time.Second)
		if n := r.events.tried(); n < 2 {
			t.Errorf("tried %d times in ten seconds", n)
		}
		r.wantReasons()
		r.wantCounts(nil)
		r.events.answer(nil)
		time.Sleep(time.Minute)
		r.wantReasons(NodeFragile)
		r.wantCounts(map[string]int{"NodeFragile created": 1})
		if stop(); r.log.Len() > 0 {
			t.Errorf("logged: %s", r.log)
		}
	})
}

func TestALeaseLostDuringBackOffEndsTheRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.run()()
		r.SetLeader(true)
		r.events.answer(func(context.Context, int, *eventsv1.Event) error { return errors.New("connection refused") })
		r.Changed(into(placement.NodeFragile, placement.Healthy, 0))
		time.Sleep(500 * time.Millisecond)
		r.SetLeader(false)
		r.SetLeader(true) // a new term begins without what the old one left
		r.events.answer(nil)
		time.Sleep(time.Hour)
		r.wantReasons()
		r.wantCounts(map[string]int{"NodeFragile dropped": 1})
	})
}

func TestANewLeaderSaysWhatStandsUnlessItChangedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.standing = append(r.standing, into(placement.Uneven, "", 0).Item)
		other := fragile("api").Item
		r.standing = append(r.standing, other)
		standing := r.config.Standing
		r.config.Standing = func() []report.Item {
			items := standing()
			r.Changed(into(placement.Healthy, placement.Uneven, time.Second)) // web, at that very moment
			return items
		}
		r.SetLeader(true)
		defer r.run()()
		synctest.Wait()
		r.wantCounts(map[string]int{"Recovered created": 1, "NodeFragile created": 1})
	})
}

func TestRunFlushesWhatIsQueuedAndWhatBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.SetLeader(true)
		stop := r.run()
		r.events.answer(func(context.Context, int, *eventsv1.Event) error { return errors.New("connection refused") })
		for i := range 20 {
			r.Changed(fragile(fmt.Sprint("web-", i)))
		}
		time.Sleep(10 * time.Second) // all of them wait for a retry
		r.events.answer(func(context.Context, int, *eventsv1.Event) error { time.Sleep(100 * time.Millisecond); return nil })
		begun := time.Now()
		stop()
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
		r.wantCounts(map[string]int{"NodeFragile created": 20})
	})
}

func TestRunReturnsInTimeWhateverTheNetworkDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.SetLeader(true)
		stop := r.run()
		r.events.answer(hang)
		for i := range 50 {
			r.Changed(fragile(fmt.Sprint("web-", i)))
		}
		time.Sleep(time.Second)
		begun := time.Now()
		stop()
		if took := time.Since(begun); took > r.config.Drain {
			t.Errorf("it took %v", took)
		}
		r.Changed(fragile("late"))
		r.SetLeader(true)
		r.wantCounts(map[string]int{"NodeFragile dropped": 50})
		if n := strings.Count(r.log.String(), "Events were left unwritten"); n != 1 || !strings.Contains(r.log.String(), "count=50") {
			t.Errorf("logged: %s", r.log)
		}
	})
}

func TestAFollowerEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		stop := r.run()
		r.Changed(fragile("web"))
		begun := time.Now()
		stop()
		if took := time.Since(begun); took != 0 || r.log.Len() > 0 {
			t.Errorf("it took %v and logged %q", took, r.log)
		}
	})
}

func TestASlowNetworkDoesNotLookLikeAStuckWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.SetLeader(true)
		defer r.run()()
		r.events.answer(func(context.Context, int, *eventsv1.Event) error { time.Sleep(9 * time.Second); return nil })
		for i := range maxPending {
			r.Changed(into(placement.NodeFragile, placement.Healthy, time.Duration(i)*time.Second))
		}
		longest := time.Duration(0)
		for range 80 {
			time.Sleep(time.Second)
			longest = max(longest, r.LongestRunning())
		}
		if longest >= time.Minute {
			t.Errorf("one piece of work ran for %v", longest)
		}
		r.wantCounts(map[string]int{"NodeFragile created": maxPending})
	})
}
