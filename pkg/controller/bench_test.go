package controller

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
	"evenkeel.dev/evenkeel/pkg/report"
)

// BenchmarkReconcile shows that reconciling an app costs what the app does,
// whatever the cluster's size.
func BenchmarkReconcile(b *testing.B) {
	for _, replicas := range []int{10, 100, 1000, 20_000} {
		for _, pods := range []int{1_000, 50_000} {
			b.Run(fmt.Sprintf("replicas=%d/pods=%d", replicas, pods), func(b *testing.B) {
				c := still(b, pods)
				for i := range replicas {
					c.put(b, pod("web", fmt.Sprint("web-", i), fmt.Sprint("node-", i%10)))
				}
				app := placement.AppKey{Namespace: "shop", App: "web"}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := c.reconcile(b.Context(), app); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkReconcileOfManyClasses shows that the workloads of one app may differ
// in where they can stand: the cost grows with them and not with their square.
func BenchmarkReconcileOfManyClasses(b *testing.B) {
	for _, workloads := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprint("workloads=", workloads), func(b *testing.B) {
			c := still(b, 1_000)
			for i := range workloads {
				p := pod("web", fmt.Sprint("web-", i), "node-1", tolerating(fmt.Sprint(i)))
				p.OwnerReferences[0].Name = fmt.Sprint("web-", i)
				c.put(b, p)
			}
			app := placement.AppKey{Namespace: "shop", App: "web"}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.reconcile(b.Context(), app); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(workloads), "ns/workload")
		})
	}
}

// BenchmarkNode shows what a node's change costs the handler, by the scheduling
// classes there are.
func BenchmarkNode(b *testing.B) {
	for _, classes := range []int{1, 100} {
		b.Run(fmt.Sprintf("nodes=1000/classes=%d", classes), func(b *testing.B) {
			c := still(b, 50_000)
			for i := range classes {
				app := fmt.Sprint("class-", i)
				c.put(b, pod(app, app, "node-1", tolerating(app)))
				if _, err := c.reconcile(b.Context(), placement.AppKey{Namespace: "shop", App: app}); err != nil {
					b.Fatal(err)
				}
			}
			states := [2]*corev1.Node{node("node-1"), node("node-1", cordoned)}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				c.nodes.Set(states[i%2])
			}
		})
	}
}

// BenchmarkZone shows what it costs the handler that a zone's nodes are lost, one
// after the other, where every app has them among its eligible nodes.
func BenchmarkZone(b *testing.B) {
	c := still(b, 50_000)
	for _, app := range c.pods.Apps() {
		if _, err := c.reconcile(b.Context(), app); err != nil {
			b.Fatal(err)
		}
	}
	handler := c.nodeHandler()
	b.ReportAllocs()
	for lost := true; b.Loop(); lost = !lost {
		for i := range 333 {
			n := node(fmt.Sprint("node-", 3*i), inZone("0"))
			if lost {
				n.Status.Conditions[0].Status = corev1.ConditionFalse
			}
			handler.OnUpdate(n, n)
		}
	}
}

// stillController is one that nobody runs, on a store that nobody fills.
type stillController struct {
	*Controller
	store       cache.Indexer
	transformer *podview.Transformer
}

// still makes one with apps of ten replicas each, so many Pods in all, and a
// node for each fifty of them.
func still(b *testing.B, pods int) stillController {
	b.Helper()
	informer := func(example *corev1.Pod) cache.SharedIndexInformer {
		return cache.NewSharedIndexInformerWithOptions(&cache.ListWatch{}, example, cache.SharedIndexInformerOptions{Indexers: cache.Indexers{}})
	}
	informers := Informers{Pods: informer(&corev1.Pod{}), Nodes: informer(nil), Namespaces: informer(nil)}
	controller, err := New(Config{
		Workers: 1, Policy: placement.DefaultPolicy(), Report: report.New(), Teller: &teller{}, Meter: &meter{results: make(map[string]int)},
	}, informers)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(controller.pool.ShutDown)
	c := stillController{controller, informers.Pods.GetIndexer(), podview.NewTransformer(podview.DefaultAppLabels())}
	nodes := max(pods/50, 10)
	for i := range nodes {
		c.nodes.Set(node(fmt.Sprint("node-", i), inZone(fmt.Sprint(i%3))))
	}
	for i := range pods {
		app := fmt.Sprint("app-", i/10)
		c.put(b, pod(app, fmt.Sprint("pod-", i), fmt.Sprint("node-", i%nodes)))
	}
	return c
}

func (c stillController) put(b *testing.B, p *corev1.Pod) {
	b.Helper()
	if err := c.store.Update(c.transformer.Pod(p)); err != nil {
		b.Fatal(err)
	}
}
