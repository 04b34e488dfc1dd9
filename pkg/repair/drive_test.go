package repair

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// operator is a Repairer in a world, driven step by step: what its queue would do
// is done here, so that a run takes no time and always goes the same way.
type operator struct {
	*Repairer
	world *world
	store *mapStore
	due   map[placement.WorkloadID]time.Time
	fails map[placement.WorkloadID]int
}

// operator starts one that leads. It ends with the test.
func (w *world) operator(t cleaner, options ...func(*Config)) *operator {
	store := &mapStore{world: w}
	config := Config{
		View: w, Budgets: w, Server: w, Store: store, Evictor: NewEvictor(w),
		Limits: DefaultLimits(), Teller: w, Meter: w,
		Now: func() time.Time { return w.now },
	}
	for _, o := range options {
		o(&config)
	}
	o := &operator{
		Repairer: New(config), world: w, store: store,
		due: make(map[placement.WorkloadID]time.Time), fails: make(map[placement.WorkloadID]int),
	}
	t.Cleanup(o.pool.ShutDown)
	o.SetLeader(true)
	return o
}

// cleaner is a *testing.T or a *rapid.T.
type cleaner interface{ Cleanup(func()) }

func leavingOut(t *testing.T) func(*Config) {
	names := without(t)
	return func(c *Config) { c.without = names }
}

// changed has all workloads looked at, as after an event of each.
func (o *operator) changed() {
	for _, a := range o.world.apps {
		o.due[a.id] = o.world.now
	}
}

// work does a step for each workload that is due, in the order in which they are.
func (o *operator) steps(t failer) {
	var ids []placement.WorkloadID
	for id, at := range o.due {
		if !at.After(o.world.now) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b placement.WorkloadID) int {
		if c := o.due[a].Compare(o.due[b]); c != 0 {
			return c
		}
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	for _, id := range ids {
		delete(o.due, id)
		again, err := o.Repairer.work(klog.NewContext(context.Background(), logr.Discard()), id)
		switch {
		case err != nil:
			o.fails[id] = min(o.fails[id]+1, 8)
			o.due[id] = o.world.now.Add(time.Second << o.fails[id])
		case again > 0:
			o.fails[id] = 0
			o.due[id] = o.world.now.Add(again)
		}
		if wrong := o.world.wrong; len(wrong) > 0 {
			t.Fatalf("%s", strings.Join(wrong, "; "))
		}
	}
}

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// run lets the world go on for so long, with the caches up to date.
func (o *operator) run(t failer, d time.Duration) {
	t.Helper()
	for end := o.world.now.Add(d); o.world.now.Before(end); {
		o.world.tick(5 * time.Second)
		o.world.sync()
		o.changed()
		o.steps(t)
	}
}

// entry is what the status has of a workload.
func (o *operator) entry(id placement.WorkloadID) (Entry, bool) {
	for _, e := range o.Snapshot().Entries {
		if e.ID == id {
			return e, true
		}
	}
	return Entry{}, false
}

// reasons are what was told of a workload, in order.
func (w *world) reasons(id placement.WorkloadID) []Reason {
	var reasons []Reason
	for _, s := range w.said {
		if s.ID == id {
			reasons = append(reasons, s.Reason)
		}
	}
	return reasons
}

// crowded is a world of roomy nodes with an app whose replicas are all on the
// first, seen by the caches.
func crowded(nodes, replicas int) (*world, *modelApp) {
	w := newWorld()
	for i := range nodes {
		w.nodes = append(w.nodes, &modelNode{name: string(rune('a' + i)), room: 20, ready: true})
	}
	a := w.app("web", replicas)
	for range replicas {
		w.put(a, w.nodes[0])
	}
	w.disrupt(a)
	w.sync()
	return w, a
}
