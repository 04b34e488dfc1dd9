package repair

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// quietly is a Repairer in a world that runs; use it in a synctest bubble.
func quietly(t *testing.T, w *world, options ...func(*Config)) (r *Repairer, stop func()) {
	t.Helper()
	config := Config{
		View: w, Budgets: w, Server: w, Store: &mapStore{world: w}, Limits: DefaultLimits(), Teller: w, Meter: w,
		Standing: func() []placement.WorkloadID { return []placement.WorkloadID{web} },
		Now:      func() time.Time { return w.now }, Drain: 2 * time.Second, without: without(t),
	}
	for _, o := range options {
		o(&config)
	}
	if config.Evictor == nil {
		config.Evictor = NewEvictor(config.Server)
	}
	r = New(config)
	ctx, cancel := context.WithCancel(klog.NewContext(context.Background(), logr.Discard()))
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	return r, sync.OnceFunc(func() { cancel(); running.Wait() })
}

func TestALeaderRepairsWhatStandsWithoutBeingAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := crowded(3, 2)
		r, stop := quietly(t, w)
		defer stop()
		r.Consider(web)
		synctest.Wait()
		if r.Depth() != 0 || len(r.Snapshot().Entries) != 0 || r.Snapshot().Leads {
			t.Error("one that does not lead looks at what it is to consider")
		}
		r.SetLeader(true)
		synctest.Wait()
		if len(w.asked) != 1 || !r.Snapshot().Leads || r.LongestRunning() != 0 {
			t.Errorf("%d evictions", len(w.asked))
		}
		r.SetLeader(true)
		synctest.Wait()
		if len(w.asked) != 1 {
			t.Errorf("%d evictions when told again that it leads", len(w.asked))
		}
	})
}

func TestANewLeaderEndsTheMoveOfAWorkloadThatIsWellByNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a := crowded(3, 2)
		first, stop := quietly(t, w)
		first.SetLeader(true)
		synctest.Wait()
		stop()
		for range 3 {
			w.tick(time.Minute)
			w.sync()
		}
		second, stop := quietly(t, w, func(c *Config) { c.Standing = nil }) // nothing is at risk
		defer stop()
		second.SetLeader(true)
		synctest.Wait()
		if len(w.asked) != 1 || w.ends["better"] != 1 {
			t.Errorf("%d evictions, moves ended %v", len(w.asked), w.ends)
		}
		if got, want := w.reasons(a.id), []Reason{Rebalancing, Rebalanced}; !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	})
}

func TestWhatIsRememberedOfAWorkloadThatIsNotSeenForAMomentIsKeptHoweverOldItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a := crowded(3, 2)
		a.mode = placement.Observe // nothing is done, and all is looked at
		w.sync()
		w.store.version = 1
		w.store.data = encode(Memory{a.id: {InVain: 2, Touched: time.Now().Add(-24 * time.Hour)}}, mostWorkloads, mostBytes)
		there := w.cache.apps
		w.cache.apps = nil // as before the first sync
		r, stop := quietly(t, w, func(c *Config) { c.Standing, c.Now = nil, time.Now })
		defer stop()
		remembered := func() int { return decode(w.store.data)[a.id].InVain }
		passes := func(d time.Duration) {
			r.Consider(a.id) // the race detector does not know that it is asleep
			synctest.Wait()
			time.Sleep(d)
			synctest.Wait()
		}
		r.SetLeader(true)
		passes(rememberedFor - time.Minute)
		if got := remembered(); got != 2 {
			t.Fatalf("%d moves in vain are remembered of one that was not seen yet", got)
		}
		w.cache.apps = there
		r.Consider(a.id)
		synctest.Wait()
		w.cache.apps = nil
		r.Consider(a.id)
		passes(rememberedFor - time.Minute)
		if got := remembered(); got != 2 {
			t.Errorf("%d moves in vain are remembered of one that was seen in between", got)
		}
		passes(2 * time.Minute)
		if got := remembered(); got != 0 {
			t.Errorf("%d moves in vain are remembered of one that is gone", got)
		}
	})
}

// hanging is a server that never answers an eviction.
type hanging struct {
	*world
	sent chan struct{}
}

func (h hanging) Evict(ctx context.Context, _, _, _ string) error {
	close(h.sent)
	<-ctx.Done()
	return ctx.Err()
}

func TestALostLeaseBreaksOffWhatIsUnderWayAndTheMemoryStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := crowded(3, 2)
		server := hanging{w, make(chan struct{})}
		r, stop := quietly(t, w, func(c *Config) { c.Server = server })
		defer stop()
		r.SetLeader(true)
		<-server.sent
		time.Sleep(time.Second)
		if took := r.LongestRunning(); took != time.Second {
			t.Errorf("the eviction under way has taken %s, want a second", took)
		}
		begun := time.Now()
		r.SetLeader(false)
		synctest.Wait()
		if r.LongestRunning() > 0 || time.Since(begun) > 0 {
			t.Errorf("it goes on %s after the lease was lost", time.Since(begun))
		}
		if m := decode(w.store.data); m[web].Move == nil || m[web].Move.Sure {
			t.Errorf("the next leader is told %+v", m[web])
		}
		if len(r.Snapshot().Entries) != 0 {
			t.Error("one that does not lead any more has entries")
		}
	})
}

func TestRunEndsWithinItsDrainTimeAndBeginsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := crowded(3, 2)
		server := hanging{w, make(chan struct{})}
		r, stop := quietly(t, w, func(c *Config) { c.Server = server })
		r.SetLeader(true)
		<-server.sent
		for i := range 50 {
			r.Consider(named(string(rune('a' + i))))
		}
		looked := len(w.cache.looks)
		begun := time.Now()
		stop()
		if took := time.Since(begun); took != 2*time.Second {
			t.Errorf("it ended after %s, want the drain time", took)
		}
		if len(w.cache.looks) != looked {
			t.Errorf("%d looks after it was told to end", len(w.cache.looks)-looked)
		}
		r.Consider(web) // harmless
	})
}

func TestTheStatusMayBeReadWhileStepsAreDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := crowded(3, 5)
		r, stop := quietly(t, w)
		defer stop()
		r.SetLeader(true)
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for range 200 {
					for _, e := range r.Snapshot().Entries {
						if e.ID != web {
							t.Errorf("an entry of %s", e.ID)
						}
					}
					r.Consider(web)
				}
			})
		}
		readers.Wait()
		synctest.Wait()
		if len(w.asked) != 1 {
			t.Errorf("%d evictions", len(w.asked))
		}
	})
}

// unreachable is a store that can not be read for a while.
type unreachable struct {
	*mapStore
	until time.Time
}

func (u unreachable) Load(ctx context.Context) (Memory, error) {
	if time.Now().Before(u.until) {
		return nil, errLost
	}
	return u.mapStore.Load(ctx)
}

// timed is a server that notes when it is asked for an eviction.
type timed struct {
	*world
	asked *[]time.Time
}

func (s timed) Evict(ctx context.Context, namespace, name, uid string) error {
	*s.asked = append(*s.asked, time.Now())
	return s.world.Evict(ctx, namespace, name, uid)
}

func TestWithoutAMemoryNothingIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := crowded(3, 2)
		var asked []time.Time
		until := time.Now().Add(time.Minute)
		r, stop := quietly(t, w, func(c *Config) {
			c.Store, c.Server = unreachable{&mapStore{world: w}, until}, timed{w, &asked}
		})
		r.SetLeader(true)
		time.Sleep(10 * time.Minute)
		stop()
		if len(asked) != 1 || asked[0].Before(until) {
			t.Errorf("evictions at %v, the memory could be read from %s on", asked, until)
		}
	})
}
