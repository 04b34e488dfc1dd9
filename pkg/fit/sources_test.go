package fit_test

import (
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/fit"
	"evenkeel.dev/evenkeel/pkg/indexers"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
)

// cluster is a store of Pods that no informer fills, and nodes.
type cluster struct {
	t       testing.TB
	store   cache.Indexer
	by      *podview.Transformer
	nodes   *eligibility.Memo
	sources fit.Sources
}

func newCluster(t testing.TB) *cluster {
	t.Helper()
	informer := cache.NewSharedIndexInformerWithOptions(&cache.ListWatch{}, &corev1.Pod{}, cache.SharedIndexInformerOptions{Indexers: cache.Indexers{}})
	pods, err := indexers.AddTo(cache.NewTypedSharedIndexInformer[*podview.Pod](informer))
	if err != nil {
		t.Fatal(err)
	}
	return &cluster{
		t: t, store: informer.GetIndexer(), by: podview.NewTransformer(podview.DefaultAppLabels()),
		nodes: eligibility.NewMemo(), sources: fit.Sources{Pods: pods},
	}
}

func (c *cluster) put(pods ...*corev1.Pod) {
	c.t.Helper()
	for _, p := range pods {
		if err := c.store.Update(c.by.Pod(p)); err != nil {
			c.t.Fatal(err)
		}
	}
}

// use has the app web use its class, as it does once it has been judged.
func (c *cluster) use() {
	web := placement.AppKey{Namespace: "shop", App: "web"}
	for p := range c.sources.Pods.OfApp(web) {
		c.nodes.Eligible(web, p.Class, func() eligibility.Class { return eligibility.Class{} })
		return
	}
}

// scene is that of the Pods of app web on nodes.
func (c *cluster) scene() placement.Scene {
	c.t.Helper()
	var w fit.Workload
	for p := range c.sources.Pods.OfApp(placement.AppKey{Namespace: "shop", App: "web"}) {
		w.Template = p.Template
		if p.Node != "" {
			w.Candidates = append(w.Candidates, p)
		}
	}
	class := func() eligibility.Class {
		return eligibility.Class{NodeSelector: w.Template.NodeSelector, Required: w.Template.Affinity, Tolerations: w.Template.Tolerations}
	}
	_, w.Nodes = c.nodes.Survey(w.Template.Class, class)
	return c.sources.Scene(w)
}

func realNode(name, inZone string, changes ...func(*corev1.Node)) *corev1.Node {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{host: name, zone: inZone}},
		Status: corev1.NodeStatus{
			Allocatable: resources("cpu", "10", "memory", "10Gi", "pods", "10"),
			Conditions:  []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
		},
	}
	for _, change := range changes {
		change(n)
	}
	return n
}

func cordoned(n *corev1.Node) { n.Spec.Unschedulable = true }

func virtual(n *corev1.Node) { n.Labels["type"] = "virtual-kubelet" }

func finished(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }

func TestASceneIsReadFromTheCaches(t *testing.T) {
	one := requesting("cpu", "1")
	db := selecting("app", "db")
	tests := map[string]struct {
		nodes []*corev1.Node
		pods  []*corev1.Pod
		want  []string
	}{
		"with what Pods of all apps take, finished ones apart": {
			[]*corev1.Node{realNode("b", "1"), realNode("a", "1")},
			[]*corev1.Pod{
				pod("web-0", "a", one), pod("db", "b", of("db"), requesting("cpu", "3")), pod("done", "b", of("db"), requesting("cpu", "9"), finished),
				pod("waits", "", of("db"), requesting("cpu", "9")),
			},
			[]string{"a:9", "b:7"},
		},
		"without nodes that are not eligible": {
			[]*corev1.Node{realNode("a", "1"), realNode("b", "1", cordoned), realNode("c", "1", virtual), realNode("d", "1", func(n *corev1.Node) { n.Status.Conditions = nil })},
			[]*corev1.Pod{pod("web-0", "a", one)}, []string{"a:9"},
		},
		"Pods on a cordoned node keep others away from their zone": {
			[]*corev1.Node{realNode("a", "1"), realNode("b", "2", cordoned), realNode("c", "2")},
			[]*corev1.Pod{pod("web-0", "a", one), pod("db", "b", of("db"), apart(term(zone, selecting("app", "web"))))}, []string{"a:9"},
		},
		"and from their node alone where they say no more": {
			[]*corev1.Node{realNode("a", "1"), realNode("b", "2", cordoned), realNode("c", "2")},
			[]*corev1.Pod{pod("web-0", "a", one), pod("db", "b", of("db"), apart(term(host, selecting("app", "web"))))}, []string{"a:9", "c:10"},
		},
		"Pods on a cordoned node are stood apart from": {
			[]*corev1.Node{realNode("a", "1"), realNode("b", "2", cordoned), realNode("c", "2")},
			[]*corev1.Pod{pod("web-0", "a", one, apart(term(zone, db))), pod("db", "b", of("db"))}, []string{"a:9"},
		},
		"and with": {
			[]*corev1.Node{realNode("a", "1"), realNode("b", "2", cordoned), realNode("c", "2")},
			[]*corev1.Pod{pod("web-0", "a", one, together(term(zone, db))), pod("db", "b", of("db"))}, []string{"c:10"},
		},
		"and spread from": {
			[]*corev1.Node{realNode("a", "1"), realNode("b", "2", cordoned), realNode("c", "2")},
			[]*corev1.Pod{
				pod("web-0", "a", one, spread(zone, func(c *corev1.TopologySpreadConstraint) { c.LabelSelector = db })),
				pod("db-0", "b", of("db")), pod("db-1", "b", of("db")),
			}, []string{"a:9"},
		},
		"where no node is eligible there is no spot": {
			[]*corev1.Node{realNode("a", "1", cordoned)}, []*corev1.Pod{pod("web-0", "a", one)}, nil,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			for _, n := range test.nodes {
				c.nodes.Set(n)
			}
			c.put(test.pods...)
			scene := c.scene()
			if got := rooms(scene); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if len(scene.Candidates) == 0 || scene.Candidates[0].Zone == "" {
				t.Errorf("candidates %+v", scene.Candidates)
			}
		})
	}
}

func TestWhatIsReservedOfANodeIsNotFree(t *testing.T) {
	c := newCluster(t)
	for _, n := range []*corev1.Node{realNode("a", "1"), realNode("b", "1"), realNode("c", "1", cordoned)} {
		c.nodes.Set(n)
	}
	c.put(pod("web-0", "a", requesting("cpu", "1")))
	c.sources.Reserved = map[string]fit.Reserved{"b": fit.Reserved{}.Plus(&podview.Demand{CPU: 9500})}
	if got := rooms(c.scene()); !slices.Equal(got, []string{"a:9"}) {
		t.Errorf("got %v", got)
	}
}

// BenchmarkScene shows what a scene costs: that of the eligible nodes and the
// Pods on them, whatever else there is.
func BenchmarkScene(b *testing.B) {
	rules := map[string]option{
		"no rules": func(*corev1.Pod) {}, "apart by node": apart(term(host, selecting("app", "web"))), "spread over zones": spread(zone),
	}
	for _, name := range []string{"no rules", "apart by node", "spread over zones"} {
		for _, eligible := range []int{20, 1000} {
			b.Run(fmt.Sprintf("%s/eligible=%d/nodes=1000", name, eligible), func(b *testing.B) {
				c := newCluster(b)
				for i := range 1000 {
					n := realNode(fmt.Sprint("node-", i), fmt.Sprint(i%3))
					n.Status.Allocatable["pods"] = n.Status.Allocatable["cpu"]
					n.Spec.Unschedulable = i >= eligible
					c.nodes.Set(n)
				}
				for i := range 50_000 {
					app := fmt.Sprint("app-", i/10)
					c.put(pod(fmt.Sprint("pod-", i), fmt.Sprint("node-", i%1000), of(app), requesting("cpu", "100m")))
				}
				for i := range 10 {
					c.put(pod(fmt.Sprint("web-", i), fmt.Sprint("node-", i%2), requesting("cpu", "100m"), rules[name]))
				}
				c.use()
				b.ReportAllocs()
				for b.Loop() {
					if len(c.scene().Candidates) != 10 {
						b.Fatal("not ten candidates")
					}
				}
			})
		}
	}
}
