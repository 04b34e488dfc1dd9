package main

import (
	"slices"
	"testing"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/repair"
)

func TestABudgetIsOverThePodsThatItsSelectorPicks(t *testing.T) {
	budget := func(namespace, name string, selector *metav1.LabelSelector) *policyv1.PodDisruptionBudget {
		return &policyv1.PodDisruptionBudget{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: "uid", ResourceVersion: "7", Generation: 2},
			Spec:       policyv1.PodDisruptionBudgetSpec{Selector: selector},
			Status:     policyv1.PodDisruptionBudgetStatus{ObservedGeneration: 2, DisruptionsAllowed: 1},
		}
	}
	web := metav1.SetAsLabelSelector(map[string]string{"app": "web"})
	late := budget("shop", "late", web)
	late.Generation = 3
	in := func(values ...string) *metav1.LabelSelector {
		return &metav1.LabelSelector{
			MatchLabels:      map[string]string{"tier": "front"},
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpIn, Values: values}},
		}
	}
	store := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, b := range []*policyv1.PodDisruptionBudget{
		budget("shop", "web", web), late, budget("shop", "every", &metav1.LabelSelector{}), budget("shop", "none", nil),
		budget("shop", "either", in("web", "db")), budget("shop", "neither", in("cache")),
		budget("bank", "web", web),
	} {
		if err := store.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		labels map[string]string
		want   []string
	}{
		"its own, and one that picks every Pod":      {map[string]string{"app": "web", "tier": "front"}, []string{"either", "every", "late", "web"}},
		"another app's is over none but its own Pod": {map[string]string{"app": "db"}, []string{"every"}},
	} {
		t.Run(name, func(t *testing.T) {
			var names []string
			for _, b := range (budgets{store}).Over("shop", test.labels) {
				names = append(names, b.Name)
				want := repair.Budget{Name: b.Name, UID: "uid", Version: "7", Allowed: 1, Observed: b.Name != "late"}
				if b != want {
					t.Errorf("got %+v, want %+v", b, want)
				}
			}
			if slices.Sort(names); !slices.Equal(names, test.want) {
				t.Errorf("over it are %v, want %v", names, test.want)
			}
		})
	}
}
