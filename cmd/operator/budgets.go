package main

import (
	"fmt"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/repair"
)

// budgets looks PodDisruptionBudgets up in the store.
type budgets struct{ store cache.Indexer }

func newBudgets(informer cache.SharedIndexInformer) (budgets, error) {
	err := informer.AddIndexers(cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	if err != nil {
		return budgets{}, fmt.Errorf("add an index to the informer of PodDisruptionBudgets: %w", err)
	}
	return budgets{informer.GetIndexer()}, nil
}

// watchBudgets has repair look again at what budgets block in a namespace where
// one comes, goes or changes what it allows.
func (c *core) watchBudgets() error {
	consider := func(object any) {
		if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = gone.Obj
		}
		if pdb, ok := object.(*policyv1.PodDisruptionBudget); ok {
			c.repairer.ConsiderBlockedByBudget(pdb.Namespace)
		}
	}
	_, err := c.factory.Budgets().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    consider,
		UpdateFunc: func(_, after any) { consider(after) },
		DeleteFunc: consider,
	})
	if err != nil {
		return fmt.Errorf("watch the PodDisruptionBudgets: %w", err)
	}
	return nil
}

// Over gives the budgets that are over a Pod.
func (b budgets) Over(namespace string, of map[string]string) []repair.Budget {
	objects, _ := b.store.ByIndex(cache.NamespaceIndex, namespace) // the index is there
	var over []repair.Budget
	for _, object := range objects {
		pdb := object.(*policyv1.PodDisruptionBudget)
		if !picks(pdb.Spec.Selector, of) {
			continue
		}
		over = append(over, repair.Budget{
			Name: pdb.Name, UID: string(pdb.UID), Version: pdb.ResourceVersion,
			Allowed:  int(pdb.Status.DisruptionsAllowed),
			Observed: pdb.Status.ObservedGeneration >= pdb.Generation,
		})
	}
	return over
}

// picks tells whether a selector picks a Pod with those labels. One that is not
// there picks none, an empty one every Pod, as policy/v1 has it. There may be
// hundreds in a namespace, and to parse one takes far longer than to see that a
// label is another.
func picks(s *metav1.LabelSelector, of labels.Set) bool {
	if s == nil {
		return false
	}
	for name, value := range s.MatchLabels {
		if has, ok := of[name]; !ok || has != value {
			return false
		}
	}
	if len(s.MatchExpressions) == 0 {
		return true
	}
	rest, err := metav1.LabelSelectorAsSelector(&metav1.LabelSelector{MatchExpressions: s.MatchExpressions})
	return err == nil && rest.Matches(of) // the API takes none that can not be read
}
