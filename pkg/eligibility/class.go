// Package eligibility knows which nodes admit which scheduling class. A class
// is judged once against a node, for all workloads that share it, and again
// only when that node changes.
package eligibility

import (
	corev1 "k8s.io/api/core/v1"
	schedulinghelpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
)

// Class is what of a Pod decides which nodes admit it.
type Class struct {
	NodeSelector map[string]string
	// Required is the required node affinity; nil for none.
	Required    *corev1.NodeSelector
	Tolerations []corev1.Toleration
}

// verdict is why a node does not admit a class; admitted is none.
type verdict uint8

const (
	absent verdict = iota // no such node
	admitted
	virtual
	notReady
	cordoned
	tainted
	outside
)

// reason is the verdict after "n nodes are …".
func (v verdict) reason() string {
	switch v {
	case virtual:
		return "virtual"
	case notReady:
		return "not Ready"
	case cordoned:
		return "cordoned"
	case tainted:
		return "with a taint that it does not tolerate"
	case outside:
		return "outside its node selector or affinity"
	default:
		return ""
	}
}

// matcher is a class made ready to be asked many times.
type matcher struct {
	affinity    nodeaffinity.RequiredNodeAffinity
	tolerations []corev1.Toleration
	log         klog.Logger
}

func newMatcher(c Class) matcher {
	affinity := &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: c.Required}}
	return matcher{
		affinity:    nodeaffinity.NewRequiredNodeAffinity(c.NodeSelector, affinity),
		tolerations: c.Tolerations,
		log:         klog.NewKlogr(),
	}
}

// judge asks whether a node admits the class. What a person can undo on the
// node is said before what the Pod asks for.
func (m matcher) judge(node *corev1.Node, facts Facts) verdict {
	switch {
	case facts.Virtual:
		return virtual
	case !facts.Ready:
		return notReady
	case node.Spec.Unschedulable:
		return cordoned
	case !m.tolerates(node):
		return tainted
	case !m.selects(node):
		return outside
	default:
		return admitted
	}
}

func (m matcher) tolerates(node *corev1.Node) bool {
	_, untolerated := schedulinghelpers.FindMatchingUntoleratedTaint(m.log, node.Spec.Taints, m.tolerations, repels, false)
	return !untolerated
}

// repels is true for the taints that keep new Pods away; PreferNoSchedule only
// asks.
func repels(t *corev1.Taint) bool {
	return t.Effect == corev1.TaintEffectNoSchedule || t.Effect == corev1.TaintEffectNoExecute
}

// selects is false for an affinity that can not be read, which admits no node.
func (m matcher) selects(node *corev1.Node) bool {
	ok, err := m.affinity.Match(node)
	return err == nil && ok
}
