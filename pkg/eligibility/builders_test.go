package eligibility_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/placement"
)

func noon() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

type option func(*corev1.Node)

// node builds a node that is Ready and takes any Pod, to which options add.
func node(name string, options ...option) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{}}}
	ready(corev1.ConditionTrue)(n)
	for _, o := range options {
		o(n)
	}
	return n
}

func ready(status corev1.ConditionStatus) option {
	return func(n *corev1.Node) {
		n.Status.Conditions = []corev1.NodeCondition{
			{Type: corev1.NodeMemoryPressure, Status: corev1.ConditionTrue},
			{Type: corev1.NodeReady, Status: status, LastTransitionTime: metav1.NewTime(noon())},
		}
	}
}

func cordoned(n *corev1.Node) { n.Spec.Unschedulable = true }

func labelled(key, value string) option {
	return func(n *corev1.Node) { n.Labels[key] = value }
}

func inZone(zone string) option { return labelled("topology.kubernetes.io/zone", zone) }

func virtual(n *corev1.Node) { n.Labels["type"] = "virtual-kubelet" }

func tainted(key string, effect corev1.TaintEffect) option {
	return func(n *corev1.Node) {
		n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: key, Value: "yes", Effect: effect})
	}
}

func tolerating(t corev1.Toleration) eligibility.Class {
	return eligibility.Class{Tolerations: []corev1.Toleration{t}}
}

func selecting(key, value string) eligibility.Class {
	return eligibility.Class{NodeSelector: map[string]string{key: value}}
}

// requiring is a class of a required affinity of such terms, of which one must
// match.
func requiring(terms ...corev1.NodeSelectorTerm) eligibility.Class {
	return eligibility.Class{Required: &corev1.NodeSelector{NodeSelectorTerms: terms}}
}

func label(key string, op corev1.NodeSelectorOperator, values ...string) corev1.NodeSelectorTerm {
	return corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: op, Values: values}}}
}

func field(key string, op corev1.NodeSelectorOperator, values ...string) corev1.NodeSelectorTerm {
	return corev1.NodeSelectorTerm{MatchFields: []corev1.NodeSelectorRequirement{{Key: key, Operator: op, Values: values}}}
}

func app(name string) placement.AppKey { return placement.AppKey{Namespace: "shop", App: name} }

// memo is one of these nodes.
func memo(nodes ...*corev1.Node) *eligibility.Memo {
	m := eligibility.NewMemo()
	for _, n := range nodes {
		m.Set(n)
	}
	return m
}

// use has an app use a class of that key.
func use(m *eligibility.Memo, app placement.AppKey, key string, class eligibility.Class) placement.Eligible {
	return m.Eligible(app, key, func() eligibility.Class { return class })
}

func reasons(e placement.Eligible) map[string]int {
	found := make(map[string]int)
	for _, x := range e.Excluded {
		found[x.Reason] += x.Nodes
	}
	return found
}

func never(t *testing.T) func() eligibility.Class {
	return func() eligibility.Class {
		t.Error("the class is described once more")
		return eligibility.Class{}
	}
}
