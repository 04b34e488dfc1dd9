package repair

import (
	"slices"
	"strings"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// refusals are cases to which one guard alone says no.
func refusals() map[string]struct {
	guard string
	spoil func(*Case)
	says  string
} {
	other := named("other")
	underWay := func(m Made, id placement.WorkloadID) func(*Case) {
		return func(c *Case) { c.Ledger.begin(id, m, nil, nil) }
	}
	return map[string]struct {
		guard string
		spoil func(*Case)
		says  string
	}{
		"a workload that is observed is left alone":         {"mode", func(c *Case) { c.Look.Mode = placement.Observe }, "its mode is observe"},
		"nothing is done by one that may not lead":          {"not-leader", func(c *Case) { c.Leads = false }, "another replica of the operator may lead"},
		"what is being deleted is left alone":               {"terminating-namespace", func(c *Case) { c.Look.Terminating = true }, "its namespace is being deleted"},
		"with more than a tenth of the nodes not ready":     {"cluster-unwell", func(c *Case) { c.Look.Health = Health{Nodes: 19, NotReady: 2} }, "2 of 19 nodes are not ready"},
		"with a whole zone not ready":                       {"cluster-unwell", func(c *Case) { c.Look.Health = Health{Nodes: 90, NotReady: 1, DeadZones: []string{"1"}} }, "no node is ready in zone 1"},
		"when nothing was heard of the server for too long": {"stale-view", func(c *Case) { c.Look.Stale = 3*time.Minute + 1 }, "nothing was heard of the API server for more than 3m0s"},
		"while it settles":                                  {"settling", func(c *Case) { c.Look.Assessment.Verdict = placement.Settling }, "it is settling"},
		"the only replica stays":                            {"single-replica", func(c *Case) { c.Look.Assessment.Replicas = 1 }, "it has one replica"},
		"the only ready replica stays": {"single-replica", func(c *Case) {
			c.Look.Assessment.Ready, c.Live.Owner.Wanted = 1, 1
			c.Look.Pods, c.Live.Replicas = c.Look.Pods[:1], c.Live.Replicas[:1]
		}, "1 of its 2 replicas are ready"},
		"what was given up on stays so": {"given-up", func(c *Case) {
			c.Record.GivenUp = &GivenUp{Reason: "3 moves were in vain"}
		}, "3 moves were in vain; it is left alone until its nodes, its template or its policy change"},
		"one owner has one move under way": {"owner-busy", func(c *Case) {
			underWay(Made{UID: "x", Owner: "owner", At: noon().Add(-time.Hour)}, other)(c)
		}, "a move of its owner's is under way, for shop/other/Deployment/other"},
		"soon after its last move": {"cool-down", func(c *Case) {
			c.Record.Move = new(made("x", time.Minute-time.Second))
			c.Record.Move.Result = Better
		}, "its last move was less than 1m0s ago"},
		"longer after one that was inconclusive": {"cool-down", func(c *Case) {
			c.Record.Move, c.Record.Inconclusive = new(made("x", 3*time.Minute)), 2
			c.Record.Move.Result = Inconclusive
		}, "its last move was less than 4m0s ago"},

		"a Pod whose eviction was asked for": {"evicted-already", func(c *Case) {
			c.Ledger.begin(other, Made{UID: c.Victim.UID, At: noon().Add(-time.Hour)}, nil, nil)
		}, "its eviction has been asked for, and it is not seen gone yet"},
		"a system-critical Pod":  {"system-critical", func(c *Case) { c.Pod.Critical = true }, "its priority is system-critical"},
		"a Pod that opted out":   {"opt-out", func(c *Case) { c.Pod.OptOut = "karpenter.sh/do-not-disrupt" }, "its annotation karpenter.sh/do-not-disrupt asks to leave it where it is"},
		"a Pod without a budget": {"pdb-missing", func(c *Case) { c.Budgets = nil }, "no PodDisruptionBudget covers it"},
		"a Pod with two budgets": {"pdb-two", func(c *Case) {
			c.Budgets = append(c.Budgets, Budget{Name: "two", UID: "2", Allowed: 1, Observed: true})
		}, "more than one PodDisruptionBudget covers it, which the eviction API refuses: web, two"},
		"a budget that allows none":    {"pdb-exhausted", func(c *Case) { c.Budgets[0].Allowed = 0 }, "PodDisruptionBudget web allows no disruption now"},
		"a budget not taken in":        {"pdb-exhausted", func(c *Case) { c.Budgets[0].Observed = false }, "PodDisruptionBudget web has not been taken in by its controller yet"},
		"a budget used by another app": {"pdb-exhausted", func(c *Case) { underWay(Made{UID: "x", Budget: "pdb", At: noon().Add(-time.Hour)}, other)(c) }, "PodDisruptionBudget web allows 1 disruptions, which are taken"},
		"a Pod on a cordoned node":     {"node-leaving", func(c *Case) { c.Look.Leaving = map[string]string{"a": "is cordoned"} }, "its node a is cordoned"},
		"a Pod whose only destination goes": {"node-leaving", func(c *Case) {
			c.Look.Leaving = map[string]string{"b": "is being deleted"}
		}, "every other node that would take it is about to go: b is being deleted"},
		"a Pod that would come where the last came in vain": {"backing-off", func(c *Case) {
			c.Record.BackOffUntil, c.Record.Destinations = noon().Add(time.Minute), []string{"b"}
		}, "its last move was in vain: the replacement came to b, which would take the next one too"},
		"a Pod of which none knows where the last came": {"backing-off", func(c *Case) { c.Record.BackOffUntil = noon().Add(1) }, "its last move was in vain"},

		"a second move that may return": {"may-return", func(c *Case) {
			c.Record.Move = new(made("x", 9*time.Minute))
			c.Record.Move.Result, c.Record.Move.MayReturn = Inconclusive, true
		}, "the scheduler may choose the crowded domain again, and the last such move did not help"},
		"too many moves within a minute": {"budget", func(c *Case) {
			c.Limits.PerMinute = 1
			underWay(Made{UID: "x", At: noon().Add(-59 * time.Second)}, other)(c)
			c.Ledger.end(other, false)
		}, "1 moves began within the last minute"},
		"too many moves at once": {"budget", func(c *Case) { c.Limits.AtOnce = 1; underWay(Made{UID: "x", At: noon().Add(-time.Hour)}, other)(c) }, "1 moves are under way"},
		"too many in its namespace": {"budget", func(c *Case) {
			c.Limits.InNamespace = 1
			underWay(Made{UID: "x", At: noon().Add(-time.Hour)}, other)(c)
		}, "1 moves are under way in its namespace"},
		"too many off its node": {"budget", func(c *Case) {
			c.Limits.OffNode = 1
			underWay(Made{UID: "x", Node: "a", At: noon().Add(-time.Hour)}, other)(c)
		}, "1 moves off node a are under way"},
		"the last of the budget is another": {"budget", func(c *Case) { c.Ahead = DefaultLimits().AtOnce }, "0 moves are under way, and 5 workloads that are worse wait too"},

		"fewer are ready than wanted": {"scale", func(c *Case) { c.Live.Owner.Wanted = 3 }, "2 of the 3 replicas that it should have are ready"},
		"fewer are ready on ready nodes": {"scale", func(c *Case) {
			c.Live.Owner.Wanted, c.Look.Assessment.Ready, c.Look.Assessment.Replicas = 3, 2, 3
			c.Look.Pods = append(c.Look.Pods, Pod{UID: "x", Node: "c", Ready: true})
			c.Live.Replicas = append(c.Live.Replicas, Replica{UID: "x", Node: "c", Ready: true})
		}, "2 of the 3 replicas that it should have are ready on ready nodes"},
		"more are there than wanted":           {"scale", func(c *Case) { c.Live.Owner.Wanted = 1 }, "it is about to shrink from 2 to 1 replicas"},
		"nobody knows how many are wanted":     {"scale", func(c *Case) { c.Live.Owner.Unreadable = "forbidden" }, "how many replicas it should have can not be read: forbidden"},
		"its owner rolls out":                  {"rollout", func(c *Case) { c.Live.Owner.Rollout = "it is paused" }, "its owner is changing it: it is paused"},
		"the server knows another Pod instead": {"view-differs", func(c *Case) { c.Live.Replicas[0].UID = "new" }, "the server knows no replica web-0 of that UID any more"},
		"the server knows one more": {"view-differs", func(c *Case) {
			c.Live.Replicas = append(c.Live.Replicas, Replica{UID: "new", Node: "b", Ready: true})
			c.Live.Owner.Wanted, c.Look.Assessment.Ready = 3, 3
		}, "the server knows 3 replicas, the view 2"},
		"the server has it on another node": {"view-differs", func(c *Case) { c.Live.Replicas[1].Node = "b" }, `web-1 is on node "b" by the server, on "a" by the view`},
		"the server knows it to be ready":   {"view-differs", func(c *Case) { c.Look.Pods[1].Ready = false }, "that web-1 is ready is true by the server, false by the view"},
	}
}

// refusal is the first guard of all that says no to a case.
func refusal(gs checks, c Case) (string, No) {
	for _, stage := range []Stage{OfWorkload, OfPod, OfMove, OfServer} {
		if g, n := gs.first(stage, c); n.Reason != "" {
			return g.Name, n
		}
	}
	return "", No{}
}

func TestEachGuardIsNeeded(t *testing.T) {
	asked := make(map[string]bool)
	if name, n := refusal(checksWithout(without(t)...), harmless()); name != "" {
		t.Fatalf("%s says no to a harmless case: %s", name, n.Reason)
	}
	for name, test := range refusals() {
		asked[test.guard] = true
		t.Run(name, func(t *testing.T) {
			c := harmless()
			test.spoil(&c)
			guard, n := refusal(checksWithout(without(t)...), c)
			if guard != test.guard || n.Reason != test.says {
				t.Errorf("%s says %q\nwant %s to say %q", guard, n.Reason, test.guard, test.says)
			}
			c = harmless()
			test.spoil(&c)
			if guard, n := refusal(checksWithout(test.guard), c); guard != "" {
				t.Errorf("without %s, %s says %q: it is not needed here", test.guard, guard, n.Reason)
			}
		})
	}
	for _, g := range Guards() {
		if !asked[g.Name] {
			t.Errorf("no case is refused by %s", g.Name)
		}
	}
}

func TestGuardsLetPassWhatIsJustAllowed(t *testing.T) {
	tests := map[string]func(*Case){
		"shadow goes the whole way":                     func(c *Case) { c.Look.Mode = placement.Shadow },
		"a tenth of the nodes may be not ready":         func(c *Case) { c.Look.Health = Health{Nodes: 20, NotReady: 2} },
		"three minutes without a word are not too long": func(c *Case) { c.Look.Stale = 3 * time.Minute },
		"the cool-down is over":                         func(c *Case) { c.Record.Move = new(made("x", time.Minute)) },
		"a move that proved better may be followed": func(c *Case) {
			c.Record.Move = new(made("x", 2*time.Minute))
			c.Record.Move.MayReturn = true
			c.Record.Move.Result = Better
		},
		"without a budget where that is allowed": func(c *Case) { c.Budgets, c.Limits.WithoutBudget = nil, true },
		"one destination of several may go": func(c *Case) {
			c.Look = onNodes([]string{"a", "a"}, "b", "c")
			c.Victim = c.Look.Scene.Candidates[0]
			c.Look.Leaving = map[string]string{"b": "is cordoned"}
		},
		"one replica on a leaving node, the other not":  func(c *Case) { c.Look.Leaving = map[string]string{"z": "is cordoned"} },
		"the back-off is over":                          func(c *Case) { c.Record.BackOffUntil, c.Record.Destinations = noon(), []string{"b"} },
		"the last destination would not take it":        func(c *Case) { c.Record.BackOffUntil, c.Record.Destinations = noon().Add(time.Hour), []string{"z"} },
		"what was evicted and is gone frees the budget": func(c *Case) { usedAndGone(c, "0") },
		"another owner's move": func(c *Case) {
			c.Ledger.begin(named("other"), Made{UID: "x", Owner: "another", At: noon().Add(-time.Hour)}, nil, nil)
		},
		"as many moves as are allowed, less this one": func(c *Case) { c.Limits.AtOnce, c.Ahead = 2, 1 },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			c := harmless()
			spoil(&c)
			if guard, n := refusal(checksWithout(), c); guard != "" {
				t.Errorf("%s says %q", guard, n.Reason)
			}
		})
	}
}

// usedAndGone has another app use the budget when it was of an older version.
func usedAndGone(c *Case, version string) {
	other := named("other")
	c.Ledger.begin(other, Made{UID: "x", Budget: "pdb", At: noon().Add(-time.Hour)}, nil, []Budget{{UID: "pdb", Version: version}})
	c.Ledger.seen(other, Look{})
}

func TestAnAllowanceIsTakenUntilTheCachedBudgetHasChangedToo(t *testing.T) {
	c := harmless()
	usedAndGone(&c, c.Budgets[0].Version)
	if guard, _ := refusal(checksWithout(), c); guard != "pdb-exhausted" {
		t.Errorf("%q says no; the budget is the very one that was used", guard)
	}
}

func TestGuardsAreNamedOnceAndEachBlockHasAName(t *testing.T) {
	names := BlockNames()
	for i, name := range names {
		if slices.Contains(names[:i], name) || strings.ToLower(name) != name || strings.Contains(name, " ") {
			t.Errorf("%q is there twice, or no label value", name)
		}
	}
	for _, g := range Guards() {
		if !slices.Contains(names, g.Name) {
			t.Errorf("%s is not among %v", g.Name, names)
		}
	}
	if !slices.IsSortedFunc(Guards(), func(a, b Guard) int { return int(a.Stage - b.Stage) }) {
		t.Error("the guards are not in the order in which they are asked")
	}
}
