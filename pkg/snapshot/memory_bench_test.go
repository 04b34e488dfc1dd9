package snapshot_test

import (
	_ "embed"
	"fmt"
	"runtime"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/yaml"

	"evenkeel.dev/evenkeel/pkg/indexers"
	"evenkeel.dev/evenkeel/pkg/podview"
)

// podYAML is a Pod as a cluster has it: two containers with twelve variables
// each, volumes, probes, statuses and managed fields.
//
//go:embed testdata/pod.yaml
var podYAML []byte

// BenchmarkMemory shows what a Pod costs in an informer's store: as the API
// sends it, made small, and made small with the indices. There are ten Pods an
// app and fifty a node.
//
//	go test ./pkg/snapshot -run='^$' -bench=Memory
func BenchmarkMemory(b *testing.B) {
	transform := podview.NewTransformer(podview.DefaultAppLabels()).Pod
	same := func(p *corev1.Pod) any { return p }
	small := func(p *corev1.Pod) any { return transform(p) }
	indices := cache.Indexers{}
	for name, f := range indexers.Functions() {
		indices[name] = func(o any) ([]string, error) { return f(o.(*podview.Pod)) }
	}
	cases := []struct {
		name    string
		pods    int
		keep    func(*corev1.Pod) any
		indices cache.Indexers
	}{
		{"plain", 2_000, same, nil},
		{"small", 20_000, small, nil},
		{"small and indexed", 20_000, small, indices},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			decode := decoder(b)
			for b.Loop() {
				before := liveHeap()
				objects := make(map[string]any)
				for i := range c.pods {
					p := decode(i)
					objects[p.Namespace+"/"+p.Name] = c.keep(p)
				}
				store := cache.NewThreadSafeStore(c.indices, cache.Indices{})
				store.Replace(objects, "1")
				b.ReportMetric(float64(liveHeap()-before)/float64(c.pods), "B/pod")
				runtime.KeepAlive(store)
			}
		})
	}
}

// decoder gives Pods one by one as a client decodes them: nothing of one is
// shared with another.
func decoder(b *testing.B) func(i int) *corev1.Pod {
	b.Helper()
	var pod corev1.Pod
	if err := yaml.UnmarshalStrict(podYAML, &pod); err != nil {
		b.Fatal(err)
	}
	return func(i int) *corev1.Pod {
		app := fmt.Sprintf("app-%05d", i/10)
		pod.Name = fmt.Sprintf("%s-5d8f7c9b6d-%05d", app, i)
		pod.UID = types.UID(fmt.Sprintf("0a1b2c3d-4e5f-4a6b-8c7d-%012d", i))
		pod.ResourceVersion = fmt.Sprint(1_000_000 + i)
		pod.Spec.NodeName = fmt.Sprintf("node-%04d", i/50)
		pod.Labels["app.kubernetes.io/name"] = app
		pod.OwnerReferences[0].Name = app + "-5d8f7c9b6d"
		data, err := pod.Marshal()
		if err != nil {
			b.Fatal(err)
		}
		var decoded corev1.Pod
		if err := decoded.Unmarshal(data); err != nil {
			b.Fatal(err)
		}
		return &decoded
	}
}

// liveHeap is what is left after two collections: the first only finds out what
// has a cleanup.
func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below
}
