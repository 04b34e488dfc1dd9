package placement_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestOrderOfTheInputNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t).workload()
		shuffled := w
		shuffled.Replicas = rapid.Permutation(w.Replicas).Draw(t, "replicas shuffled")
		shuffled.Terminating = rapid.Permutation(w.Terminating).Draw(t, "terminating shuffled")
		shuffled.Template.Spread = rapid.Permutation(w.Template.Spread).Draw(t, "constraints shuffled")
		if a, b := assess(t, w), assess(t, shuffled); !equal(a, b) {
			t.Fatalf("in one order  %+v,\nin another %+v", a, b)
		}
	})
}

func TestAssessLeavesItsInputAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t).workload()
		before := w
		before.Replicas = slices.Clone(w.Replicas)
		before.Terminating = slices.Clone(w.Terminating)
		before.Template.Spread = slices.Clone(w.Template.Spread)
		assess(t, w)
		if !equal(w, before) {
			t.Fatalf("was %+v,\nis %+v", before, w)
		}
	})
}

func TestAssessmentIsConsistentInItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t).workload()
		if err := consistent(w, assess(t, w)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFewerNodesAreNeverBetterForTheWorstNode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		w := d.settled()
		from := rapid.SampledFrom(d.nodes).Draw(t, "from")
		to := rapid.SampledFrom(d.nodes).Draw(t, "to")
		if from.Virtual || to.Virtual {
			t.Skip("a virtual node is no failure domain")
		}
		moved := w
		moved.Replicas = slices.Clone(w.Replicas)
		for i, r := range moved.Replicas {
			if r.Node == from.Node {
				moved.Replicas[i].Node, moved.Replicas[i].Zone = to.Node, to.Zone
			}
		}
		before, after := assess(t, w), assess(t, moved)
		if after.WorstNode.Share < before.WorstNode.Share {
			t.Fatalf("with all of %s moved to %s the worst node takes %v, before %v",
				from.Node, to.Node, after.WorstNode.Share, before.WorstNode.Share)
		}
	})
}

func TestAReplicaMoreOnAnotherNodeNeverMakesTheWorstNodeWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t).settled()
		more := w
		more.Replicas = append(slices.Clone(w.Replicas), ready("another", "4"))
		before, after := assess(t, w), assess(t, more)
		if before.WorstNode.Share > 0 && after.WorstNode.Share > before.WorstNode.Share {
			t.Fatalf("with one replica more the worst node takes %v, before %v", after.WorstNode.Share, before.WorstNode.Share)
		}
	})
}
