package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// makePlanned returns an entry of a plan for the probe; more change it.
func makePlanned(more ...func(*planned)) planned {
	e := planned{Namespace: probe.namespace, Mode: "enforce"}
	e.Workload.Name = probe.name
	for _, change := range more {
		change(&e)
	}
	return e
}

// makePlan is a plan of these entries.
func makePlan(entries ...planned) *plan { return planAnswer{Items: entries}.plan() }

func planning(pods ...string) func(*planned) {
	return func(e *planned) {
		for _, pod := range pods {
			e.Moves = append(e.Moves, struct {
				Pod string `json:"pod"`
			}{pod})
		}
	}
}

func blockedBy(guard, reason string) func(*planned) {
	return func(e *planned) { e.Blocked.Guard, e.Blocked.Reason = guard, reason }
}

func underWay(pod, waitsFor string) func(*planned) {
	return func(e *planned) { e.UnderWay.Pod, e.UnderWay.WaitsFor = pod, waitsFor }
}

func inShadow(e *planned) { e.Mode = "shadow" }

func TestThePlanIsReadBesideTheList(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/apps":
			fmt.Fprint(w, `{"items":[{"namespace":"shop","app":"cart","workload":{"kind":"Deployment","name":"cart"},"verdict":"NodeFragile"}]}`)
		case "/api/v1/plan":
			fmt.Fprint(w, `{"mode":"enforce","suspended":"2 of 3 nodes are not ready","items":[{"namespace":"shop","app":"cart",
				"workload":{"kind":"Deployment","name":"cart"},"mode":"enforce","moves":[{"pod":"cart-b"}],"because":"",
				"blocked":{"guard":"budget","reason":"1 moves are under way","since":""},"underWay":{"pod":"cart-a","waitsFor":"it is settling"}}]}`)
		}
	}))
	defer server.Close()
	r := newReader(server.URL + "/api/v1/apps")
	r.plan = planPath(r.apps)
	p, err := r.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p.plan.suspended != "2 of 3 nodes are not ready" {
		t.Errorf("suspended as %q", p.plan.suspended)
	}
	e := p.plan.entries[probe]
	if e.moves() != 2 || e.next() != "cart-a" || e.Mode != "enforce" || e.UnderWay.WaitsFor != "it is settling" || e.Blocked.Guard != "budget" {
		t.Errorf("got %+v", e)
	}
	if p.plan.moves() != 2 {
		t.Errorf("%d moves in all, want 2", p.plan.moves())
	}
}

func TestWithoutRepairNoPlanIsAskedFor(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/apps" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		fmt.Fprint(w, `{"items":[]}`)
	}))
	defer server.Close()
	p, err := newReader(server.URL + "/api/v1/apps").read(t.Context())
	if err != nil || p.plan != nil {
		t.Errorf("got %+v, %v", p.plan, err)
	}
}

func TestAPlanIsSaidInAFewWords(t *testing.T) {
	fragile, settled := placement.NodeFragile, placement.Healthy
	for name, test := range map[string]struct {
		plan    *plan
		verdict placement.Verdict
		fixable bool
		want    string
	}{
		"nobody asked":                         {makePlan(), fragile, true, "not asked for"},
		"nobody asked, and nothing would help": {makePlan(), fragile, false, "-"},
		"all is well":                          {makePlan(makePlanned(underWay("cart-a", "it is settling"))), settled, false, "-"},
		"a move is under way": {
			makePlan(makePlanned(underWay("cart-a", "it is settling"))), placement.Settling, false, "moving: it is settling",
		},
		"a move was recorded": {
			makePlan(makePlanned(inShadow, underWay("cart-a", "it was recorded and not made"))), fragile, true, "would evict cart-a",
		},
		"one is next":       {makePlan(makePlanned(planning("cart-a"))), fragile, true, "planned: 1 move"},
		"several are to be": {makePlan(makePlanned(planning("cart-a", "cart-b"))), fragile, true, "planned: 2 moves"},
		"others come first": {
			makePlan(makePlanned(planning("cart-a"), blockedBy("budget", "1 moves are under way"))), fragile, true,
			"planned: 1 move (1 moves are under way)",
		},
		"a guard says no to each Pod": {
			makePlan(makePlanned(blockedBy("pdb-missing", "no PodDisruptionBudget covers it"))), fragile, true,
			"blocked: pdb-missing (no PodDisruptionBudget covers it)",
		},
		"it is given up, though there would be a move": {
			makePlan(makePlanned(planning("cart-a"), blockedBy("given-up", "3 moves were in vain"))), fragile, true,
			"blocked: given-up (3 moves were in vain)",
		},
		"nothing would help": {
			makePlan(makePlanned(func(e *planned) { e.Because = "one eligible node only" })), fragile, false,
			"left alone: one eligible node only",
		},
	} {
		t.Run(name, func(t *testing.T) {
			it := makeItem(probe.namespace, "cart", "Deployment", probe.name, test.verdict, func(i *item) { i.Fixable = test.fixable })
			if got := test.plan.says(it); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
