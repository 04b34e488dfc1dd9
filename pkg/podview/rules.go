package podview

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Rules are what the scheduler must heed of other Pods when it places one of
// these. What is only preferred is not among them.
type Rules struct {
	// Apart are the required Pod anti-affinities. They hold the other way round
	// too: whom they are about may not come to where one of these Pods is.
	Apart []Term
	// Together are the required Pod affinities, and Spread the spread constraints
	// with DoNotSchedule; neither is kept of Pods that are not judged.
	Together []Term
	Spread   []Spread
	// Unknown is what the scheduler would heed besides and is not known here;
	// empty where nothing is.
	Unknown string
}

// Term is a required Pod affinity or anti-affinity.
type Term struct {
	TopologyKey string
	Selector    labels.Selector
	// Namespaces are those meant by name, Among selects others by their labels.
	Namespaces []string
	Among      labels.Selector
	// PerPod is true where the selector asks for a label in which Pods of one
	// template may differ.
	PerPod bool
}

// Selects tells whether the term is about a Pod of a namespace with these
// labels. It asks for the namespace's own labels only where it needs them.
func (t *Term) Selects(namespace string, namespaceLabels func(string) map[string]string, of labels.Labels) bool {
	if !slices.Contains(t.Namespaces, namespace) {
		if t.Among == nil || !t.Among.Matches(labels.Set(namespaceLabels(namespace))) {
			return false
		}
	}
	return t.Selector.Matches(of)
}

// Spread is a topology spread constraint that must be satisfied.
type Spread struct {
	TopologyKey         string
	MaxSkew, MinDomains int32
	Selector            labels.Selector
	// AnyNode is true where nodes outside node selector and affinity count too,
	// Untainted where those with a taint that is not tolerated do not.
	AnyNode, Untainted bool
	// PerPod is as a Term's.
	PerPod bool
}

// Far is true where the Pods keep others away from more than their own nodes.
func (r *Rules) Far() bool {
	return r != nil && slices.ContainsFunc(r.Apart, func(t Term) bool { return t.TopologyKey != corev1.LabelHostname })
}

// rulesOf are the rules of a Pod; nil for none.
func rulesOf(pod *corev1.Pod, judged bool) *Rules {
	var r Rules
	unread := false
	affinity := pod.Spec.Affinity
	if affinity != nil && affinity.PodAntiAffinity != nil {
		r.Apart, unread = termsOf(pod, affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution)
	}
	if judged && affinity != nil && affinity.PodAffinity != nil {
		var also bool
		r.Together, also = termsOf(pod, affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution)
		unread = unread || also
	}
	if judged {
		var also bool
		r.Spread, also = spreadOf(pod)
		unread = unread || also
	}
	switch {
	case !judged:
	case unread:
		r.Unknown = "a selector of its constraints can not be read"
	case len(pod.Spec.ResourceClaims) > 0:
		r.Unknown = "it claims devices"
	}
	if r.Apart == nil && r.Together == nil && r.Spread == nil && r.Unknown == "" {
		return nil
	}
	return &r
}

// termsOf reads terms, and tells whether one can not be read.
func termsOf(pod *corev1.Pod, all []corev1.PodAffinityTerm) (terms []Term, unread bool) {
	for i := range all {
		t := &all[i]
		selector, err := selectorOf(t.LabelSelector, pod.Labels, t.MatchLabelKeys, t.MismatchLabelKeys)
		if err != nil {
			unread = true
			continue
		}
		term := Term{TopologyKey: intern(t.TopologyKey), Selector: selector, PerPod: perPod(selector)}
		for _, namespace := range t.Namespaces {
			term.Namespaces = append(term.Namespaces, intern(namespace))
		}
		if t.NamespaceSelector != nil {
			if term.Among, err = metav1.LabelSelectorAsSelector(t.NamespaceSelector); err != nil {
				unread = true
				continue
			}
		} else if len(t.Namespaces) == 0 {
			term.Namespaces = []string{intern(pod.Namespace)}
		}
		terms = append(terms, term)
	}
	return terms, unread
}

// spreadOf reads the constraints that must be satisfied, with what is meant
// where nothing is said.
func spreadOf(pod *corev1.Pod) (constraints []Spread, unread bool) {
	for i := range pod.Spec.TopologySpreadConstraints {
		c := &pod.Spec.TopologySpreadConstraints[i]
		if c.WhenUnsatisfiable != corev1.DoNotSchedule {
			continue
		}
		selector, err := selectorOf(c.LabelSelector, pod.Labels, c.MatchLabelKeys, nil)
		if err != nil {
			unread = true
			continue
		}
		s := Spread{
			TopologyKey: intern(c.TopologyKey), MaxSkew: c.MaxSkew, MinDomains: 1, Selector: selector, PerPod: perPod(selector),
			AnyNode:   c.NodeAffinityPolicy != nil && *c.NodeAffinityPolicy == corev1.NodeInclusionPolicyIgnore,
			Untainted: c.NodeTaintsPolicy != nil && *c.NodeTaintsPolicy == corev1.NodeInclusionPolicyHonor,
		}
		if c.MinDomains != nil {
			s.MinDomains = *c.MinDomains
		}
		constraints = append(constraints, s)
	}
	return constraints, unread
}

// selectorOf reads a selector with what a Pod's own labels add to it. The API
// server has put that into the selector already where it is new enough; twice is
// as once.
func selectorOf(s *metav1.LabelSelector, own map[string]string, match, mismatch []string) (labels.Selector, error) {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil || s == nil {
		return selector, err
	}
	add := func(keys []string, operator metav1.LabelSelectorOperator) {
		for _, key := range keys {
			// A node's labels come to a Pod when it has been scheduled.
			if value, ok := own[key]; ok && !slices.Contains(nodeLabels[:], key) {
				s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: key, Operator: operator, Values: []string{value}})
			}
		}
	}
	if len(match)+len(mismatch) == 0 {
		return selector, nil
	}
	s = s.DeepCopy() // it is the Pod's
	add(match, metav1.LabelSelectorOpIn)
	add(mismatch, metav1.LabelSelectorOpNotIn)
	return metav1.LabelSelectorAsSelector(s)
}

// perPod tells whether a selector asks for a label of a Pod's own.
func perPod(s labels.Selector) bool {
	requirements, _ := s.Requirements()
	return slices.ContainsFunc(requirements, func(r labels.Requirement) bool {
		return slices.Contains(podLabels[:], r.Key()) || slices.Contains(revisionLabels[:], r.Key())
	})
}

func (r *Rules) deepCopy() *Rules {
	if r == nil {
		return nil
	}
	c := *r
	c.Apart, c.Together, c.Spread = copyTerms(r.Apart), copyTerms(r.Together), slices.Clone(r.Spread)
	for i := range c.Spread {
		c.Spread[i].Selector = r.Spread[i].Selector.DeepCopySelector()
	}
	return &c
}

func copyTerms(terms []Term) []Term {
	copied := slices.Clone(terms)
	for i := range copied {
		t := &copied[i]
		t.Selector, t.Namespaces = t.Selector.DeepCopySelector(), slices.Clone(t.Namespaces)
		if t.Among != nil {
			t.Among = t.Among.DeepCopySelector()
		}
	}
	return copied
}
