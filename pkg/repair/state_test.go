package repair

import (
	"maps"
	"slices"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// gauges is the Meter that keeps what blocks.
type gauges struct {
	*world
	blocked map[string]int
}

func (g gauges) Blocked(guard string, n int) { g.blocked[guard] = n }

func TestWhatBlocksIsCountedAndToldOncePerChange(t *testing.T) {
	w, a := crowded(3, 2)
	g := gauges{w, make(map[string]int)}
	o := w.operator(t, leavingOut(t), func(c *Config) { c.Meter = g })
	if names := slices.Sorted(maps.Keys(g.blocked)); !slices.Equal(names, slices.Sorted(slices.Values(BlockNames()))) {
		t.Errorf("gauges of %v", names)
	}
	blockedBy := func(want string) {
		t.Helper()
		for name, n := range g.blocked {
			if n != map[bool]int{true: 1}[name == want] {
				t.Errorf("%d are blocked by %s, want 1 by %q alone", n, name, want)
			}
		}
	}
	a.covered = false
	o.run(t, 10*time.Minute)
	blockedBy("pdb-missing")
	for _, p := range a.pods {
		p.optOut = true
	}
	a.covered = true
	o.run(t, 10*time.Minute)
	blockedBy("opt-out")
	if got := w.reasons(a.id); !slices.Equal(got, []Reason{RepairBlocked, RepairBlocked}) {
		t.Fatalf("told %v", got)
	}
	if first := w.said[0]; first.Note != "Not repaired: 1 of the 2 ready replicas on node a would have to move: no PodDisruptionBudget covers it." || first.Mark != "pdb-missing" || first.Since.IsZero() {
		t.Errorf("told %+v", first)
	}
	e, _ := o.entry(a.id)
	if e.Blocked == nil || e.Blocked.Since.After(w.now.Add(-9*time.Minute)) {
		t.Errorf("blocked: %+v at %s", e.Blocked, w.now)
	}
	for _, p := range a.pods {
		p.optOut = false
	}
	o.run(t, 10*time.Minute)
	blockedBy("")
	if len(w.asked) != 1 {
		t.Errorf("%d evictions when nothing blocks", len(w.asked))
	}
}

func TestOneOptOutLeavesTheOthersToMove(t *testing.T) {
	w, a := crowded(3, 2)
	a.pods[0].optOut = true // the one that would be first
	w.sync()
	o := w.operator(t, leavingOut(t))
	o.run(t, 5*time.Minute)
	if len(w.asked) != 1 || w.asked[0].uid != "uid-2" {
		t.Errorf("evicted %+v, want the other one", w.asked)
	}
}

func TestASuspensionIsToldOnceForTheCluster(t *testing.T) {
	w, _ := crowded(4, 2)
	b := w.app("api", 2)
	b.id.Namespace = "bank"
	w.put(b, w.nodes[1])
	w.put(b, w.nodes[1])
	w.nodes[3].ready, w.nodes[3].died = false, w.now
	o := w.operator(t, leavingOut(t))
	o.run(t, 20*time.Minute)
	suspensions := func() (n int) {
		for _, s := range w.said {
			if s.Reason == RepairSuspended {
				n++
				if s.ID != (placement.WorkloadID{}) || s.Note != "Nothing is repaired as the cluster is unwell: 1 of 4 nodes are not ready." {
					t.Errorf("told %+v", s)
				}
			}
		}
		return n
	}
	if n := suspensions(); n != 1 || len(w.asked) != 0 || o.Snapshot().Suspended != "1 of 4 nodes are not ready" {
		t.Errorf("told %d times, %d evictions, status %q", n, len(w.asked), o.Snapshot().Suspended)
	}
	w.nodes[3].ready = true
	o.run(t, 20*time.Minute)
	if len(w.asked) != 2 || o.Snapshot().Suspended != "" {
		t.Errorf("%d evictions when the cluster is well, status %q", len(w.asked), o.Snapshot().Suspended)
	}
	w.nodes[3].ready, w.nodes[3].died = false, w.now
	o.run(t, time.Minute)
	if n := suspensions(); n != 2 {
		t.Errorf("told %d times, want of the second suspension too", n)
	}
}

func TestADeletedAppLeavesTheMemoryButNotAtOnce(t *testing.T) {
	w, a := crowded(3, 2)
	w.scheduler = hostile
	o := w.operator(t, leavingOut(t))
	o.run(t, 2*time.Minute)
	if len(w.store.data) != 1 {
		t.Fatalf("remembered: %v", w.store.data)
	}
	pods := a.pods
	a.pods, a.wanted = nil, 0 // all Pods replaced at once
	o.run(t, time.Minute)
	if len(w.store.data) != 1 || len(o.Snapshot().Entries) != 0 {
		t.Errorf("remembered: %v, in the plan: %v", w.store.data, o.Snapshot().Entries)
	}
	a.pods, a.wanted = pods, 2
	o.run(t, time.Minute)
	if e, listed := o.entry(a.id); !listed || e.Record.Move == nil {
		t.Errorf("what was there before is forgotten: %+v", e)
	}
	w.apps = nil
	w.sync()
	o.due[a.id] = w.now
	o.run(t, 30*time.Minute)
	if len(w.store.data) != 0 || len(o.memory) != 0 {
		t.Errorf("a deleted app is remembered: %v", w.store.data)
	}
}

func TestAnAppThatIsOffIsInNoPlanAndOneThatIsObservedIs(t *testing.T) {
	for mode, listed := range map[placement.Mode]bool{placement.Off: false, placement.Observe: true} {
		w, a := crowded(3, 2)
		a.mode = mode
		w.sync()
		o := w.operator(t, leavingOut(t))
		o.run(t, time.Minute)
		e, there := o.entry(a.id)
		if there != listed || len(w.said) != 0 || len(w.asked) != 0 {
			t.Errorf("%s: in the plan: %t, told %v", mode, there, w.said)
		}
		if listed && (len(e.Plan.Moves) != 1 || e.Blocked == nil || e.Blocked.Guard != "mode") {
			t.Errorf("%s: the entry is %+v", mode, e)
		}
	}
}

func TestEntriesAreInTheOrderInWhichTheyAreDone(t *testing.T) {
	r := New(Config{Meter: newWorld(), Limits: DefaultLimits()})
	defer r.pool.ShutDown()
	r.SetLeader(true)
	for _, e := range []Entry{
		{ID: named("blocked"), Blocked: &Block{Guard: "opt-out"}, order: order{rank: 1}},
		{ID: named("mild"), order: order{rank: 3, node: .6}},
		{ID: named("worse"), order: order{rank: 3, node: .7}},
		{ID: named("worst"), order: order{rank: 1, node: 1}},
		{ID: named("waits"), Blocked: &Block{Guard: "budget", Passing: true}, order: order{rank: 1}},
		{ID: named("moves"), UnderWay: &Made{}, order: order{rank: 5}},
		{ID: named("bigger"), order: order{rank: 1, node: 1, replicas: 9}},
	} {
		r.put(e)
	}
	var got []string
	for _, e := range r.Snapshot().Entries {
		got = append(got, e.ID.Name)
	}
	if want := []string{"moves", "bigger", "worst", "worse", "mild", "waits", "blocked"}; !slices.Equal(got, want) {
		t.Errorf("in the order %v, want %v", got, want)
	}
}
