package snapshot_test

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/indexers"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
	"evenkeel.dev/evenkeel/pkg/snapshot"
)

func noon() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

func ago(d time.Duration) time.Time { return noon().Add(-d) }

// world is a store of Pods that no informer fills, and nodes.
type world struct {
	t           testing.TB
	store       cache.Indexer
	transformer *podview.Transformer
	nodes       *eligibility.Memo
	sources     snapshot.Sources
}

func newWorld(t testing.TB) *world {
	t.Helper()
	informer := cache.NewSharedIndexInformerWithOptions(&cache.ListWatch{}, &corev1.Pod{}, cache.SharedIndexInformerOptions{Indexers: cache.Indexers{}})
	pods, err := indexers.AddTo(cache.NewTypedSharedIndexInformer[*podview.Pod](informer))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, store: informer.GetIndexer(), nodes: eligibility.NewMemo(),
		transformer: podview.NewTransformer(podview.DefaultAppLabels()),
	}
	w.sources = snapshot.Sources{Pods: pods, Nodes: w.nodes, Policy: placement.DefaultPolicy()}
	return w
}

func (w *world) put(pods ...*corev1.Pod) {
	w.t.Helper()
	for _, p := range pods {
		if err := w.store.Update(w.transformer.Pod(p)); err != nil {
			w.t.Fatal(err)
		}
	}
}

func web() placement.AppKey { return placement.AppKey{Namespace: "shop", App: "web"} }

// gather gathers the app web.
func (w *world) gather(memory snapshot.Memory) []snapshot.Gathered {
	return w.sources.Gather(web(), noon(), memory)
}

// one gathers the one workload that there is.
func (w *world) one() snapshot.Gathered {
	w.t.Helper()
	all := w.gather(snapshot.Memory{})
	if len(all) != 1 {
		w.t.Fatalf("%d workloads, want one: %+v", len(all), all)
	}
	return all[0]
}

type option func(*corev1.Pod)

// pod builds a replica of the Deployment web, ready on a node for an hour.
func pod(name, node string, options ...option) *corev1.Pod {
	yes, at := true, metav1.NewTime(ago(time.Hour))
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: types.UID(name), CreationTimestamp: at,
			Labels:          map[string]string{"app": "web", "pod-template-hash": "1"},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web-1", UID: "web-1", Controller: &yes}},
		},
		Spec: corev1.PodSpec{NodeName: node},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: at},
			{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: at},
		}},
	}
	for _, o := range options {
		o(p)
	}
	return p
}

// revised is a replica of another revision, created so long ago.
func revised(revision string, age time.Duration) option {
	return func(p *corev1.Pod) {
		p.Labels["pod-template-hash"] = revision
		p.OwnerReferences[0].Name, p.OwnerReferences[0].UID = "web-"+revision, types.UID("web-"+revision)
		p.CreationTimestamp = metav1.NewTime(ago(age))
	}
}

func saying(annotation, value string) option {
	return func(p *corev1.Pod) { metav1.SetMetaDataAnnotation(&p.ObjectMeta, annotation, value) }
}

func ofStatefulSet(name string) option {
	return func(p *corev1.Pod) { p.OwnerReferences[0].Kind, p.OwnerReferences[0].Name = "StatefulSet", name }
}

func terminating(p *corev1.Pod) {
	end, grace := metav1.NewTime(noon()), int64(30)
	p.DeletionTimestamp, p.DeletionGracePeriodSeconds = &end, &grace
}

func finished(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }

func node(name, zone string, ready bool, changed time.Time) *corev1.Node {
	status := map[bool]corev1.ConditionStatus{true: corev1.ConditionTrue, false: corev1.ConditionFalse}[ready]
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelTopologyZone: zone}},
		Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
			{Type: corev1.NodeReady, Status: status, LastTransitionTime: metav1.NewTime(changed)},
		}},
	}
}

// populate fills the world with apps of ten replicas until there are so many
// Pods, on a node for each fifty of them.
func (w *world) populate(pods int) {
	nodes := max(pods/50, 10)
	for i := range nodes {
		w.nodes.Set(node(fmt.Sprint("node-", i), fmt.Sprint(i%3), true, ago(time.Hour)))
	}
	for i := range pods {
		app := fmt.Sprint("app-", i/10)
		w.put(pod(fmt.Sprint("pod-", i), fmt.Sprint("node-", i%nodes), func(p *corev1.Pod) {
			p.Labels["app"], p.OwnerReferences[0].Name = app, app+"-1"
		}))
	}
}
