package fit_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/fit"
	"evenkeel.dev/evenkeel/pkg/podview"
)

func TestTheRoomIsWhatTheRequestsLeave(t *testing.T) {
	one := requesting("cpu", "1", "memory", "1Gi")
	asksNothing := func(*corev1.Pod) {}
	tests := map[string]struct {
		each  option
		nodes []fit.Node
		also  []*corev1.Pod
		// rooms are those of all nodes that take web-0's successor, whose Pod is on
		// the first.
		rooms []string
	}{
		"by CPU": {
			one, []fit.Node{node("a", ""), node("b", "", offering("cpu", "2900m"))}, nil, []string{"a:99", "b:2"},
		},
		"by memory": {
			one, []fit.Node{node("a", ""), node("b", "", offering("memory", "3Gi"))}, nil, []string{"a:99", "b:3"},
		},
		"by ephemeral storage": {
			requesting("ephemeral-storage", "1Gi"), []fit.Node{node("a", ""), node("b", "", offering("ephemeral-storage", "5Gi"))}, nil, []string{"a:99", "b:5"},
		},
		"by devices, which most nodes do not have": {
			requesting("example.com/gpu", "2"), []fit.Node{node("a", "", offering("example.com/gpu", "2")), node("b", "", offering("example.com/gpu", "5")), node("c", "")},
			[]*corev1.Pod{pod("other", "b", of("db"), requesting("example.com/gpu", "1", "example.com/nic", "7"))},
			[]string{"a:0", "b:2"},
		},
		"by Pod slots, and nothing else where nothing is asked": {
			asksNothing, []fit.Node{node("a", "", offering("cpu", "0", "memory", "0")), node("b", "", offering("pods", "3"))},
			[]*corev1.Pod{pod("other", "b", of("db"), one)}, []string{"a:99", "b:2"},
		},
		"what is not asked for may be overdrawn": {
			requesting("cpu", "1"), []fit.Node{node("a", ""), node("b", "", offering("memory", "1"))},
			[]*corev1.Pod{pod("other", "b", of("db"), one)}, []string{"a:99", "b:99"},
		},
		"what is overdrawn is no room": {
			one, []fit.Node{node("a", ""), node("b", "", offering("cpu", "1"))},
			[]*corev1.Pod{pod("other", "b", of("db"), requesting("cpu", "50"))}, []string{"a:99"},
		},
		"one that leaves still has its room": {
			one, []fit.Node{node("a", ""), node("b", "", offering("cpu", "2"))},
			[]*corev1.Pod{pod("other", "b", of("db"), one, leaving)}, []string{"a:99", "b:1"},
		},
		"a full node admits nobody but whose room it will be": {
			one, []fit.Node{node("a", "", offering("cpu", "1")), node("b", "", offering("cpu", "999m"))}, nil, []string{"a:0"},
		},
		"a node that tells of no slots has none": {
			one, []fit.Node{node("a", ""), node("b", "", func(n *fit.Node) { delete(n.Allocatable, corev1.ResourcePods) })}, nil, []string{"a:99"},
		},
		"one that is not admitted is no spot": {
			one, []fit.Node{node("a", "", closed), node("b", "")}, nil, []string{"b:100"},
		},
		"one that holds a host port is enough": {
			holding("", 80), []fit.Node{node("a", ""), node("b", ""), node("c", "")},
			[]*corev1.Pod{pod("other", "b", of("db"), holding("10.0.0.1", 80)), pod("more", "c", of("db"), holding("", 81))},
			[]string{"a:0", "c:1"},
		},
		"what is promised is taken": {
			one, []fit.Node{node("a", ""), node("b", "", offering("cpu", "5"), promised(fit.Reserved{}.Plus(&podview.Demand{CPU: 2000}).Plus(nil)))},
			nil, []string{"a:99", "b:3"},
		},
		"slots and devices that are promised too": {
			requesting("example.com/gpu", "1"), []fit.Node{
				node("a", "", offering("example.com/gpu", "9")),
				node("b", "", offering("example.com/gpu", "9"), promised(gpus(3).Plus(&podview.Demand{Extended: []podview.Amount{{Resource: "example.com/gpu", Units: 4}}}))),
				node("c", "", offering("example.com/gpu", "9", "pods", "3"), promised(fit.Reserved{Pods: 2})),
			}, nil, []string{"a:8", "b:2", "c:1"},
		},
		"a promised port is held": {
			holding("", 80), []fit.Node{node("a", "", promised(port80())), node("b", "", promised(port80())), node("c", "")}, nil, []string{"c:1"},
		},
		"of those that stay apart one": {
			apart(term(host, selecting("app", "web"))), []fit.Node{node("a", ""), node("b", "")}, nil, []string{"a:1", "b:1"},
		},
		"of those that stay apart from others as many as fit": {
			apart(term(host, selecting("app", "db"))), []fit.Node{node("a", ""), node("b", "")}, nil, []string{"a:99", "b:100"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scene := ask(test.nodes, append([]*corev1.Pod{pod("web-0", "a", test.each)}, test.also...)...).fit.Scene()
			if got := rooms(scene); !slices.Equal(got, test.rooms) {
				t.Errorf("got %v, want %v", got, test.rooms)
			}
		})
	}
}

func gpus(n int64) fit.Reserved {
	return fit.Reserved{}.Plus(&podview.Demand{Extended: []podview.Amount{{Resource: "example.com/gpu", Units: n}}})
}

func port80() fit.Reserved {
	return fit.Reserved{}.Plus(&podview.Demand{Ports: []podview.HostPort{{IP: "0.0.0.0", Protocol: "TCP", Port: 80}}})
}

func TestAPromiseDoesNotChangeThoseBeforeIt(t *testing.T) {
	one := gpus(1)
	two, other := one.Plus(&podview.Demand{Extended: []podview.Amount{{Resource: "a", Units: 1}}}), one.Plus(&podview.Demand{Extended: []podview.Amount{{Resource: "b", Units: 1}}})
	if one.Pods != 1 || len(one.Extended) != 1 || two.Extended[1].Resource != "a" || other.Extended[1].Resource != "b" {
		t.Errorf("%+v, %+v, %+v", one, two, other)
	}
}

func TestASceneTellsOfItsCandidates(t *testing.T) {
	priced := func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.PodDeletionCost: "-7"} }
	scene := ask([]fit.Node{node("a", "1"), node("b", "")}, pod("web-0", "a", priced), pod("web-1", "b")).fit.Scene()
	if len(scene.Candidates) != 2 {
		t.Fatalf("candidates %+v", scene.Candidates)
	}
	c := scene.Candidates[0]
	if c.UID != "uid of web-0" || c.Name != "web-0" || c.Node != "a" || c.Zone != "1" || c.DeletionCost != -7 || !c.Created.Equal(noon()) || c.Barred != "" {
		t.Errorf("got %+v", c)
	}
	if scene.Spots[0].Zone != "1" || scene.Spots[1].Zone != "" {
		t.Errorf("spots %+v", scene.Spots)
	}
}

func TestAPodThatHasChangedSinceFreesWhatItHasNow(t *testing.T) {
	q := ask([]fit.Node{node("a", "", offering("cpu", "2"))}, pod("web-0", "a", requesting("cpu", "2")))
	q.fit.Candidates[0] = q.by.Pod(pod("web-0", "a", requesting("cpu", "1")))
	if got := admits(t, q.fit.Scene(), "web-0"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("it admits %v", got)
	}
	q.fit.Nodes[0].Pods = nil
	if got := admits(t, q.fit.Scene(), "web-0"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("where it has gone meanwhile, it admits %v", got)
	}
}

func TestEachFreesWhatItHasAndNothingOfAnother(t *testing.T) {
	gpu := requesting("example.com/gpu", "1")
	scene := ask([]fit.Node{node("a", "", offering("example.com/gpu", "1"))}, pod("web-0", "a", gpu), pod("web-1", "a", gpu)).fit.Scene()
	for _, name := range []string{"web-0", "web-1"} {
		if got := admits(t, scene, name); got != nil {
			t.Errorf("on a node that is overdrawn by more, %s is admitted by %v", name, got)
		}
	}
}

func TestWhatIsNotKnownAdmitsNobody(t *testing.T) {
	claiming := func(p *corev1.Pod) { p.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "gpu"}} }
	scene := ask([]fit.Node{node("a", ""), node("b", "")}, pod("web-0", "a", claiming)).fit.Scene()
	if len(scene.Spots) != 0 || len(scene.Candidates) != 1 || scene.Candidates[0].Admits.Len() != 0 {
		t.Errorf("got %+v", scene)
	}
}
