package repair

import (
	"slices"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestACrowdedWorkloadIsSpreadAndToldOf(t *testing.T) {
	w, a := crowded(3, 2)
	o := w.operator(t, leavingOut(t))
	o.run(t, 5*time.Minute)
	if len(w.asked) != 1 || a.on(w.nodes[0]) != 1 {
		t.Errorf("%d evictions, %d replicas left on the crowded node; want 1 and 1", len(w.asked), a.on(w.nodes[0]))
	}
	if got, want := w.reasons(a.id), []Reason{Rebalancing, Rebalanced}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if last := w.said[len(w.said)-1].Note; last != "Moving web-1 off node a helped: the worst node carries 50% of it, before 100%." {
		t.Errorf("told %q", last)
	}
	if len(w.repaired) != 1 || w.repaired[0] < time.Hour || w.ends["better"] != 1 {
		t.Errorf("repaired after %v, moves ended %v", w.repaired, w.ends)
	}
	if _, listed := o.entry(a.id); listed {
		t.Error("a workload that is well is in the plan")
	}
}

func TestAPlanOfSeveralMovesIsMadeOneByOne(t *testing.T) {
	w, a := crowded(3, 5)
	o := w.operator(t, leavingOut(t))
	o.run(t, 10*time.Minute)
	if len(w.asked) != 3 {
		t.Errorf("%d evictions, want the 3 of the plan", len(w.asked))
	}
	for i := 1; i < len(w.asked); i++ {
		if apart := w.asked[i].at.Sub(w.asked[i-1].at); apart < time.Minute {
			t.Errorf("move %d came %s after the one before", i, apart)
		}
	}
	if w.ends["better"] != 3 || a.on(w.nodes[0]) > 2 {
		t.Errorf("moves ended %v with %d left on the crowded node", w.ends, a.on(w.nodes[0]))
	}
}

func TestAgainstAHostileSchedulerThreeMovesAreMadeAndThenNone(t *testing.T) {
	w, a := crowded(3, 2)
	w.scheduler = hostile
	o := w.operator(t, leavingOut(t))
	o.run(t, 2*time.Hour)
	if len(w.asked) != 3 {
		t.Fatalf("%d evictions, want 3", len(w.asked))
	}
	for i, least := range []time.Duration{5 * time.Minute, 10 * time.Minute} {
		if apart := w.asked[i+1].at.Sub(w.asked[i].at); apart < least {
			t.Errorf("try %d came after %s, want at least %s", i+2, apart, least)
		}
	}
	if got, want := w.reasons(a.id), []Reason{Rebalancing, Rebalancing, Rebalancing, Unfixable}; !slices.Equal(slices.DeleteFunc(got, func(r Reason) bool { return r == RepairBlocked }), want) {
		t.Errorf("told %v, want %v", got, want)
	}
	e, _ := o.entry(a.id)
	if e.Blocked == nil || e.Blocked.Guard != "given-up" || !slices.Equal(e.Record.Destinations, []string{"a"}) {
		t.Errorf("blocked by %+v with destinations %v", e.Blocked, e.Record.Destinations)
	}
	w.scheduler = honest
	w.nodes = append(w.nodes, &modelNode{name: "z", room: 20, ready: true})
	o.run(t, time.Hour)
	if len(w.asked) != 4 || a.on(w.nodes[0]) != 1 {
		t.Errorf("with another node and a better scheduler %d evictions, %d left on the crowded node", len(w.asked), a.on(w.nodes[0]))
	}
}

func TestALeaderThatIsKilledIsFollowedByOneThatKnows(t *testing.T) {
	tests := map[string]struct {
		faults []fault
		killed bool
		// after how long the next one tries again where nothing was done
		again time.Duration
	}{
		"after the eviction":  {faults: []fault{lostDone}},
		"before the eviction": {killed: true, again: doubted},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w, a := crowded(3, 2)
			w.faults, w.killed = test.faults, test.killed
			first := w.operator(t, leavingOut(t))
			first.changed()
			first.steps(t)
			first.SetLeader(false)
			w.killed = false
			second := w.operator(t, leavingOut(t))
			second.changed()
			second.steps(t) // by the very same view
			if e, _ := second.entry(a.id); e.UnderWay == nil {
				t.Errorf("the second leader knows of no move: %+v", e)
			}
			begun := w.now
			second.run(t, 30*time.Minute)
			if len(w.asked) != 1 {
				t.Fatalf("%d evictions were carried out, want 1", len(w.asked))
			}
			if waited := w.asked[0].at.Sub(begun); waited < test.again {
				t.Errorf("tried again after %s, want at least %s", waited, test.again)
			}
			if a.on(w.nodes[0]) != 1 {
				t.Errorf("%d replicas are left on the crowded node", a.on(w.nodes[0]))
			}
		})
	}
}

func TestTwoOperatorsByMistakeConflictInsteadOfBothEvicting(t *testing.T) {
	w, a := crowded(4, 2)
	one, two := w.operator(t, leavingOut(t)), w.operator(t, leavingOut(t))
	two.changed()
	w.apps[0].mode = placement.Observe // so that both have loaded before either acts
	w.sync()
	two.steps(t)
	one.changed()
	one.steps(t)
	w.apps[0].mode = placement.Enforce
	w.sync()
	for range 100 {
		for _, o := range []*operator{one, two} {
			o.changed()
			o.steps(t)
		}
		w.tick(5 * time.Second)
		w.sync()
	}
	if len(w.asked) != 1 || a.on(w.nodes[0]) != 1 {
		t.Errorf("%d evictions by two operators, want 1", len(w.asked))
	}
}

func TestTheKillSwitchStopsItUpToTheLastMoment(t *testing.T) {
	w, a := crowded(3, 2)
	o := w.operator(t, leavingOut(t))
	o.config.Server = switching{w, a}
	o.run(t, time.Minute)
	if len(w.asked) != 0 {
		t.Errorf("%d evictions with the switch thrown between the last read and the eviction", len(w.asked))
	}
	if len(w.store.data) != 0 {
		t.Errorf("a move that was not made stays in the memory: %v", w.store.data)
	}
	if e, _ := o.entry(a.id); e.Blocked == nil || e.Blocked.Guard != "mode" {
		t.Errorf("blocked by %+v, want the mode", e.Blocked)
	}
}

// switching has the mode fall when the replicas are read.
type switching struct {
	*world
	app *modelApp
}

func TestALostLeaseStopsItUpToTheLastMoment(t *testing.T) {
	w, _ := crowded(3, 2)
	o := w.operator(t, leavingOut(t))
	o.config.Store = resigning{o.store, o}
	o.run(t, time.Minute)
	if len(w.asked) != 0 || len(w.answers) != 0 {
		t.Errorf("%d evictions, answers %v after the lease was lost", len(w.asked), w.answers)
	}
	if s := o.Snapshot(); s.Leads || len(s.Entries) != 0 {
		t.Errorf("one that does not lead says %+v", s)
	}
}

// resigning loses the lease when the memory is written.
type resigning struct {
	*mapStore
	operator *operator
}

func TestShadowGoesTheSameWayAndEvictsNothing(t *testing.T) {
	var first [2]placement.Plan
	for i, mode := range []placement.Mode{placement.Enforce, placement.Shadow} {
		w, a := crowded(3, 5)
		a.mode = mode
		w.sync()
		var recorded []Eviction
		o := w.operator(t, leavingOut(t), func(c *Config) { c.Recorded = func(e Eviction) { recorded = append(recorded, e) } })
		o.changed()
		o.steps(t)
		e, _ := o.entry(a.id)
		first[i] = e.Plan
		if e.UnderWay == nil || e.UnderWay.Shadow != (mode == placement.Shadow) {
			t.Fatalf("%s: no move is under way: %+v", mode, e)
		}
		if mode == placement.Shadow && (len(w.asked) != 0 || len(recorded) != 1 || w.answers["recorded"] != 1) {
			t.Errorf("in shadow %d evictions and %v recorded", len(w.asked), recorded)
		}
	}
	if len(first[0].Moves) != len(first[1].Moves) || first[0].Moves[0].Victim.UID != first[1].Moves[0].Victim.UID {
		t.Errorf("enforce plans %+v\nshadow %+v", first[0], first[1])
	}
}

func TestInShadowRoomIsCountedOnce(t *testing.T) {
	w := newWorld(&modelNode{name: "a", room: 20, ready: true}, &modelNode{name: "b", room: 1, ready: true})
	for _, name := range []string{"one", "two", "three"} {
		a := w.app(name, 2)
		a.mode = placement.Shadow
		w.put(a, w.nodes[0])
		w.put(a, w.nodes[0])
	}
	w.tick(time.Second)
	w.sync()
	var recorded []Eviction
	o := w.operator(t, leavingOut(t), func(c *Config) { c.Recorded = func(e Eviction) { recorded = append(recorded, e) } })
	o.run(t, 20*time.Minute)
	names := make(map[string]bool)
	for _, e := range recorded {
		names[e.ID.Name] = true
	}
	if len(names) != 1 {
		t.Errorf("for one free place the moves of %v are approved", names)
	}
}

func TestTheWorstIsRepairedFirst(t *testing.T) {
	w := newWorld()
	for i := range 30 {
		w.nodes = append(w.nodes, &modelNode{name: string(rune('A' + i)), room: 20, ready: true})
	}
	for i, name := range []string{"a-uneven", "b-uneven", "c-fragile", "d-fragile"} {
		a := w.app(name, 2)
		a.id.Namespace = name
		w.put(a, w.nodes[4*i])
		w.put(a, w.nodes[4*i])
		if i < 2 {
			a.wanted = 3
			w.put(a, w.nodes[4*i+1])
		}
	}
	w.tick(time.Second)
	w.sync()
	o := w.operator(t, leavingOut(t), func(c *Config) { c.Limits.AtOnce = 1 })
	o.run(t, 30*time.Minute)
	var order []string
	for _, e := range w.asked {
		order = append(order, e.id.Name)
	}
	// The first is done before anything else is known.
	if want := []string{"a-uneven", "c-fragile", "d-fragile", "b-uneven"}; !slices.Equal(order, want) {
		t.Errorf("done in the order %v, want %v", order, want)
	}
}

func TestWhatOthersUndoAgainAndAgainIsATugOfWar(t *testing.T) {
	w, a := crowded(3, 2)
	o := w.operator(t, leavingOut(t))
	for range 10 {
		o.run(t, 4*time.Minute)
		if a.on(w.nodes[0]) == 2 {
			continue
		}
		for _, p := range a.live() { // another mover
			p.node, p.placed, p.changed = w.nodes[0], w.now, w.now
		}
	}
	o.run(t, time.Hour)
	if len(w.asked) != 3 {
		t.Errorf("%d evictions, want 3 before it is given up", len(w.asked))
	}
	last := w.said[len(w.said)-1]
	if last.Reason != Unfixable || a.on(w.nodes[0]) != 2 {
		t.Errorf("the last word is %+v", last)
	}
	if e, _ := o.entry(a.id); e.Record.GivenUp == nil || e.Record.Undone != 3 {
		t.Errorf("remembered: %+v", e.Record)
	}
}

func TestByAStaleViewNothingIsSaidOfAMove(t *testing.T) {
	w, a := crowded(3, 2)
	w.faults = []fault{lostNotDone}
	o := w.operator(t, leavingOut(t))
	o.changed()
	o.steps(t)
	for range 40 { // ten minutes without a word
		w.tick(15 * time.Second)
		o.steps(t)
	}
	if e, _ := o.entry(a.id); e.UnderWay == nil || e.Why != "the view is stale" || len(w.ends) != 0 {
		t.Errorf("ended %v, the entry is %+v", w.ends, e)
	}
}
