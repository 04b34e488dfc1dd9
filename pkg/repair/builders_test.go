package repair

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// without are the guards that are to be left out of every test, by a variable that
// holds one name, or several with commas between. A script that runs the tests
// for each of Guards wants at least one to fail each time.
func without(t *testing.T) []string {
	t.Helper()
	value := os.Getenv("EVENKEEL_TEST_WITHOUT_GUARD")
	if value == "" {
		return nil
	}
	names := strings.Split(value, ",")
	for _, name := range names {
		if !slices.ContainsFunc(Guards(), func(g Guard) bool { return g.Name == name }) {
			t.Fatalf("there is no guard %q", name)
		}
	}
	return names
}

func noon() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

var web = placement.WorkloadID{AppKey: placement.AppKey{Namespace: "shop", App: "web"}, Kind: "Deployment", Name: "web"}

// named is a workload of that name beside web.
func named(name string) placement.WorkloadID {
	id := web
	id.App, id.Name = name, name
	return id
}

// onNodes is a look at a workload with one ready replica on each of the nodes
// named, all of which could take more, as could those that are free.
func onNodes(nodes []string, free ...string) Look {
	l := Look{
		Workload: placement.Workload{ID: web, Now: noon(), Policy: placement.DefaultPolicy(), Eligible: placement.Eligible{ByZone: map[string]int{}}},
		Mode:     placement.Enforce, Owner: metav1.OwnerReference{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-1", UID: "owner"},
		Template: "one", Nodes: "some", Health: Health{Nodes: 5},
	}
	seen := make(map[string]bool)
	spot := func(node string) {
		if !seen[node] {
			seen[node] = true
			l.Scene.Spots = append(l.Scene.Spots, placement.Spot{Node: node, Room: 9})
			l.Workload.Eligible.Zoneless++
		}
	}
	long := noon().Add(-time.Hour)
	for i, node := range nodes {
		spot(node)
		uid := string(rune('0' + i))
		l.Workload.Replicas = append(l.Workload.Replicas, placement.Replica{Node: node, Ready: true, Revision: "one", Created: long, Placed: long, Changed: long})
		l.Pods = append(l.Pods, Pod{UID: uid, Name: "web-" + uid, Node: node, Owner: "owner", Ready: true, Created: long})
		l.Scene.Candidates = append(l.Scene.Candidates, placement.Candidate{UID: uid, Name: "web-" + uid, Node: node, Created: long})
	}
	for _, node := range free {
		spot(node)
	}
	for i := range l.Scene.Candidates {
		for n := range l.Scene.Spots {
			l.Scene.Candidates[i].Admits.Add(n)
		}
	}
	return judged(l)
}

// judged assesses a look anew.
func judged(l Look) Look {
	l.Assessment, _ = placement.Assess(l.Workload)
	return l
}

// live is the server that agrees with a look.
func live(l Look) Live {
	s := Live{Owner: Owner{Wanted: len(l.Pods)}}
	for _, p := range l.Pods {
		s.Replicas = append(s.Replicas, Replica{UID: p.UID, Node: p.Node, Ready: p.Ready})
	}
	return s
}

// harmless is a case to which every guard says yes: the eviction of one of two
// replicas on one node.
func harmless() Case {
	l := onNodes([]string{"a", "a"}, "b")
	c := Case{
		Now: noon(), Look: l, Limits: DefaultLimits(), Ledger: NewLedger(), Leads: true,
		Victim: l.Scene.Candidates[0], Pod: l.Pods[0], Live: live(l),
		Budgets: []Budget{{Name: "web", UID: "pdb", Version: "1", Allowed: 1, Observed: true}},
	}
	c.Move = placement.PlanMoves(l.Workload, l.Assessment, l.Scene).Moves[0]
	return c
}

// made is a move of that replica, so long ago.
func made(id string, ago time.Duration) Made {
	return Made{
		UID: id, Name: "web-" + id, Node: "a", At: noon().Add(-ago), Verdict: placement.NodeFragile,
		Nodes: Standing{Name: "a", Share: 1, Domains: 1}, Wanted: 2, Template: "one", Sure: true, Result: UnderWay,
	}
}
