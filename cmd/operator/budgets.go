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

// watchBudgets has repair look again at the workloads of a namespace where a
// budget comes, goes or changes what it allows.
func (c *core) watchBudgets() error {
	consider := func(object any) {
		if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = gone.Obj
		}
		if pdb, ok := object.(*policyv1.PodDisruptionBudget); ok {
			c.repairer.ConsiderIn(pdb.Namespace)
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

// Over gives the budgets that are over a Pod. A selector that is not there picks
// no Pod, an empty one every Pod, as policy/v1 has it.
func (b budgets) Over(namespace string, of map[string]string) []repair.Budget {
	objects, _ := b.store.ByIndex(cache.NamespaceIndex, namespace) // the index is there
	var over []repair.Budget
	for _, object := range objects {
		pdb := object.(*policyv1.PodDisruptionBudget)
		selector, err := metav1.LabelSelectorAsSelector(pdb.Spec.Selector)
		if err != nil || !selector.Matches(labels.Set(of)) {
			continue // the API takes none that can not be read
		}
		over = append(over, repair.Budget{
			Name: pdb.Name, UID: string(pdb.UID), Version: pdb.ResourceVersion,
			Allowed:  int(pdb.Status.DisruptionsAllowed),
			Observed: pdb.Status.ObservedGeneration >= pdb.Generation,
		})
	}
	return over
}
