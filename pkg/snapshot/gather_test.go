package snapshot_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/snapshot"
)

func TestAReplicaIsJoinedWithItsNode(t *testing.T) {
	hour, minute := ago(time.Hour), ago(time.Minute)
	virtual := node("a", "1", true, hour)
	virtual.Labels["type"] = "virtual-kubelet"
	bare := func(p *corev1.Pod) { p.Status.Conditions = nil }
	tests := map[string]struct {
		node *corev1.Node
		pod  *corev1.Pod
		want placement.Replica
	}{
		"ready on a node that is": {
			node("a", "1", true, minute), pod("web-1", "a"),
			placement.Replica{Node: "a", Zone: "1", Ready: true, Placed: hour, Changed: hour},
		},
		"not ready on a node that is not, since the later of both": {
			node("a", "1", false, minute), pod("web-1", "a"), placement.Replica{Node: "a", Zone: "1", Placed: hour, Changed: minute},
		},
		"a node that was not Ready before the Pod changed says nothing": {
			node("a", "1", false, ago(2*time.Hour)), pod("web-1", "a"), placement.Replica{Node: "a", Zone: "1", Placed: hour, Changed: hour},
		},
		"not ready on a node that is not there": {
			node("b", "1", true, hour), pod("web-1", "a"), placement.Replica{Node: "a", Placed: hour, Changed: hour},
		},
		"on a virtual node": {
			virtual, pod("web-1", "a"), placement.Replica{Node: "a", Zone: "1", Virtual: true, Ready: true, Placed: hour, Changed: hour},
		},
		"without a node": {
			node("a", "1", true, hour), pod("web-1", "", bare), placement.Replica{},
		},
		"of unknown times on a node that is not there": {
			node("b", "1", true, hour), pod("web-1", "a", bare), placement.Replica{Node: "a", Placed: hour},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.nodes.Set(test.node)
			w.put(test.pod)
			test.want.Revision, test.want.Created = "1", hour
			got := w.one().Workload.Replicas
			if len(got) != 1 || !reflect.DeepEqual(got[0], test.want) {
				t.Errorf("got %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestReplicasAreGroupedByWorkload(t *testing.T) {
	w := newWorld(t)
	w.put(
		pod("web-1", "a"), pod("web-2", "b", revised("2", time.Minute)),
		pod("leaves", "a", terminating), pod("done", "a", finished),
		pod("cache-0", "a", ofStatefulSet("cache")), pod("another-0", "a", ofStatefulSet("another")),
	)
	var names []string
	for _, g := range w.gather(snapshot.Memory{}) {
		names = append(names, g.Workload.ID.Kind+" "+g.Workload.ID.Name)
	}
	if want := []string{"Deployment web", "StatefulSet another", "StatefulSet cache"}; !slices.Equal(names, want) {
		t.Fatalf("workloads %v, want %v", names, want)
	}
	deployment := w.gather(snapshot.Memory{})[0].Workload
	if len(deployment.Replicas) != 2 || !slices.Equal(deployment.Terminating, []time.Time{ago(30 * time.Second)}) {
		t.Errorf("of the Deployment there are %d replicas, leaving are %v", len(deployment.Replicas), deployment.Terminating)
	}
	if got := w.sources.Gather(placement.AppKey{Namespace: "shop", App: "never"}, noon(), snapshot.Memory{}); len(got) != 0 {
		t.Errorf("an app that is not there has %v", got)
	}
}

func TestTheNewestReplicaThatStaysSpeaksForTheWorkload(t *testing.T) {
	twoMinutes, minute := saying(placement.SettleAnnotation, "2m"), saying(placement.SettleAnnotation, "1m")
	tests := map[string][]*corev1.Pod{
		"the later created":                    {pod("old", "a", minute), pod("new", "a", revised("2", time.Minute), twoMinutes)},
		"of equals the last by name":           {pod("web-1", "a", minute), pod("web-2", "a", twoMinutes)},
		"one that leaves does not count":       {pod("old", "a", twoMinutes), pod("new", "a", revised("2", time.Minute), minute, terminating)},
		"one that is done does not count":      {pod("old", "a", twoMinutes), pod("new", "a", revised("2", time.Minute), minute, finished)},
		"where all leave, the newest of these": {pod("old", "a", minute, terminating), pod("new", "a", revised("2", time.Minute), twoMinutes, terminating)},
	}
	for name, pods := range tests {
		t.Run(name, func(t *testing.T) {
			for range 10 {
				w := newWorld(t)
				w.put(pods...)
				if got := w.one().Workload.Policy.Settle; got != 2*time.Minute {
					t.Fatalf("it settles in %v", got)
				}
			}
		})
	}
}

func TestThePolicyIsOverriddenByTheNamespaceAndThenByThePods(t *testing.T) {
	w := newWorld(t)
	w.sources.NamespacePolicy = func(string) map[string]string {
		return map[string]string{placement.SettleAnnotation: "1m", placement.MaxNodeLossAnnotation: "lots", placement.MaxZoneLossAnnotation: "50%"}
	}
	w.put(pod("web-1", "a", saying(placement.SettleAnnotation, "2m"), saying(placement.MaxZoneLossAnnotation, "some")))
	got := w.one()
	want := placement.DefaultPolicy()
	want.Settle, want.MaxZoneLoss = 2*time.Minute, 0.5
	if got.Workload.Policy != want {
		t.Errorf("policy %+v, want %+v", got.Workload.Policy, want)
	}
	if len(got.Invalid) != 1 || got.Invalid[0].Value != "some" {
		t.Errorf("malformed are %v, want the Pods' own alone", got.Invalid)
	}
}

func TestWhatIsRememberedGoesToItsWorkload(t *testing.T) {
	w := newWorld(t)
	w.put(pod("web-1", "a"), pod("cache-0", "a", ofStatefulSet("cache")))
	id := placement.WorkloadID{AppKey: web(), Kind: "Deployment", Name: "web"}
	all := w.gather(snapshot.Memory{
		SettlingSince: map[placement.WorkloadID]time.Time{id: ago(time.Minute)},
		Removed:       map[placement.WorkloadID]time.Time{id: ago(time.Second)},
	})
	if web := all[0].Workload; !web.Removed.Equal(ago(time.Second)) || !web.SettlingSince.Equal(ago(time.Minute)) || !web.Now.Equal(noon()) {
		t.Errorf("of web is remembered %v, %v", web.Removed, web.SettlingSince)
	}
	if cache := all[1].Workload; !cache.Removed.IsZero() || !cache.SettlingSince.IsZero() {
		t.Errorf("of cache is remembered %v, %v", cache.Removed, cache.SettlingSince)
	}
}

func TestAnAppUsesTheClassesOfItsWorkloadsAndNoOthers(t *testing.T) {
	onSSD := func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{"disk": "ssd"} }
	w := newWorld(t)
	w.nodes.Set(node("a", "1", true, ago(time.Hour)))
	steps := []struct {
		pods    []*corev1.Pod
		classes int
	}{
		{[]*corev1.Pod{pod("web-1", "a"), pod("web-2", "a")}, 1},
		{[]*corev1.Pod{pod("cache-0", "a", ofStatefulSet("cache"), onSSD)}, 2},
		{[]*corev1.Pod{pod("web-1", "a", onSSD), pod("web-2", "a", onSSD)}, 1},
		{[]*corev1.Pod{pod("web-1", "a", finished), pod("web-2", "a", finished), pod("cache-0", "a", finished)}, 0},
	}
	for i, step := range steps {
		w.put(step.pods...)
		all := w.gather(snapshot.Memory{})
		if n := w.nodes.Classes(); n != step.classes {
			t.Errorf("step %d: %d classes, want %d", i, n, step.classes)
		}
		for _, g := range all {
			want := 1
			if i > 0 && g.Workload.ID.Name == "cache" || i > 1 {
				want = 0
			}
			if n := g.Workload.Eligible.Nodes(); n != want {
				t.Errorf("step %d: %s has %d eligible nodes, want %d", i, g.Workload.ID.Name, n, want)
			}
		}
	}
}

func TestTheOwnerIsThatOfTheNewestPod(t *testing.T) {
	w := newWorld(t)
	w.put(pod("old", "a"), pod("new", "a", revised("2", time.Minute)), pod("cache-0", "a", ofStatefulSet("cache")))
	id := placement.WorkloadID{AppKey: web(), Kind: "Deployment", Name: "web"}
	if owner, ok := w.sources.Owner(id); !ok || owner.Name != "web-2" || owner.Kind != "ReplicaSet" {
		t.Errorf("owner %+v, %t", owner, ok)
	}
	id.Name = "never"
	if owner, ok := w.sources.Owner(id); ok {
		t.Errorf("a workload that is not there has owner %+v", owner)
	}
}
