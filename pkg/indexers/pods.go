// Package indexers holds the store's index functions and the typed look-ups
// over them. It is the only place where an index's name stands.
package indexers

import (
	"fmt"
	"iter"
	"strings"

	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
)

const (
	byNode = "byNode"
	byApp  = "byApp"
	byFar  = "byFar"
)

// anyFar is the one value of the index byFar.
const anyFar = "far"

// Pods looks Pods up in the store. It is safe for concurrent use; what it
// yields is the store's own and must not be changed.
type Pods struct {
	store cache.TypedIndexer[*podview.Pod]
}

// AddTo adds the indices to an informer whose transform makes *podview.Pod,
// and returns the look-ups over its store.
func AddTo(informer cache.TypedSharedIndexInformer[*podview.Pod]) (Pods, error) {
	if err := informer.AddTypedIndexers(Functions()); err != nil {
		return Pods{}, fmt.Errorf("add indices to the Pod informer: %w", err)
	}
	return Pods{store: informer.GetTypedIndexer()}, nil
}

// Functions are the index functions by their indices' names. None returns an
// error: client-go would panic.
func Functions() cache.TypedIndexers[*podview.Pod] {
	return cache.TypedIndexers[*podview.Pod]{byNode: nodeOf, byApp: appOf, byFar: farOf}
}

// nodeOf indexes the Pods that take room on a node by its name.
func nodeOf(p *podview.Pod) ([]string, error) {
	if !p.Carried() {
		return nil, nil
	}
	return []string{p.Node}, nil
}

// appOf indexes judged Pods by their app. A Pod of no app is in no entry,
// rather than in the one of the empty name.
func appOf(p *podview.Pod) ([]string, error) { return p.Template.AppIndex, nil }

// farOf indexes the Pods that keep others away from more than their own nodes.
// There are few, and the others are in no entry.
func farOf(p *podview.Pod) ([]string, error) {
	if !p.Carried() || !p.Template.Rules.Far() {
		return nil, nil
	}
	return []string{anyFar}, nil
}

// Far yields the Pods on nodes that keep others away from more than their own
// nodes, in no order.
func (p Pods) Far() iter.Seq[*podview.Pod] { return p.by(byFar, anyFar) }

// OnNode yields the Pods that take room on a node, in no order.
func (p Pods) OnNode(node string) iter.Seq[*podview.Pod] { return p.by(byNode, node) }

// OfApp yields the judged Pods of an app, finished and terminating ones too,
// in no order.
func (p Pods) OfApp(app placement.AppKey) iter.Seq[*podview.Pod] { return p.by(byApp, app.String()) }

func (p Pods) by(index, value string) iter.Seq[*podview.Pod] {
	return func(yield func(*podview.Pod) bool) {
		// The untyped look-up saves the typed one's second copy. Its error says
		// that there is no such index, which AddTo rules out.
		objects, _ := p.store.ByIndex(index, value)
		for _, object := range objects {
			if !yield(object.(*podview.Pod)) {
				return
			}
		}
	}
}

// CountOnNode counts the Pods that take room on a node.
func (p Pods) CountOnNode(node string) int {
	keys, _ := p.store.IndexKeys(byNode, node)
	return len(keys)
}

// AppsOnNode returns the apps that have judged Pods on a node, in no order.
func (p Pods) AppsOnNode(node string) []placement.AppKey {
	seen := make(map[placement.AppKey]struct{})
	var found []placement.AppKey
	for pod := range p.OnNode(node) {
		app := pod.Template.Workload.AppKey
		if _, ok := seen[app]; ok || !pod.Template.Judged() {
			continue
		}
		seen[app] = struct{}{}
		found = append(found, app)
	}
	return found
}

// Apps returns every app that has judged Pods, in no order.
func (p Pods) Apps() []placement.AppKey {
	return p.apps(func(string) bool { return true })
}

// AppsIn returns the apps that have judged Pods in a namespace, in no order. It
// goes through the names of all apps, which is cheaper than an index for what
// is asked for only when a namespace's policy changes.
func (p Pods) AppsIn(namespace string) []placement.AppKey {
	return p.apps(func(ns string) bool { return ns == namespace })
}

func (p Pods) apps(in func(namespace string) bool) []placement.AppKey {
	var found []placement.AppKey
	for _, value := range p.store.ListIndexFuncValues(byApp) {
		// A namespace's name has no slash in it.
		if ns, app, _ := strings.Cut(value, "/"); in(ns) {
			found = append(found, placement.AppKey{Namespace: ns, App: app})
		}
	}
	return found
}

// Len counts the Pods in the store.
func (p Pods) Len() int { return len(p.store.ListKeys()) }

// Sizes gives the number of distinct values of each index. It copies them all:
// it is for a scrape, not for a hot path.
func (p Pods) Sizes() map[string]int {
	return map[string]int{
		byNode: len(p.store.ListIndexFuncValues(byNode)),
		byApp:  len(p.store.ListIndexFuncValues(byApp)),
		byFar:  len(p.store.ListIndexFuncValues(byFar)),
	}
}
