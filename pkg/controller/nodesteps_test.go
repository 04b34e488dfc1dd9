package controller

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/snapshot"
)

// seen is what a verdict on a workload can see of the nodes.
type seen struct {
	eligible placement.Eligible
	replicas map[string]int // how many are alike
}

// sees gives, for each app, what it sees now.
func (w *world) sees(apps []string) map[string]seen {
	all := make(map[string]seen)
	for _, app := range apps {
		for _, g := range w.controller.sources.Gather(placement.AppKey{Namespace: "shop", App: app}, time.Now(), snapshot.Memory{}) {
			s := seen{eligible: g.Workload.Eligible, replicas: make(map[string]int)}
			if s.eligible.Nodes() > 1 {
				s.eligible.Excluded = nil
			}
			for _, r := range g.Workload.Replicas {
				s.replicas[fmt.Sprintf("on %q in zone %q: ready %t, virtual %t", r.Node, r.Zone, r.Ready, r.Virtual)]++
			}
			all["shop/"+app] = s
		}
	}
	return all
}

func (s seen) equal(o seen) bool {
	return reflect.DeepEqual(s.eligible, o.eligible) && maps.Equal(s.replicas, o.replicas)
}

func randomNode(r *rand.Rand, name string) *corev1.Node {
	var options []nodeOption
	maybe := func(n int, o nodeOption) {
		if r.IntN(n) == 0 {
			options = append(options, o)
		}
	}
	maybe(4, cordoned)
	maybe(4, tainted("gpu"))
	maybe(5, notReady)
	maybe(9, labelled("type", "virtual-kubelet"))
	maybe(2, labelled("disk", "ssd"))
	maybe(2, inZone(fmt.Sprint(r.IntN(3))))
	return node(name, options...)
}

// TestNodeStepsReconcileExactlyWhatTheyChange takes random steps of one node
// each, and compares the apps reconciled with those that see another cluster
// than before.
func TestNodeStepsReconcileExactlyWhatTheyChange(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	apps := map[string][]podOption{"any": nil, "ssd": {onlyOn("disk", "ssd")}, "gpu": {tolerating("gpu")}, "both": {onlyOn("disk", "ssd"), tolerating("gpu")}}
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			var objects []runtime.Object
			for app, options := range apps {
				for i := range 2 {
					objects = append(objects, pod(app, fmt.Sprint(app, "-", i), names[r.IntN(len(names))], options...))
				}
			}
			there := map[string]*corev1.Node{}
			inWorld(t, objects, func(w *world) {
				for range 40 {
					name := names[r.IntN(len(names))]
					before := w.sees(slices.Collect(maps.Keys(apps)))
					switch old := there[name]; {
					case old != nil && r.IntN(4) == 0:
						w.remove(old)
						delete(there, name)
					case old != nil:
						there[name] = randomNode(r, name)
						w.change(there[name])
					default:
						there[name] = randomNode(r, name)
						w.add(there[name])
					}
					w.rest()
					var want []string
					for app, now := range w.sees(slices.Collect(maps.Keys(apps))) {
						if !now.equal(before[app]) {
							want = append(want, app)
						}
					}
					slices.Sort(want)
					if got := w.reconciled(); !slices.Equal(got, want) {
						w.t.Fatalf("reconciled are %v, but %v see a change", got, want)
					}
				}
			})
		})
	}
}
