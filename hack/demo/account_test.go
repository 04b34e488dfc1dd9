package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// repairScene is the scene of the tests.
var repairScene = scene{nodes: 6, zones: 3, mode: placement.Enforce}

// makeAccount returns an account and what it says must not be.
func makeAccount() (*account, *[]string) {
	var failures []string
	return newAccount(repairScene, func(why string) { failures = append(failures, why) }), &failures
}

// makePod returns a ready Pod of a workload; more change it.
func makePod(k key, name, node string, more ...func(*v1.Pod)) *v1.Pod {
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: k.namespace, Name: name, UID: types.UID(name), Labels: map[string]string{workloadLabel: k.name},
		},
		Spec:   v1.PodSpec{NodeName: node},
		Status: v1.PodStatus{Conditions: []v1.PodCondition{{Type: v1.PodReady, Status: v1.ConditionTrue}}},
	}
	for _, change := range more {
		change(pod)
	}
	return pod
}

func unready(pod *v1.Pod) { pod.Status.Conditions = nil }

func deleted(pod *v1.Pod) { pod.DeletionTimestamp = &metav1.Time{Time: noon} }

func evicted(pod *v1.Pod) {
	deleted(pod)
	pod.Status.Conditions = append(pod.Status.Conditions, v1.PodCondition{
		Type: v1.DisruptionTarget, Status: v1.ConditionTrue, Reason: evictedByAPI,
	})
}

// mended has the account see a crowded app repaired, from where it is due.
func mended(a *account, k key, node, to string) {
	a.pod(makePod(k, "a", node, evicted), false)
	a.pod(makePod(k, "c", ""), false)
	a.pod(makePod(k, "a", node, evicted), true)
	a.pod(makePod(k, "c", to), false)
}

// crowd has the account see two Pods of a workload on one node.
func crowd(a *account, k key, node string) {
	a.pod(makePod(k, "a", node), false)
	a.pod(makePod(k, "b", node), false)
}

func TestAnEvictionIsNotedOnceWithWhatWasLostAndWhereTheSuccessorIs(t *testing.T) {
	a, failures := makeAccount()
	crowd(a, checkout, "node-1")
	a.owe(app{namespace: checkout.namespace, name: checkout.name})
	mended(a, checkout, "node-1", "node-5")
	made := a.evictionsOf(checkout)
	if len(made) != 1 || made[0].successor != "node-5" {
		t.Fatalf("got %+v", made)
	}
	if got, want := made[0].String(), "shop/checkout: Pod a evicted from node-1 (100% lost with it)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(*failures) > 0 || a.evictedSoFar() != 1 {
		t.Errorf("%d evicted, failures %q", a.evictedSoFar(), *failures)
	}
}

func TestWhatIsLostWithAZoneIsSaidWhereThatIsMore(t *testing.T) {
	a, _ := makeAccount()
	for i, node := range []string{"node-1", "node-1", "node-4", "node-4"} {
		a.pod(makePod(query, string(rune('a'+i)), node), false)
	}
	a.owe(app{namespace: query.namespace, name: query.name})
	a.pod(makePod(query, "d", "node-4", evicted), false)
	if got, want := a.evictionsOf(query)[0].String(), "search/query: Pod d evicted from node-4 (all lost with zone-a)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAPodThatARolloutDeletesIsNoEviction(t *testing.T) {
	a, failures := makeAccount()
	crowd(a, checkout, "node-1")
	a.pod(makePod(checkout, "c", "node-1"), false)
	a.pod(makePod(checkout, "a", "node-1", deleted), false)
	if a.evictedSoFar() != 0 || len(*failures) > 0 {
		t.Errorf("%d evicted, failures %q", a.evictedSoFar(), *failures)
	}
}

func TestWhatMustNotBeIsAFailure(t *testing.T) {
	theApp := app{namespace: checkout.namespace, name: checkout.name}
	for name, test := range map[string]struct {
		happens func(*account)
		want    string
	}{
		"an eviction of what needs no move": {
			func(a *account) { a.pod(makePod(checkout, "a", "node-1", evicted), false) },
			"shop/checkout: Pod a was evicted, and nothing was to be moved",
		},
		"an eviction of what has been repaired": {
			func(a *account) {
				a.owe(theApp)
				a.settle(checkout, time.Second)
				a.pod(makePod(checkout, "a", "node-1", evicted), false)
			},
			"shop/checkout: Pod a was evicted, and nothing was to be moved",
		},
		"more evictions than moves in the plan": {
			func(a *account) {
				a.owe(theApp)
				entry := planned{Namespace: checkout.namespace}
				entry.Workload.Name = checkout.name
				planning("a")(&entry)
				a.see(picture{plan: makePlan(entry)})
				mended(a, checkout, "node-1", "node-5")
				a.pod(makePod(checkout, "b", "node-1", evicted), false)
				a.pod(makePod(checkout, "d", "node-2"), false)
				a.settle(checkout, time.Second)
			},
			"shop/checkout: 2 Pods were evicted, and 1 moves were planned",
		},
		"fewer ready than its budget wants": {
			func(a *account) {
				a.pod(makePod(checkout, "a", "node-1", deleted), false)
				a.pod(makePod(checkout, "b", "node-1", unready), false)
				a.pod(makePod(checkout, "a", "node-1", deleted), true) // no second time
			},
			"shop/checkout fell below its PodDisruptionBudget: 0 of 2 ready",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, failures := makeAccount()
			crowd(a, checkout, "node-1")
			test.happens(a)
			if got := strings.Join(*failures, "\n"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestABudgetCountsFromWhenAnAppHasBeenWhole(t *testing.T) {
	a, failures := makeAccount()
	for _, name := range []string{"a", "b", "c", "d"} {
		a.pod(makePod(query, name, "", unready), false)
		a.pod(makePod(query, name, "node-1"), false)
	}
	if len(*failures) > 0 {
		t.Errorf("failures %q", *failures)
	}
}

func TestTheSummaryOfRepairsIsGoodWhenEachAppThatCanBeWasRepaired(t *testing.T) {
	a, _ := makeAccount()
	for i, of := range repairScene.mendable() {
		if _, good := a.summary(repairScene); good {
			t.Errorf("good without %s", of.key())
		}
		a.owe(of)
		a.settle(of.key(), time.Duration(i)*time.Second)
	}
	lines, good := a.summary(repairScene)
	want := []string{
		"repaired every app that can be repaired: shop/checkout search/query shop/catalog-jobs shop/cart payments/invoices",
		"5 repairs, for which 0 moves were planned; 0 Pods were evicted in all; the slowest repair took 4.0s (payments/invoices)",
		"no app ever fell below its PodDisruptionBudget",
	}
	if !good || !slices.Equal(lines, want) {
		t.Errorf("got %t %q, want %q", good, lines, want)
	}
}

func TestTheSummaryOfAShadowNamesWhatWasNotPlanned(t *testing.T) {
	shadow := repairScene
	shadow.mode = placement.Shadow
	a, _ := makeAccount()
	apps := shadow.mendable()
	for _, of := range apps[1:] {
		a.foreseen(of.key())
	}
	lines, good := a.summary(shadow)
	want := []string{
		"did not plan for every app that can be repaired, missing: shop/checkout",
		"4 plans were as expected; 0 Pods were evicted",
		"no app ever fell below its PodDisruptionBudget",
	}
	if good || !slices.Equal(lines, want) {
		t.Errorf("got %t %q, want %q", good, lines, want)
	}
}
