package cluster

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/randfill"
)

func transform(t testing.TB, obj any) any {
	t.Helper()
	got, err := Transforms{}.Func()(obj)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

var fullMeta = metav1.ObjectMeta{
	Name: "a", UID: "u", ResourceVersion: "7", Generation: 3,
	CreationTimestamp: metav1.Unix(1, 0), DeletionTimestamp: &metav1.Time{Time: time.Unix(2, 0)},
	Labels:        map[string]string{"zone": "z"},
	Annotations:   map[string]string{"evenkeel.dev/mode": "off", "other": "x"},
	ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubelet"}},
	Finalizers:    []string{"f"},
}

var keptMeta = metav1.ObjectMeta{
	Name: "a", UID: "u", ResourceVersion: "7",
	CreationTimestamp: metav1.Unix(1, 0), DeletionTimestamp: &metav1.Time{Time: time.Unix(2, 0)},
	Labels:      map[string]string{"zone": "z"},
	Annotations: map[string]string{"evenkeel.dev/mode": "off"},
}

func TestOfANodeStaysWhatDecidesWherePodsCanGo(t *testing.T) {
	cpu := corev1.ResourceList{"cpu": resource.MustParse("4")}
	taints := []corev1.Taint{{Key: "k", Effect: corev1.TaintEffectNoSchedule}}
	changed := metav1.Unix(5, 0)
	got := transform(t, &corev1.Node{
		ObjectMeta: fullMeta,
		Spec:       corev1.NodeSpec{Taints: taints, Unschedulable: true, PodCIDR: "10.0.0.0/24", ProviderID: "p"},
		Status: corev1.NodeStatus{
			Capacity: cpu, Allocatable: cpu,
			Conditions: []corev1.NodeCondition{
				{Type: corev1.NodeDiskPressure, Status: corev1.ConditionTrue},
				{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: metav1.Unix(9, 0), LastTransitionTime: changed},
			},
			Addresses:       []corev1.NodeAddress{{Address: "1.2.3.4"}},
			Images:          []corev1.ContainerImage{{Names: []string{"i"}}},
			VolumesInUse:    []corev1.UniqueVolumeName{"v"},
			VolumesAttached: []corev1.AttachedVolume{{Name: "v"}},
			NodeInfo:        corev1.NodeSystemInfo{KubeletVersion: "v1.37.2"},
		},
	})
	want := &corev1.Node{
		ObjectMeta: keptMeta,
		Spec:       corev1.NodeSpec{Taints: taints, Unschedulable: true},
		Status: corev1.NodeStatus{
			Allocatable: cpu,
			Conditions:  []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastTransitionTime: changed}},
		},
	}
	if !equality.Semantic.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestOfANamespaceStayLabelsPolicyAndPhase(t *testing.T) {
	got := transform(t, &corev1.Namespace{
		ObjectMeta: fullMeta,
		Spec:       corev1.NamespaceSpec{Finalizers: []corev1.FinalizerName{"kubernetes"}},
		Status: corev1.NamespaceStatus{
			Phase:      corev1.NamespaceTerminating,
			Conditions: []corev1.NamespaceCondition{{Type: "NamespaceContentRemaining"}},
		},
	})
	want := &corev1.Namespace{ObjectMeta: keptMeta, Status: corev1.NamespaceStatus{Phase: corev1.NamespaceTerminating}}
	if !equality.Semantic.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

var fullIdentity = metav1.ObjectMeta{Namespace: "shop", Name: "a", UID: "u", ResourceVersion: "7"}

// full is the identity with what is thrown away.
func full() metav1.ObjectMeta {
	m := fullMeta
	m.Namespace = "shop"
	return m
}

func TestOfABudgetStaysWhomItIsForAndWhatItAllows(t *testing.T) {
	selector, three := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, intstr.FromInt32(3)
	got := transform(t, &policyv1.PodDisruptionBudget{
		ObjectMeta: full(),
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: selector, MinAvailable: &three, UnhealthyPodEvictionPolicy: new(policyv1.AlwaysAllow)},
		Status: policyv1.PodDisruptionBudgetStatus{
			ObservedGeneration: 2, DisruptionsAllowed: 1, CurrentHealthy: 4, DesiredHealthy: 3, ExpectedPods: 4,
			DisruptedPods: map[string]metav1.Time{"p": {}}, Conditions: []metav1.Condition{{Type: "DisruptionAllowed"}},
		},
	})
	meta := fullIdentity
	meta.Generation = 3
	want := &policyv1.PodDisruptionBudget{
		ObjectMeta: meta, Spec: policyv1.PodDisruptionBudgetSpec{Selector: selector},
		Status: policyv1.PodDisruptionBudgetStatus{ObservedGeneration: 2, DisruptionsAllowed: 1},
	}
	if !equality.Semantic.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestOfAClaimStaysWhatItIsBoundTo(t *testing.T) {
	got := transform(t, &corev1.PersistentVolumeClaim{
		ObjectMeta: full(),
		Spec: corev1.PersistentVolumeClaimSpec{
			VolumeName: "pv", StorageClassName: new("fast"), AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{"storage": resource.MustParse("1Gi")}},
		},
		Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound, Capacity: corev1.ResourceList{"storage": resource.MustParse("1Gi")}},
	})
	want := &corev1.PersistentVolumeClaim{
		ObjectMeta: fullIdentity,
		Spec:       corev1.PersistentVolumeClaimSpec{VolumeName: "pv", StorageClassName: new("fast")},
		Status:     corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound},
	}
	if !equality.Semantic.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestOfAVolumeStaysFromWhereItCanBeReached(t *testing.T) {
	nodes := &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{}}}}
	got := transform(t, &corev1.PersistentVolume{
		ObjectMeta: full(),
		Spec: corev1.PersistentVolumeSpec{
			NodeAffinity: nodes, StorageClassName: "fast", Capacity: corev1.ResourceList{"storage": resource.MustParse("1Gi")},
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "d"}},
		},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeBound},
	})
	want := &corev1.PersistentVolume{ObjectMeta: fullIdentity, Spec: corev1.PersistentVolumeSpec{NodeAffinity: nodes}}
	if !equality.Semantic.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestPodsGoToTheirOwnTransformAndAllElsePasses(t *testing.T) {
	type ours struct{ name string }
	f := Transforms{Pod: func(obj any) (any, error) { return &ours{obj.(*corev1.Pod).Name}, nil }}.Func()
	pod, err := f(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}})
	if err != nil || !reflect.DeepEqual(pod, &ours{"p"}) {
		t.Errorf("got %v, %v", pod, err)
	}
	for _, obj := range []any{pod, &corev1.Service{}, cache.DeletedFinalStateUnknown{Key: "a/b"}, cache.DeletedFinalStateUnknown{Obj: pod}, nil} {
		if got, err := f(obj); err != nil || !reflect.DeepEqual(got, obj) {
			t.Errorf("%v became %v, %v", obj, got, err)
		}
	}
}

func FuzzTrimmingTwiceIsTrimmingOnceAndKeepsIdentity(f *testing.F) {
	for seed := range int64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed int64) {
		filler := randfill.NewWithSeed(seed).NilChance(0.3).NumElements(0, 4).Funcs(
			func(q *resource.Quantity, _ randfill.Continue) { *q = resource.MustParse("1") },
			func(f *metav1.FieldsV1, _ randfill.Continue) { f.SetRawBytes([]byte("{}")) },
		)
		node, namespace := &corev1.Node{}, &corev1.Namespace{}
		filler.Fill(node)
		filler.Fill(namespace)
		budget, claim, volume := &policyv1.PodDisruptionBudget{}, &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolume{}
		filler.Fill(budget)
		filler.Fill(claim)
		filler.Fill(volume)
		for _, obj := range []metav1.Object{node, namespace, budget, claim, volume} {
			before := fmt.Sprint(obj.GetName(), obj.GetUID(), obj.GetResourceVersion())
			once := transform(t, obj)
			if after := once.(metav1.Object); fmt.Sprint(after.GetName(), after.GetUID(), after.GetResourceVersion()) != before {
				t.Errorf("identity changed from %s to %v", before, after)
			}
			if twice := transform(t, once); !reflect.DeepEqual(once, twice) {
				t.Errorf("once  %+v\ntwice %+v", once, twice)
			}
		}
	})
}
