package workers_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"evenkeel.dev/evenkeel/pkg/workers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func config(workersN int, done func(workers.Result, time.Duration)) workers.Config {
	return workers.Config{
		Name: "test", Workers: workersN, Drain: time.Second,
		BaseDelay: 10 * time.Millisecond, MaxDelay: time.Minute, Rate: 100, Burst: 100,
		Done: done,
	}
}

// start runs the pool and returns what stops it and waits for its end.
func start[K comparable](p *workers.Pool[K]) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	return func() { cancel(); running.Wait() }
}

func TestAPanicIsCountedAndRetriedAndHarmsNoOtherKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var results sync.Map
		count := func(r workers.Result, _ time.Duration) {
			n, _ := results.LoadOrStore(r, new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
		}
		var bad, good atomic.Int64
		p := workers.New(config(1, count), func(_ context.Context, key string) (time.Duration, error) {
			if key == "bad" && bad.Add(1) < 3 {
				panic("a bad key")
			}
			if key == "good" {
				good.Add(1)
			}
			return 0, nil
		})
		defer start(p)()
		p.Add("bad")
		p.Add("good")
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		if bad.Load() != 3 || good.Load() != 1 {
			t.Errorf("bad ran %d times and good %d, want 3 and 1", bad.Load(), good.Load())
		}
		n, ok := results.Load(workers.Panic)
		if !ok || n.(*atomic.Int64).Load() != 2 {
			t.Errorf("panics counted: %v, want 2", n)
		}
	})
}

func TestAFailureIsRetriedWithGrowingDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begin := time.Now()
		p := workers.New(config(1, nil), func(context.Context, string) (time.Duration, error) {
			at = append(at, time.Since(begin))
			if len(at) < 4 {
				return 0, errors.New("not yet")
			}
			return 0, nil
		})
		stop := start(p)
		p.Add("key")
		time.Sleep(time.Minute)
		stop()
		want := []time.Duration{0, 10 * time.Millisecond, 30 * time.Millisecond, 70 * time.Millisecond}
		if len(at) != len(want) {
			t.Fatalf("ran at %v, want %v", at, want)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("run %d at %v, want %v", i, at[i], want[i])
			}
		}
	})
}

func TestADelayAsksForAnotherGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		p := workers.New(config(2, nil), func(context.Context, string) (time.Duration, error) {
			if runs.Add(1) == 1 {
				return 30 * time.Second, nil
			}
			return 0, nil
		})
		defer start(p)()
		p.Add("key")
		time.Sleep(29 * time.Second)
		synctest.Wait()
		if runs.Load() != 1 {
			t.Fatalf("ran %d times before the delay was over", runs.Load())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if runs.Load() != 2 {
			t.Fatalf("ran %d times, want 2", runs.Load())
		}
	})
}

func TestAddsOfAWaitingKeyMergeAndNoKeyIsWithTwoWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs, at, most atomic.Int64
		p := workers.New(config(8, nil), func(context.Context, string) (time.Duration, error) {
			most.Store(max(most.Load(), at.Add(1)))
			runs.Add(1)
			time.Sleep(time.Second)
			at.Add(-1)
			return 0, nil
		})
		defer start(p)()
		for range 100 {
			p.Add("key")
		}
		synctest.Wait()
		for range 100 {
			p.Add("key")
		}
		time.Sleep(10 * time.Second)
		if runs.Load() != 2 || most.Load() != 1 {
			t.Errorf("200 adds made %d runs, %d at once; want 2 and 1", runs.Load(), most.Load())
		}
	})
}

func TestRunDrainsWhatIsQueuedAndReturnsInBoundedTime(t *testing.T) {
	cases := map[string]struct {
		work    time.Duration
		want    int64
		returns time.Duration
	}{
		"short work is all done":                   {work: 10 * time.Millisecond, want: 20, returns: 200 * time.Millisecond},
		"long work is let go after the drain time": {work: 400 * time.Millisecond, want: 3, returns: time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var done atomic.Int64
				p := workers.New(config(1, nil), func(ctx context.Context, _ int) (time.Duration, error) {
					select {
					case <-time.After(c.work):
					case <-ctx.Done():
						return 0, ctx.Err()
					}
					done.Add(1)
					return 0, nil
				})
				for i := range 20 {
					p.Add(i)
				}
				begin := time.Now()
				ctx, cancel := context.WithCancel(context.Background())
				cancel()
				p.Run(ctx)
				if done.Load() < c.want-1 || done.Load() > c.want {
					t.Errorf("did %d, want %d", done.Load(), c.want)
				}
				if took := time.Since(begin); took > c.returns {
					t.Errorf("Run returned after %v, want at most %v", took, c.returns)
				}
			})
		})
	}
}

func TestLongestRunningTellsAStuckWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := workers.New(config(1, nil), func(context.Context, string) (time.Duration, error) {
			<-release
			return 0, nil
		})
		defer start(p)()
		if got := p.LongestRunning(); got != 0 {
			t.Errorf("an idle pool says %v", got)
		}
		p.Add("key")
		synctest.Wait()
		time.Sleep(61 * time.Second)
		if got := p.LongestRunning(); got != 61*time.Second {
			t.Errorf("a worker stuck for 61s says %v", got)
		}
		close(release)
		synctest.Wait()
		if got := p.LongestRunning(); got != 0 {
			t.Errorf("after its work it says %v", got)
		}
	})
}
