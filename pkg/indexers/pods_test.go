package indexers_test

import (
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/indexers"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
)

// store is a Pod informer's, which nobody has started, with its look-ups.
type store struct {
	t       *testing.T
	indexer cache.Indexer
	pods    indexers.Pods
}

func newStore(t *testing.T) *store {
	t.Helper()
	informer := cache.NewSharedIndexInformerWithOptions(&cache.ListWatch{}, &corev1.Pod{}, cache.SharedIndexInformerOptions{Indexers: cache.Indexers{}})
	pods, err := indexers.AddTo(cache.NewTypedSharedIndexInformer[*podview.Pod](informer))
	if err != nil {
		t.Fatal(err)
	}
	return &store{t: t, indexer: informer.GetIndexer(), pods: pods}
}

func (s *store) put(pods ...*podview.Pod) {
	s.t.Helper()
	for _, p := range pods {
		if err := s.indexer.Update(p); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *store) drop(p *podview.Pod) {
	s.t.Helper()
	if err := s.indexer.Delete(p); err != nil {
		s.t.Fatal(err)
	}
}

func key(namespace, app string) placement.AppKey {
	return placement.AppKey{Namespace: namespace, App: app}
}

// pod is a replica of the app web on node-1.
func pod(name string, options ...func(*podview.Pod)) *podview.Pod {
	p := &podview.Pod{Name: name, Node: "node-1", Template: templateOf(key("shop", "web"))}
	for _, o := range options {
		o(p)
	}
	return p
}

func templateOf(app placement.AppKey) *podview.Template {
	return &podview.Template{
		Workload:  placement.WorkloadID{AppKey: app, Kind: "ReplicaSet", Name: app.App},
		Namespace: app.Namespace, AppIndex: []string{app.String()},
	}
}

func of(namespace, app string) func(*podview.Pod) {
	return func(p *podview.Pod) { p.Template = templateOf(key(namespace, app)) }
}

func unjudged(p *podview.Pod) { p.Template = &podview.Template{} }

func on(node string) func(*podview.Pod) {
	return func(p *podview.Pod) { p.Node = node }
}

func finished(p *podview.Pod)    { p.Finished = true }
func terminating(p *podview.Pod) { p.Terminating = true }

func (s *store) onNode(node string) []string { return names(slices.Collect(s.pods.OnNode(node))) }
func (s *store) ofApp(namespace, app string) []string {
	return names(slices.Collect(s.pods.OfApp(key(namespace, app))))
}

func names(pods []*podview.Pod) []string {
	var found []string
	for _, p := range pods {
		found = append(found, p.Name)
	}
	slices.Sort(found)
	return found
}

func sorted(apps []placement.AppKey) []string {
	var found []string
	for _, a := range apps {
		found = append(found, a.String())
	}
	slices.Sort(found)
	return found
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestPodsAreFoundByNodeAndByApp(t *testing.T) {
	s := newStore(t)
	s.put(
		pod("a"), pod("b", on("node-2")), pod("waits", on("")), pod("done", finished), pod("leaves", terminating),
		pod("agent", unjudged), pod("db", of("shop", "db")), pod("other", of("bank", "web")),
	)
	expect(t, "on node-1, room is taken by all but the finished", s.onNode("node-1"), "a", "agent", "db", "leaves", "other")
	expect(t, "on node-2", s.onNode("node-2"), "b")
	expect(t, "without a node there is no node", s.onNode(""))
	expect(t, "of shop/web are all, whatever becomes of them", s.ofApp("shop", "web"), "a", "b", "done", "leaves", "waits")
	expect(t, "of bank/web", s.ofApp("bank", "web"), "other")
	expect(t, "the unjudged are of no app", s.ofApp("", ""))
	expect(t, "of an app that is not there", s.ofApp("shop", "gone"))
	if n := s.pods.CountOnNode("node-1"); n != 5 {
		t.Errorf("%d Pods are counted on node-1", n)
	}
	if n := s.pods.Len(); n != 8 {
		t.Errorf("%d Pods in all", n)
	}
	if want := map[string]int{"byNode": 2, "byApp": 3, "byFar": 0}; !maps.Equal(s.pods.Sizes(), want) {
		t.Errorf("the indices have %v values, want %v", s.pods.Sizes(), want)
	}
}

func TestTheIndicesFollowTheStore(t *testing.T) {
	s := newStore(t)
	s.put(pod("a", on("")), pod("b"))
	expect(t, "before it is scheduled", s.onNode("node-2"))
	s.put(pod("a", on("node-2")))
	expect(t, "on its node", s.onNode("node-2"), "a")
	s.put(pod("a", on("node-2"), of("shop", "db")))
	expect(t, "of its app before", s.ofApp("shop", "web"), "b")
	expect(t, "of its app now", s.ofApp("shop", "db"), "a")
	s.put(pod("a", on("node-2"), of("shop", "db"), finished))
	expect(t, "on its node, finished", s.onNode("node-2"))
	s.drop(pod("a", of("shop", "db")))
	expect(t, "of its app, deleted", s.ofApp("shop", "db"))
	if want := map[string]int{"byNode": 1, "byApp": 1, "byFar": 0}; !maps.Equal(s.pods.Sizes(), want) {
		t.Errorf("the indices have %v values, want %v", s.pods.Sizes(), want)
	}
}

func TestPodsThatKeepOthersAwayFromMoreThanTheirNodeAreFound(t *testing.T) {
	apart := func(keys ...string) func(*podview.Pod) {
		rules := &podview.Rules{}
		for _, key := range keys {
			rules.Apart = append(rules.Apart, podview.Term{TopologyKey: key})
		}
		return func(p *podview.Pod) { p.Template.Rules = rules }
	}
	const host, zone = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
	s := newStore(t)
	s.put(
		pod("near", apart(host)), pod("far", apart(host, zone)), pod("agent", unjudged, apart(zone)), pod("together", apart()),
		pod("waits", on(""), apart(zone)), pod("done", finished, apart(zone)), pod("leaves", terminating, apart(zone)),
	)
	expect(t, "those on nodes", names(slices.Collect(s.pods.Far())), "agent", "far", "leaves")
	s.drop(pod("far", apart(host, zone)))
	expect(t, "one has gone", names(slices.Collect(s.pods.Far())), "agent", "leaves")
}

func TestAppsAreNamedOnce(t *testing.T) {
	s := newStore(t)
	s.put(
		pod("a"), pod("b"), pod("c", on("node-2")), pod("db", of("shop", "db")), pod("agent", unjudged),
		pod("done", of("shop", "import"), finished),
		pod("other", of("bank", "web")), pod("longer", of("shopping", "web"), on("node-3")),
	)
	expect(t, "on node-1", sorted(s.pods.AppsOnNode("node-1")), "bank/web", "shop/db", "shop/web")
	expect(t, "on node-2", sorted(s.pods.AppsOnNode("node-2")), "shop/web")
	expect(t, "on a node that is not there", sorted(s.pods.AppsOnNode("node-9")))
	expect(t, "in shop", sorted(s.pods.AppsIn("shop")), "shop/db", "shop/import", "shop/web")
	expect(t, "in a namespace that is not there", sorted(s.pods.AppsIn("sho")))
}

func TestALookUpMayEndEarly(t *testing.T) {
	s := newStore(t)
	s.put(pod("a"), pod("b"))
	seen := 0
	for range s.pods.OnNode("node-1") {
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("%d Pods were seen", seen)
	}
}

func TestIndicesThatAreThereAlreadyAreAnError(t *testing.T) {
	informer := cache.NewSharedIndexInformerWithOptions(&cache.ListWatch{}, &corev1.Pod{}, cache.SharedIndexInformerOptions{Indexers: cache.Indexers{}})
	typed := cache.NewTypedSharedIndexInformer[*podview.Pod](informer)
	if _, err := indexers.AddTo(typed); err != nil {
		t.Fatal(err)
	}
	if _, err := indexers.AddTo(typed); err == nil {
		t.Error("they are added twice")
	}
}
