package snapshot_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/snapshot"
)

func webID() placement.WorkloadID {
	return placement.WorkloadID{AppKey: web(), Kind: "Deployment", Name: "web"}
}

// look looks at the Deployment web.
func (w *world) look(memory snapshot.Memory) snapshot.Look {
	w.t.Helper()
	look, ok := w.sources.Look(webID(), noon(), memory, nil)
	if !ok {
		w.t.Fatal("there is no Deployment web")
	}
	return look
}

// spacious is a node that is Ready and has room.
func spacious(name, zone string) *corev1.Node {
	n := node(name, zone, true, ago(time.Hour))
	n.Labels[corev1.LabelHostname] = name
	n.Status.Allocatable = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10"), corev1.ResourcePods: resource.MustParse("10")}
	return n
}

func requesting(cpu string) option {
	return func(p *corev1.Pod) {
		p.Spec.Containers = []corev1.Container{{Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)},
		}}}
	}
}

func unready(p *corev1.Pod) { p.Status.Conditions = nil }

func TestALookIsWhatGatherGathers(t *testing.T) {
	w := newWorld(t)
	w.sources.NamespacePolicy = func(string) map[string]string { return map[string]string{placement.MaxNodeLossAnnotation: "40%"} }
	w.nodes.Set(node("a", "1", true, ago(time.Hour)))
	w.nodes.Set(node("b", "2", false, ago(time.Minute)))
	w.put(
		pod("web-1", "a", saying(placement.SettleAnnotation, "soon")), pod("web-2", "b", saying(placement.SettleAnnotation, "soon")),
		pod("web-3", "gone"), pod("web-4", "", unready), pod("leaves", "a", terminating), pod("done", "a", finished),
		pod("new", "a", revised("2", time.Minute), saying(placement.SettleAnnotation, "soon")), pod("cache-0", "a", ofStatefulSet("cache")),
	)
	memory := snapshot.Memory{
		SettlingSince: map[placement.WorkloadID]time.Time{webID(): ago(time.Minute)},
		Removed:       map[placement.WorkloadID]time.Time{webID(): ago(time.Second)},
	}
	look, want := w.look(memory), w.gather(memory)[0]
	if got := look.Gathered; len(got.Workload.Replicas) != len(want.Workload.Replicas) || len(got.Invalid) != 1 {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
	count := func(g snapshot.Gathered) map[placement.Replica]int {
		n := make(map[placement.Replica]int)
		for _, r := range g.Workload.Replicas {
			n[r]++
		}
		return n
	}
	if !maps.Equal(count(look.Gathered), count(want)) {
		t.Errorf("replicas %+v\nwant %+v", look.Workload.Replicas, want.Workload.Replicas)
	}
	look.Workload.Replicas, want.Workload.Replicas = nil, nil
	if !reflect.DeepEqual(look.Gathered, want) {
		t.Errorf("got  %+v\nwant %+v", look.Gathered, want)
	}
}

func TestALookAtWhatIsNotThereIsNone(t *testing.T) {
	w := newWorld(t)
	w.put(pod("done", "a", finished), pod("cache-0", "a", ofStatefulSet("cache")))
	if look, ok := w.sources.Look(webID(), noon(), snapshot.Memory{}, nil); ok {
		t.Errorf("got %+v", look)
	}
}

func TestALookNotesNothing(t *testing.T) {
	w := newWorld(t)
	w.nodes.Set(spacious("a", "1"))
	w.put(pod("web-1", "a"))
	w.look(snapshot.Memory{})
	if n := w.nodes.Classes(); n != 0 {
		t.Errorf("%d classes are in use", n)
	}
}

func TestALookTellsOfEachPod(t *testing.T) {
	w := newWorld(t)
	w.nodes.Set(spacious("a", "1"))
	w.nodes.Set(node("b", "1", false, ago(time.Hour)))
	critical := func(p *corev1.Pod) { p.Spec.PriorityClassName = "system-cluster-critical" }
	w.put(
		pod("web-2", "b", revised("2", time.Minute)), pod("web-1", "a", saying(corev1.PodDeletionCost, "7"), saying("karpenter.sh/do-not-disrupt", "true"), critical),
		pod("web-3", "a", terminating), pod("web-4", "", unready), pod("done", "a", finished),
	)
	look := w.look(snapshot.Memory{})
	labels := func(revision string) map[string]string {
		return map[string]string{"app": "web", "pod-template-hash": revision}
	}
	want := []snapshot.Pod{
		{UID: "web-1", Name: "web-1", Node: "a", Owner: "web-1", Ready: true, Labels: labels("1"), DeletionCost: 7, OptOuts: []string{"karpenter.sh/do-not-disrupt"}, Critical: true, Created: ago(time.Hour)},
		{UID: "web-2", Name: "web-2", Node: "b", Owner: "web-2", Ready: true, Labels: labels("2"), Created: ago(time.Minute)},
		{UID: "web-3", Name: "web-3", Node: "a", Owner: "web-1", Ready: true, Terminating: true, Labels: labels("1"), Created: ago(time.Hour)},
		{UID: "web-4", Name: "web-4", Owner: "web-1", Labels: labels("1"), Created: ago(time.Hour)},
	}
	if !reflect.DeepEqual(look.Pods, want) {
		t.Errorf("got  %+v\nwant %+v", look.Pods, want)
	}
	if look.Owner == nil || look.Owner.Name != "web-2" || look.Revision != "2" {
		t.Errorf("the owner is %+v, the revision %s", look.Owner, look.Revision)
	}
	before := look.Eligible
	if w.nodes.Set(spacious("c", "1")); w.look(snapshot.Memory{}).Eligible == before {
		t.Error("another eligible node changes nothing")
	}
}

func TestAStatefulSetsPodsHaveTheirOwnLabels(t *testing.T) {
	w := newWorld(t)
	numbered := func(p *corev1.Pod) { p.Labels["apps.kubernetes.io/pod-index"] = p.Name[len(p.Name)-1:] }
	w.put(pod("cache-0", "a", ofStatefulSet("cache"), numbered), pod("cache-1", "a", ofStatefulSet("cache"), numbered))
	id := placement.WorkloadID{AppKey: web(), Kind: "StatefulSet", Name: "cache"}
	look, ok := w.sources.Look(id, noon(), snapshot.Memory{}, nil)
	if !ok || len(look.Pods) != 2 {
		t.Fatalf("got %+v", look)
	}
	for i, p := range look.Pods {
		if got, want := p.Labels["apps.kubernetes.io/pod-index"], string(rune('0'+i)); got != want {
			t.Errorf("%s has index %s", p.Name, got)
		}
	}
}

func TestOnlyReadyReplicasOnRealNodesAreCandidates(t *testing.T) {
	w := newWorld(t)
	virtual := spacious("v", "1")
	virtual.Labels["type"] = "virtual-kubelet"
	for _, n := range []*corev1.Node{spacious("a", "1"), node("b", "1", false, ago(time.Hour)), virtual} {
		w.nodes.Set(n)
	}
	w.put(
		pod("ready", "a"), pod("on-unready", "b"), pod("on-virtual", "v"), pod("on-gone", "gone"), pod("unready", "a", unready),
		pod("leaves", "a", terminating), pod("done", "a", finished), pod("waits", "", unready), pod("cache-0", "a", ofStatefulSet("cache")),
	)
	var names []string
	for _, c := range w.look(snapshot.Memory{}).Scene.Candidates {
		names = append(names, c.Name+" in "+c.Zone)
	}
	if !slices.Equal(names, []string{"ready in 1"}) {
		t.Errorf("candidates are %q", names)
	}
}

func TestALookHasTheSceneOfTheNewestTemplate(t *testing.T) {
	w := newWorld(t)
	w.nodes.Set(spacious("a", "1"))
	w.nodes.Set(spacious("b", "2"))
	w.put(pod("web-1", "a", requesting("1")), pod("web-2", "a", revised("2", time.Minute), requesting("2")))
	look := w.look(snapshot.Memory{})
	want := []placement.Spot{{Node: "a", Zone: "1", Room: 3}, {Node: "b", Zone: "2", Room: 5}}
	if !slices.Equal(look.Scene.Spots, want) {
		t.Errorf("spots %+v, want %+v", look.Scene.Spots, want)
	}
	if look.Unknown != "" {
		t.Errorf("%q is not known of the scene", look.Unknown)
	}
}

func TestWhatIsPromisedToAnotherWorkloadIsAsMuchAsItsPodsDemand(t *testing.T) {
	w := newWorld(t)
	for _, n := range []*corev1.Node{spacious("a", "1"), spacious("b", "2"), spacious("c", "2")} {
		w.nodes.Set(n)
	}
	w.put(
		pod("web-1", "a", requesting("1")), pod("cache-0", "a", ofStatefulSet("cache"), requesting("7")),
		pod("cache-1", "a", ofStatefulSet("cache"), requesting("1")),
	)
	cache := placement.WorkloadID{AppKey: web(), Kind: "StatefulSet", Name: "cache"}
	gone := placement.WorkloadID{AppKey: web(), Kind: "StatefulSet", Name: "gone"}
	look, ok := w.sources.Look(cache, noon(), snapshot.Memory{}, []placement.Promise{
		{Of: webID(), On: []string{"a", "b", "nowhere"}}, {Of: gone, On: []string{"b"}},
	})
	// The newest of the cache's Pods demands one CPU; a has nine taken.
	want := []placement.Spot{{Node: "a", Zone: "1", Room: 0}, {Node: "b", Zone: "2", Room: 8}, {Node: "c", Zone: "2", Room: 10}}
	if !ok || !slices.Equal(look.Scene.Spots, want) {
		t.Errorf("spots of one that demands little %+v, want %+v", look.Scene.Spots, want)
	}
	look, _ = w.sources.Look(webID(), noon(), snapshot.Memory{}, []placement.Promise{{Of: cache, On: []string{"b"}}, {Of: cache, On: []string{"b"}}})
	if got := look.Scene.Spots; len(got) != 3 || got[1].Room != 8 {
		t.Errorf("beside two of the cache's there is room %+v", got)
	}
}

func TestAPodThatHasFinishedSpeaksForNobody(t *testing.T) {
	w := newWorld(t)
	w.put(pod("web-1", "a", requesting("1")), pod("done", "a", revised("2", time.Minute), finished, saying(placement.ModeAnnotation, "enforce")))
	if got := w.sources.Consent(webID()).Pods; got != "" {
		t.Errorf("the workload consents to %q", got)
	}
	if owner, ok := w.sources.Owner(webID()); !ok || owner.Name != "web-1" {
		t.Errorf("its owner is %+v", owner)
	}
}

func TestALookAsksForVolumesAndNamespaces(t *testing.T) {
	w := newWorld(t)
	for _, n := range []*corev1.Node{spacious("a", "1"), spacious("b", "2"), spacious("c", "2")} {
		w.nodes.Set(n)
	}
	w.sources.Volumes = inZone("2")
	w.sources.NamespaceLabels = func(namespace string) map[string]string { return map[string]string{"name": namespace} }
	apart := func(p *corev1.Pod) {
		p.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
			TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{}, NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"name": "bank"}},
		}}}}
	}
	bank := pod("bank-1", "b", func(p *corev1.Pod) { p.Namespace = "bank" })
	w.put(pod("web-1", "a", apart, func(p *corev1.Pod) {
		p.Spec.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}}}
	}), bank)
	if spots := w.look(snapshot.Memory{}).Scene.Spots; len(spots) != 1 || spots[0].Node != "c" {
		t.Errorf("spots %+v, want c alone", spots)
	}
}

// inZone is a world in which every claim is bound to a volume of one zone.
type inZone string

func (inZone) Claim(string, string) (string, bool) { return "pv", true }

func (z inZone) Volume(string) (*corev1.NodeSelector, bool) {
	return &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
		{Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{string(z)}},
	}}}}, true
}

func TestALookSaysWhatItDoesNotKnow(t *testing.T) {
	w := newWorld(t)
	w.nodes.Set(spacious("a", "1"))
	w.put(pod("web-1", "a", func(p *corev1.Pod) { p.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "gpu"}} }))
	if look := w.look(snapshot.Memory{}); look.Unknown == "" || len(look.Scene.Spots) != 0 {
		t.Errorf("unknown is %q, spots are %+v", look.Unknown, look.Scene.Spots)
	}
}
