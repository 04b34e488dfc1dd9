package controller

import (
	"math"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
)

// hostile makes Pods, Nodes and Namespaces of any bytes; where they end, zeros
// follow. Their names are few, so that they meet; what stands in them is what
// somebody may have written, and worse: no API server lets all of it pass.
type hostile struct{ rest []byte }

func (h *hostile) byte() byte {
	if len(h.rest) == 0 {
		return 0
	}
	b := h.rest[0]
	h.rest = h.rest[1:]
	return b
}

// below gives a number from 0 to one less than n.
func (h *hostile) below(n int) int { return int(h.byte()) % n }

// one in n is true.
func (h *hostile) one(n int) bool { return h.below(n) == 1 }

func oneOf[T any](h *hostile, of ...T) T { return of[h.below(len(of))] }

// longest is a label's value at its limit.
var longest = strings.Repeat("x", 63)

// text is a label's value, a name or worse.
func (h *hostile) text() string {
	switch b := h.below(16); b {
	case 15:
		n := min(h.below(80), len(h.rest))
		s := string(h.rest[:n])
		h.rest = h.rest[n:]
		return s
	default:
		return []string{
			"web", "db", "", longest, longest + longest, "a", "b", "1", "-1", "web-1", "\xff", "\xfe\x00", "é…", "a/b", "true",
		}[b]
	}
}

// time is around now, or out of all bounds.
func (h *hostile) time() metav1.Time {
	now := time.Now()
	if h.one(2) {
		return past()
	}
	return oneOf(h,
		metav1.NewTime(now.Add(-time.Hour)), metav1.Time{}, metav1.NewTime(now), metav1.NewTime(now.Add(-10*time.Second)),
		metav1.NewTime(now.Add(time.Minute)), metav1.NewTime(now.AddDate(9000, 0, 0)), metav1.NewTime(time.Unix(-1, 0)),
		metav1.NewTime(time.Unix(math.MaxUint32, 0)), metav1.NewTime(time.Unix(math.MaxInt64/2, 0)),
	)
}

func pointer[T any](h *hostile, of ...T) *T {
	if h.one(3) {
		return nil
	}
	v := oneOf(h, of...)
	return &v
}

func several[T any](h *hostile, most int, make func() T) []T {
	var all []T
	for range h.below(most + 1) {
		all = append(all, make())
	}
	return all
}

// texts are labels or annotations: some of the given names, and any.
func (h *hostile) texts(names ...string) map[string]string {
	all := make(map[string]string)
	for range h.below(5) {
		name := h.text()
		if i := h.below(len(names) + 1); i < len(names) {
			name = names[i]
		}
		all[name] = h.text()
	}
	return all
}

func (h *hostile) policies() map[string]string {
	all := h.texts("evenkeel.dev/mode", corev1.MirrorPodAnnotationKey)
	for _, name := range []string{"evenkeel.dev/settle", "evenkeel.dev/max-node-loss", "evenkeel.dev/max-zone-loss"} {
		if value := oneOf(h, "", "10m", "0s", "-1h", "9223372036854775807ns", "1%", "100%", "1e400%", "\xff", strings.Repeat("9", 300)+"%"); h.one(2) {
			all[name] = value
		}
	}
	return all
}

func (h *hostile) selector() *metav1.LabelSelector {
	switch h.below(4) {
	case 0:
		return nil
	case 1:
		return &metav1.LabelSelector{}
	case 2:
		return &metav1.LabelSelector{MatchLabels: h.texts("app")}
	default:
		return &metav1.LabelSelector{MatchExpressions: several(h, 2, func() metav1.LabelSelectorRequirement {
			return metav1.LabelSelectorRequirement{
				Key: h.text(), Operator: oneOf[metav1.LabelSelectorOperator](h, "In", "NotIn", "Exists", "DoesNotExist", "Like", ""),
				Values: several(h, 2, h.text),
			}
		})}
	}
}

func (h *hostile) requirement() corev1.NodeSelectorRequirement {
	return corev1.NodeSelectorRequirement{
		Key:      oneOf(h, corev1.LabelHostname, "metadata.name", "disk", "", h.text()),
		Operator: oneOf[corev1.NodeSelectorOperator](h, "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Like", ""),
		Values:   several(h, 2, h.text),
	}
}

func (h *hostile) podTerm() corev1.PodAffinityTerm {
	return corev1.PodAffinityTerm{
		LabelSelector: h.selector(), NamespaceSelector: h.selector(), Namespaces: several(h, 2, h.namespace),
		TopologyKey: oneOf(h, corev1.LabelHostname, corev1.LabelTopologyZone, h.text()),
	}
}

func (h *hostile) spread() corev1.TopologySpreadConstraint {
	return corev1.TopologySpreadConstraint{
		TopologyKey:       oneOf(h, corev1.LabelHostname, corev1.LabelTopologyZone, h.text()),
		WhenUnsatisfiable: oneOf(h, corev1.DoNotSchedule, corev1.ScheduleAnyway, ""), LabelSelector: h.selector(),
	}
}

func (h *hostile) affinity() *corev1.Affinity {
	if h.one(2) {
		return nil
	}
	a := &corev1.Affinity{}
	if h.one(2) {
		a.NodeAffinity = &corev1.NodeAffinity{}
		if h.one(2) {
			a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{
				NodeSelectorTerms: several(h, 2, func() corev1.NodeSelectorTerm {
					return corev1.NodeSelectorTerm{MatchExpressions: several(h, 2, h.requirement), MatchFields: several(h, 1, h.requirement)}
				}),
			}
		}
	}
	if h.one(2) {
		a.PodAffinity = &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: several(h, 1, h.podTerm)}
	}
	if h.one(2) {
		a.PodAntiAffinity = &corev1.PodAntiAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: several(h, 1, h.podTerm),
			PreferredDuringSchedulingIgnoredDuringExecution: several(h, 1, func() corev1.WeightedPodAffinityTerm {
				return corev1.WeightedPodAffinityTerm{PodAffinityTerm: h.podTerm()}
			}),
		}
	}
	return a
}

func (h *hostile) toleration() corev1.Toleration {
	return corev1.Toleration{
		Key: oneOf(h, "gone", "", h.text()), Operator: oneOf[corev1.TolerationOperator](h, "", "Exists", "Equal", "Lt", "Like"),
		Value: h.text(), Effect: h.effect(), TolerationSeconds: pointer[int64](h, 0, -1, math.MaxInt64),
	}
}

func (h *hostile) effect() corev1.TaintEffect {
	return oneOf(h, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute, corev1.TaintEffectPreferNoSchedule, "", "Like")
}

// namespace has no slash in it, which the store's keys would not survive
// either; the API server lets none be.
func (h *hostile) namespace() string { return oneOf(h, "shop", "shop", "shop", "bank", longest, "") }

func (h *hostile) node() string { return oneOf(h, "n1", "n1", "n2", "n2", "n3", "n3", "", "nowhere") }

func (h *hostile) owner() metav1.OwnerReference {
	return metav1.OwnerReference{
		Kind: oneOf(h, "ReplicaSet", "StatefulSet", "CloneSet", "DaemonSet", "Node", "Job", "", "\xff"),
		Name: h.text(), UID: types.UID(h.text()), Controller: pointer(h, true, true, false),
	}
}

// podNamed is any Pod of a name.
func (h *hostile) podNamed(namespace, name string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: name, UID: types.UID(oneOf(h, "one", "two", "")), CreationTimestamp: h.time(),
		OwnerReferences: several(h, 2, h.owner), Annotations: h.policies(),
		Labels: h.texts("app", "app.kubernetes.io/name", "k8s-app", "pod-template-hash", "rollouts-pod-template-hash",
			"controller-revision-hash", "statefulset.kubernetes.io/pod-name", corev1.LabelTopologyZone),
	}}
	if h.one(4) {
		at := h.time()
		p.DeletionTimestamp = &at
		p.DeletionGracePeriodSeconds = pointer[int64](h, 30, 0, -1, math.MaxInt64, math.MinInt64)
	}
	p.Spec = corev1.PodSpec{
		NodeName: h.node(), RestartPolicy: oneOf(h, corev1.RestartPolicyAlways, "", corev1.RestartPolicyNever, "Like"),
		NodeSelector: h.texts("disk"), Affinity: h.affinity(), Tolerations: several(h, 2, h.toleration),
		TopologySpreadConstraints: several(h, 2, h.spread),
	}
	if h.one(2) { // most bytes would make classes that no node is in
		p.Spec.NodeSelector, p.Spec.Affinity = nil, nil
	}
	p.Status = corev1.PodStatus{
		Phase: oneOf(h, corev1.PodRunning, corev1.PodPending, corev1.PodSucceeded, corev1.PodFailed, "", "Like"),
		Conditions: several(h, 3, func() corev1.PodCondition {
			return corev1.PodCondition{
				Type:   oneOf(h, corev1.PodReady, corev1.PodScheduled, "Like"),
				Status: oneOf(h, corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown, ""), LastTransitionTime: h.time(),
			}
		}),
	}
	return p
}

// replicaNamed is any replica of a few apps: what is judged, mostly.
func (h *hostile) replicaNamed(namespace, name string) *corev1.Pod {
	p := pod(oneOf(h, "web", "web", "web", "db", longest), name, h.node(), in(namespace))
	p.UID = types.UID(oneOf(h, "one", "two"))
	p.CreationTimestamp = h.time()
	for i := range p.Status.Conditions {
		p.Status.Conditions[i].LastTransitionTime = h.time()
	}
	if h.one(4) {
		p.Labels["pod-template-hash"], p.OwnerReferences[0].Name = "2", p.Labels["app"]+"-2"
	}
	if h.one(4) {
		p.Spec.TopologySpreadConstraints, p.Spec.Affinity = several(h, 2, h.spread), h.affinity()
	}
	if h.one(2) {
		return p
	}
	for _, option := range several(h, 3, func() podOption {
		return oneOf[podOption](h, unready, finished, terminating, ofDaemonSet, saying("evenkeel.dev/settle", h.text()), onlyOn("disk", "ssd"), tolerating("gone"))
	}) {
		option(p)
	}
	return p
}

func (h *hostile) nodeNamed(name string) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(h.text()), CreationTimestamp: h.time(),
			Labels: h.texts(corev1.LabelTopologyZone, corev1.LabelTopologyZone, "type", "disk", corev1.LabelHostname), Annotations: h.policies()},
		Spec: corev1.NodeSpec{Unschedulable: h.one(4), Taints: several(h, 2, func() corev1.Taint {
			at := h.time()
			return corev1.Taint{Key: oneOf(h, "gone", "", h.text()), Value: h.text(), Effect: h.effect(), TimeAdded: &at}
		})},
		Status: corev1.NodeStatus{Conditions: several(h, 3, func() corev1.NodeCondition {
			return corev1.NodeCondition{
				Type:   oneOf(h, corev1.NodeReady, corev1.NodeMemoryPressure, ""),
				Status: oneOf(h, corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown, ""), LastTransitionTime: h.time(),
			}
		})},
	}
}

// machineNamed is a node as there may well be one.
func (h *hostile) machineNamed(name string) *corev1.Node {
	n := node(name, inZone(oneOf(h, "a", "b", "")))
	for _, option := range several(h, 3, func() nodeOption {
		return oneOf(h, cordoned, notReady, tainted("gone"), labelled("disk", "ssd"), labelled("type", "virtual-kubelet"), beating)
	}) {
		option(n)
	}
	return n
}

func (h *hostile) namespaceNamed(name string) *corev1.Namespace {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(h.text()), Labels: h.texts(), Annotations: h.policies()}}
	if h.one(3) {
		at := h.time()
		ns.DeletionTimestamp = &at
	}
	return ns
}

// step does one thing to the cluster.
func (h *hostile) step(r *rig) {
	name, ns := oneOf(h, "p1", "p2", "p3", "p4", "p5", "p6"), h.namespace()
	switch h.below(12) {
	case 0, 1, 9:
		r.put(h.replicaNamed(ns, name))
	case 2:
		r.put(h.podNamed(ns, name))
	case 4:
		r.remove(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name}}, h.one(2))
	case 3, 5, 10:
		if h.one(3) {
			r.put(h.nodeNamed(h.node()))
		} else {
			r.put(h.machineNamed(h.node()))
		}
	case 6:
		r.remove(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: h.node()}}, h.one(2))
	case 7:
		r.put(h.namespaceNamed(ns))
	case 8:
		r.remove(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}, h.one(2))
	default:
		if h.one(4) {
			r.resync()
		}
		r.pass(oneOf(h, 0, time.Second, 31*time.Second, 11*time.Minute))
	}
}

// objects are all that the stores hold, as they hold it.
func (r *rig) objects() []runtime.Object {
	var all []runtime.Object
	for _, informer := range []cache.SharedIndexInformer{r.informers.Nodes, r.informers.Namespaces, r.informers.Pods} {
		for _, o := range informer.GetStore().List() {
			all = append(all, o.(runtime.Object))
		}
	}
	return all
}
