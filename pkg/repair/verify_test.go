package repair

import (
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestAMoveIsJudgedByWhatTheCachesShowAfterwards(t *testing.T) {
	// settled is a look so long after the move that it has settled.
	settled := func(nodes ...string) Look { return onNodes(nodes, "a", "b", "c") }
	uneven := func(m *Made) { m.Verdict, m.Nodes, m.Wanted = placement.Uneven, Standing{Share: .75, Domains: 1}, 4 }
	tests := map[string]struct {
		move func(*Made)
		look Look
		set  func(*Look)
		want Result
	}{
		"the replicas are apart": {look: settled("a", "b"), want: Better},
		"they are on one node still, the new one too": {
			look: settled("a", "a"), want: Same,
		},
		"both are on another node": {look: settled("b", "b"), want: Same},
		"the first of three moves": {
			move: func(m *Made) { m.Wanted = 5 }, look: settled("a", "a", "a", "a", "b"), want: Better,
		},
		"the second of three":                 {move: uneven, look: settled("a", "a", "b", "c"), want: Better},
		"the worst node is another now":       {move: uneven, look: settled("b", "b", "b", "a"), want: Same},
		"of two crowded nodes one is less so": {move: func(m *Made) { uneven(m); m.Nodes = Standing{Share: .5, Domains: 2}; m.Wanted = 4 }, look: policy(settled("a", "a", "b", "c"), 25, 100), want: Better},
		"more are on the worst node":          {move: func(m *Made) { uneven(m); m.Nodes = Standing{Share: .4, Domains: 2}; m.Wanted = 5 }, look: policy(settled("a", "a", "a", "b", "b"), 20, 100), want: Worse},
		"it turned worse": {
			move: func(m *Made) { uneven(m); m.Wanted = 2 }, look: settled("a", "a"), want: Worse,
		},
		"the victim is there": {look: settled("a", "a"), move: func(m *Made) { m.UID = "0" }, want: UnderWay},
		"the victim is there and the answer never came, a minute later": {
			look: settled("a", "a"), move: func(m *Made) { m.UID, m.Sure, m.At = "0", false, noon().Add(-time.Minute) }, want: UnderWay,
		},
		"the victim is there and the answer never came, long after": {
			look: settled("a", "a"), move: func(m *Made) { m.UID, m.Sure = "0", false }, want: Inconclusive,
		},
		"it settles": {look: settled("a", "b"), set: func(l *Look) { l.Assessment.Verdict = placement.Settling }, want: UnderWay},
		"the successor is not ready": {
			look: settled("a", "b"), set: func(l *Look) { l.Assessment.Ready = 1 }, want: UnderWay,
		},
		"the view is stale": {look: settled("a", "b"), set: func(l *Look) { l.Stale = time.Hour }, want: UnderWay},
		"it takes longer than settle-max": {
			look: settled("a", "b"), move: func(m *Made) { m.At = noon().Add(-10 * time.Minute) }, want: Inconclusive,
		},
		"the template has changed": {look: settled("a", "b"), set: func(l *Look) { l.Template = "two" }, want: Inconclusive},
		"the template has changed, and the victim is there": {
			look: settled("a", "a"), move: func(m *Made) { m.UID = "0" }, set: func(l *Look) { l.Template = "two" }, want: UnderWay,
		},
		"there are more by now":  {look: settled("a", "b", "c"), want: Inconclusive},
		"there are fewer by now": {look: settled("b"), want: UnderWay},
		"it was recorded only": {
			look: settled("a", "a"), move: func(m *Made) { m.Shadow = true }, want: Inconclusive,
		},
		"it was recorded just now": {
			look: settled("a", "a"), move: func(m *Made) { m.Shadow, m.At = true, noon().Add(-10*time.Second) }, want: UnderWay,
		},
		"for a zone it left that": {
			move: func(m *Made) {
				m.Verdict, m.Zones, m.Nodes = placement.ZoneFragile, Standing{Share: 1, Domains: 1}, Standing{Share: .5, Domains: 2}
			},
			look: inZones(settled("a", "b"), "1", "2"), want: Better,
		},
		"for a zone it came back to that": {
			move: func(m *Made) {
				m.Verdict, m.Zones, m.Nodes = placement.ZoneFragile, Standing{Share: 1, Domains: 1}, Standing{Share: .5, Domains: 2}
			},
			look: inZones(settled("a", "b"), "1", "1"), want: Same,
		},
		"a node is less crowded and its zone more, as the policy allows": {
			move: func(m *Made) { uneven(m); m.Zones = Standing{Share: .5, Domains: 2} },
			look: policy(inZones(settled("a", "a", "b", "c"), "1", "1", "1", "2"), 34, 100), want: Better,
		},
		"a node is less crowded and its zone more than the policy allows": {
			move: func(m *Made) { uneven(m); m.Zones = Standing{Share: .5, Domains: 2} },
			look: policy(inZones(settled("a", "a", "b", "c"), "1", "1", "1", "2"), 34, 50), want: Worse,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := made("gone", 3*time.Minute)
			if test.move != nil {
				test.move(&m)
			}
			if test.set != nil {
				test.set(&test.look)
			}
			stale := test.look.Stale > 0
			if got, why := verify(m, test.look, stale); got != test.want || why == "" {
				t.Errorf("%s (%s), want %s; the verdict is %s", got, why, test.want, test.look.Assessment.Verdict)
			}
		})
	}
}

// policy judges a look by other limits, in percent.
func policy(l Look, node, zone float64) Look {
	l.Workload.Policy.MaxNodeLoss, l.Workload.Policy.MaxZoneLoss = node/100, zone/100
	return judged(l)
}

// inZones gives each replica's node a zone, and each zone an eligible node.
func inZones(l Look, zones ...string) Look {
	l.Workload.Eligible = placement.Eligible{ByZone: map[string]int{"1": 2, "2": 2}}
	for i, zone := range zones {
		l.Workload.Replicas[i].Zone = zone
	}
	return judged(l)
}

func TestAnotherNumberOfWantedReplicasMakesAMoveInconclusive(t *testing.T) {
	m := made("gone", time.Minute)
	if got, why := unchanged(m, Better, "so it is", Owner{Wanted: 3}); got != Inconclusive || why != "3 replicas are wanted by now, before 2" {
		t.Errorf("%s: %s", got, why)
	}
	if got, why := unchanged(m, Better, "so it is", Owner{Wanted: 2}); got != Better || why != "so it is" {
		t.Errorf("%s: %s", got, why)
	}
}

func TestTheDestinationIsWhereSomethingCameAfterTheMove(t *testing.T) {
	l := onNodes([]string{"a", "b", "c"})
	m := made("gone", time.Minute)
	m.At = m.At.Add(900 * time.Millisecond) // Pods tell whole seconds
	l.Pods[1].Created = m.At.Truncate(time.Second)
	l.Pods[2].Created = m.At.Add(-time.Second)
	if got := successors(m, l); len(got) != 1 || got[0] != "b" {
		t.Errorf("the successors are on %v, want b", got)
	}
}
