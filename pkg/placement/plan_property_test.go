package placement_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// plannable is a small world with room on its nodes, and which of the replicas
// may be evicted.
type plannable struct {
	world
	standings []standing
	room      []int
	barred    []bool // of the standings
}

func drawPlannable(t *rapid.T) plannable {
	p := plannable{world: world{
		maxNode: rapid.SampledFrom([]int{25, 34, 50, 100}).Draw(t, "of a node"),
		maxZone: rapid.SampledFrom([]int{34, 50, 67, 100}).Draw(t, "of a zone"),
	}}
	for range rapid.IntRange(2, 5).Draw(t, "nodes") {
		p.nodes = append(p.nodes, worldNode{
			zone:     rapid.SampledFrom([]string{"", "1", "2", "3"}).Draw(t, "zone"),
			eligible: rapid.IntRange(0, 4).Draw(t, "not eligible") != 0,
		})
		p.room = append(p.room, rapid.IntRange(0, 3).Draw(t, "room"))
	}
	for range rapid.IntRange(2, 6).Draw(t, "replicas") {
		p.standings = append(p.standings, standing{
			node: rapid.IntRange(0, len(p.nodes)-1).Draw(t, "node"), ready: rapid.IntRange(0, 5).Draw(t, "not ready") != 0,
		})
		p.barred = append(p.barred, rapid.IntRange(0, 5).Draw(t, "barred") == 0)
	}
	return p
}

// scene has every node that is eligible take any replica as long as it has room,
// and its own anyway.
func (p plannable) scene() placement.Scene {
	var s placement.Scene
	for i, n := range p.nodes {
		if n.eligible {
			s.Spots = append(s.Spots, placement.Spot{Node: nodeName(i), Zone: n.zone, Room: p.room[i]})
		}
	}
	for i, standing := range p.standings {
		if !standing.ready {
			continue
		}
		c := placement.Candidate{UID: fmt.Sprint(i), Name: fmt.Sprint("web-", i), Node: nodeName(standing.node), Zone: p.nodes[standing.node].zone}
		if p.barred[i] {
			c.Barred = "so it is"
		}
		for n, spot := range s.Spots {
			if spot.Room > 0 || spot.Node == c.Node {
				c.Admits.Add(n)
			}
		}
		s.Candidates = append(s.Candidates, c)
	}
	return s
}

// outcomes gives, for every placement that moves of the ready replicas lead to,
// the moves that it takes and how it is judged.
func (p plannable) outcomes(t failer, see func(moves int, then placement.Assessment)) {
	var ready []int
	for i, s := range p.standings {
		if s.ready {
			ready = append(ready, i)
		}
	}
	then := slices.Clone(p.standings)
	taken := make([]int, len(p.nodes))
	var move func(k, moves int)
	move = func(k, moves int) {
		if k == len(ready) {
			see(moves, assess(t, p.workload(then)))
			return
		}
		i := ready[k]
		move(k+1, moves) // it stays
		if p.barred[i] {
			return
		}
		from := then[i].node
		for n := range p.nodes {
			if n == from || !p.nodes[n].eligible || taken[n] == p.room[n] {
				continue
			}
			taken[n]++
			then[i].node = n
			move(k+1, moves+1)
			taken[n]--
		}
		then[i].node = from
	}
	move(0, 0)
}

func TestThePlanIsAsShortAsAnyAndFoundWhereThereIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlannable(t)
		w := p.workload(p.standings)
		now := assess(t, w)
		plan := placement.PlanMoves(w, now, p.scene())
		fewest, improves := -1, false
		if now.Fixable {
			p.outcomes(t, func(moves int, then placement.Assessment) {
				if then.Verdict == placement.Healthy && (fewest < 0 || moves < fewest) {
					fewest = moves
				}
				improves = improves || better(now, then)
			})
		}
		switch {
		case fewest > 0 && (!plan.Reaches || len(plan.Moves) != fewest):
			t.Fatalf("%s\n%v: %s in %d moves, reaches: %t (%s), want %d moves", p, p.standings, now.Verdict, len(plan.Moves), plan.Reaches, plan.Because, fewest)
		case fewest <= 0 && plan.Reaches:
			t.Fatalf("%s\n%v: %s is said to be mended by %v", p, p.standings, now.Verdict, victims(plan))
		case len(plan.Moves) > 0 && !improves:
			t.Fatalf("%s\n%v: %s is to be made better by %v, though nothing does", p, p.standings, now.Verdict, victims(plan))
		case len(plan.Moves) == 0 && plan.Because == "":
			t.Fatal("neither moves nor a reason")
		}
	})
}

func TestAPlanHasRoomForEachOfItsMovesAndDoesWhatItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlannable(t)
		w, scene := p.workload(p.standings), p.scene()
		for i := range scene.Candidates { // volumes may differ from one to the next
			var some placement.Mask
			for n := range scene.Candidates[i].Admits.All() {
				if rapid.IntRange(0, 3).Draw(t, "does not admit") != 0 {
					some.Add(n)
				}
			}
			scene.Candidates[i].Admits = some
		}
		now := assess(t, w)
		plan := placement.PlanMoves(w, now, scene)
		moved := make(map[string]bool)
		for i, m := range plan.Moves {
			switch {
			case moved[m.Victim.UID]:
				t.Fatalf("%s is moved twice", m.Victim.Name)
			case m.Victim.Barred != "":
				t.Fatalf("%s is barred", m.Victim.Name)
			case len(m.Admits) == 0:
				t.Fatalf("no node admits %s", m.Victim.Name)
			case i > 0 && m.Before != plan.Moves[i-1].After:
				t.Fatalf("move %d begins with %+v, the one before ended with %+v", i, m.Before, plan.Moves[i-1].After)
			}
			moved[m.Victim.UID] = true
		}
		if n := len(plan.Moves); n > 0 {
			before, after := plan.Moves[0].Before, plan.Moves[n-1].After
			if before.Node != now.WorstNode || before.Zone != now.WorstZone {
				t.Fatalf("it begins with %+v, judged were %+v and %+v", before, now.WorstNode, now.WorstZone)
			}
			if after.Node.Share > before.Node.Share && after.Zone.Share > before.Zone.Share {
				t.Fatalf("from %+v to %+v is no improvement", before, after)
			}
		}
	})
}

func TestThePlanIsTheSameInAnyOrderOfTheReplicas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlannable(t)
		w, scene := p.workload(p.standings), p.scene()
		a := assess(t, w)
		want := placement.PlanMoves(w, a, scene)
		shuffled := scene
		shuffled.Candidates = slices.Clone(scene.Candidates)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		r.Shuffle(len(shuffled.Candidates), func(i, j int) {
			shuffled.Candidates[i], shuffled.Candidates[j] = shuffled.Candidates[j], shuffled.Candidates[i]
		})
		if got := placement.PlanMoves(w, a, shuffled); !reflect.DeepEqual(got, want) {
			t.Fatalf("planned %+v\nand once %+v", got, want)
		}
	})
}
