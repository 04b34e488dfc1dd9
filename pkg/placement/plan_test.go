package placement_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// sceneOf is the scene of a workload on nodes written as name/zone:room, where
// every ready replica may be evicted and every node with room takes any of them,
// its own too.
func sceneOf(w placement.Workload, nodes ...string) placement.Scene {
	var s placement.Scene
	at := make(map[string]int)
	for _, text := range nodes {
		var room int
		name, rest, _ := strings.Cut(text, "/")
		zone, number, _ := strings.Cut(rest, ":")
		if _, err := fmt.Sscan(number, &room); err != nil {
			panic(err)
		}
		at[name] = len(s.Spots)
		s.Spots = append(s.Spots, placement.Spot{Node: name, Zone: zone, Room: room})
	}
	for i, r := range w.Replicas {
		if !r.Ready || r.Virtual {
			continue
		}
		c := placement.Candidate{UID: fmt.Sprint("uid-", i), Name: fmt.Sprint("web-", i), Node: r.Node, Zone: r.Zone, Created: r.Created}
		for n, spot := range s.Spots {
			if spot.Room > 0 || spot.Node == r.Node {
				c.Admits.Add(n)
			}
		}
		s.Candidates = append(s.Candidates, c)
	}
	return s
}

// planOf plans for a workload that is judged first.
func planOf(t *testing.T, w placement.Workload, scene placement.Scene) placement.Plan {
	t.Helper()
	return placement.PlanMoves(w, assess(t, w), scene)
}

func victims(p placement.Plan) []string {
	var names []string
	for _, m := range p.Moves {
		names = append(names, m.Victim.Name+" of "+m.Victim.Node)
	}
	return names
}

func TestTheFewestMovesThatReachThePolicyArePlanned(t *testing.T) {
	tests := map[string]struct {
		workload placement.Workload
		nodes    []string
		want     []string
	}{
		"two on one node: one of them": {
			workload(several(2, ready("a", "1")), eligible("1", "2")), []string{"a/1:5", "b/2:5"}, []string{"web-0 of a"},
		},
		"of five on one node three, where half may be on one": {
			workload(several(5, ready("a", "1")), eligible("1", "2", "3")), []string{"a/1:9", "b/2:9", "c/3:9"},
			[]string{"web-0 of a", "web-1 of a", "web-2 of a"},
		},
		"the fullest node first": {
			workload(several(3, ready("a", "")), several(4, ready("b", "")), eligible("", "", ""), tolerating(30, 100)),
			[]string{"a/:0", "b/:0", "c/:9"}, []string{"web-3 of b"},
		},
		"of a zone that carries too much, and no more of its nodes than need be": {
			workload(several(2, ready("a", "1")), several(2, ready("b", "1")), eligible("1", "1", "2", "2"), tolerating(50, 50)),
			[]string{"a/1:9", "b/1:9", "c/2:9", "d/2:9"}, []string{"web-0 of a", "web-1 of a"},
		},
		"a move off a node is one out of its zone too": {
			workload(several(3, ready("a", "1")), with(ready("b", "2")), eligible("1", "1", "2", "2"), tolerating(50, 50)),
			[]string{"a/1:9", "b/2:9", "c/1:9", "d/2:9"}, []string{"web-0 of a"},
		},
		"replicas that are not ready stay where they are": {
			workload(with(unready("a", "1")), several(2, ready("a", "1")), eligible("1", "2")), []string{"a/1:5", "b/2:5"}, []string{"web-1 of a"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := planOf(t, test.workload, sceneOf(test.workload, test.nodes...))
			if got := victims(p); !slices.Equal(got, test.want) || !p.Reaches {
				t.Errorf("moves %v, reaches the policy: %t (%s)\nwant  %v", got, p.Reaches, p.Because, test.want)
			}
		})
	}
}

func TestTheReplicaWhoseDeletionCostsLeastGoesAndOfEqualsTheYoungest(t *testing.T) {
	w := workload(several(3, ready("a", "")), eligible("", "", ""))
	tests := map[string]struct {
		set  func(c []placement.Candidate)
		want string
	}{
		"the cheapest":           {func(c []placement.Candidate) { c[0].DeletionCost, c[1].DeletionCost = 5, -1 }, "web-1"},
		"of equals the youngest": {func(c []placement.Candidate) { c[2].Created = ago(time.Minute) }, "web-2"},
		"cheaper before younger": {func(c []placement.Candidate) { c[2].Created, c[1].DeletionCost = ago(time.Minute), -1 }, "web-1"},
		"not one that is barred": {func(c []placement.Candidate) { c[0].Barred, c[1].Barred = "it says so", "it says so" }, "web-2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scene := sceneOf(w, "a/:9", "b/:9", "c/:9")
			test.set(scene.Candidates)
			p := planOf(t, w, scene)
			if len(p.Moves) == 0 || p.Moves[0].Victim.Name != test.want {
				t.Errorf("moves %v, want %s first", victims(p), test.want)
			}
		})
	}
}

func TestAMoveSaysWhyAndWhereTo(t *testing.T) {
	w := workload(several(4, ready("a", "1")), eligible("1", "2"), tolerating(50, 75))
	p := planOf(t, w, sceneOf(w, "a/1:9", "b/2:9"))
	if len(p.Moves) != 2 {
		t.Fatalf("moves %v, want two", victims(p))
	}
	first := p.Moves[0]
	if want := "node a carries 4 of 4 ready replicas, of which 2 may be there"; first.Reason != want {
		t.Errorf("reason %q, want %q", first.Reason, want)
	}
	want := []placement.Losses{
		{Node: placement.Loss{Name: "a", Share: 1}, Zone: placement.Loss{Name: "1", Share: 1}},
		{Node: placement.Loss{Name: "a", Share: .75}, Zone: placement.Loss{Name: "1", Share: .75}},
		{Node: placement.Loss{Name: "a", Share: .5}, Zone: placement.Loss{Name: "1", Share: .5}},
	}
	for i, m := range p.Moves {
		if m.Before != want[i] || m.After != want[i+1] {
			t.Errorf("move %d: from %+v to %+v, want from %+v to %+v", i, m.Before, m.After, want[i], want[i+1])
		}
		if !slices.Equal(m.Admits, []string{"a", "b"}) || !m.MayReturn || m.Predicted != "" {
			t.Errorf("move %d: admits %v, may return: %t, predicted %q", i, m.Admits, m.MayReturn, m.Predicted)
		}
	}
}

func TestWhereTheSchedulerHasNoChoiceItsNodeIsPredicted(t *testing.T) {
	w := workload(several(2, ready("a", "1")), eligible("1", "2"))
	scene := sceneOf(w, "a/1:0", "b/2:1")
	for i := range scene.Candidates {
		scene.Candidates[i].Admits = placement.MaskOf(1)
	}
	p := planOf(t, w, scene)
	if len(p.Moves) != 1 || p.Moves[0].MayReturn || p.Moves[0].Predicted != "b" {
		t.Errorf("planned %+v", p.Moves)
	}
}

func TestOfAZoneTheSchedulerMayChooseAnyNodeAgain(t *testing.T) {
	w := workload(with(ready("a", "1"), ready("b", "1")), eligible("1", "1", "2"))
	p := planOf(t, w, sceneOf(w, "a/1:0", "b/1:3", "c/2:1"))
	if len(p.Moves) != 1 || !p.Moves[0].MayReturn {
		t.Fatalf("planned %+v", p.Moves)
	}
	if want := "zone 1 carries 2 of 2 ready replicas, of which 1 may be there"; p.Moves[0].Reason != want {
		t.Errorf("reason %q, want %q", p.Moves[0].Reason, want)
	}
}

func TestWhatCanNotBeReachedIsComeNearTo(t *testing.T) {
	w := workload(several(6, ready("a", "")), eligible("", "", ""))
	p := planOf(t, w, sceneOf(w, "a/:9", "b/:1", "c/:1"))
	if len(p.Moves) != 2 || p.Reaches {
		t.Errorf("moves %v, reaches: %t", victims(p), p.Reaches)
	}
	if want := "3 of the 6 ready replicas on node a would have to move: no node within the limits has room for another"; p.Because != want {
		t.Errorf("because %q\nwant    %q", p.Because, want)
	}
}

func TestOneThatCanGoNowhereElseMakesOthersMakeRoom(t *testing.T) {
	// The first may go to b alone, which the second would take.
	w := workload(several(4, ready("a", "")), eligible("", "", ""))
	scene := sceneOf(w, "a/:9", "b/:1", "c/:1")
	scene.Candidates[0].Admits = placement.MaskOf(0, 1, 2)
	for i := 1; i < 4; i++ {
		scene.Candidates[i].Admits = placement.MaskOf(1)
	}
	p := planOf(t, w, scene)
	if len(p.Moves) != 2 || !p.Reaches {
		t.Errorf("moves %v, reaches: %t (%s)", victims(p), p.Reaches, p.Because)
	}
}

func TestWithoutAMoveItIsSaidWhy(t *testing.T) {
	barred := func(s *placement.Scene) {
		for i := range s.Candidates {
			s.Candidates[i].Barred = "its annotation forbids it"
		}
	}
	tests := map[string]struct {
		workload placement.Workload
		nodes    []string
		set      func(*placement.Scene)
		want     string
	}{
		"healthy": {workload(with(ready("a", "1"), ready("b", "2")), eligible("1", "2")), []string{"a/1:5", "b/2:5"}, nil, "a workload that is Healthy needs no move"},
		"not fixable": {
			workload(several(2, ready("a", "1")), eligible("1")), []string{"a/1:5"}, nil, "one eligible node only",
		},
		"no room": {
			workload(several(2, ready("a", "1")), eligible("1", "2")), []string{"a/1:0", "b/2:0"}, nil,
			"1 of the 2 ready replicas on node a would have to move: no node within the limits has room for another",
		},
		"barred": {
			workload(several(2, ready("a", "1")), eligible("1", "2")), []string{"a/1:5", "b/2:5"}, barred,
			"1 of the 2 ready replicas on node a would have to move: its annotation forbids it",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scene := sceneOf(test.workload, test.nodes...)
			if test.set != nil {
				test.set(&scene)
			}
			p := planOf(t, test.workload, scene)
			if len(p.Moves) != 0 || p.Reaches || p.Because != test.want {
				t.Errorf("moves %v, because %q, want %q", victims(p), p.Because, test.want)
			}
		})
	}
}
