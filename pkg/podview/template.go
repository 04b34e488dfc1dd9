package podview

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Template is what all replicas of one Pod template share. It is read-only.
type Template struct {
	Namespace string
	// Workload names the replicas' workload. A Pod that is not judged has none:
	// its WorkloadID is the zero value.
	Workload placement.WorkloadID
	// AppIndex is the value of the app in the store's index, alone in a slice;
	// empty for a Pod that is not judged.
	AppIndex []string
	// Owner is the Pods' controller; nil where there is none.
	Owner *metav1.OwnerReference
	// Revision tells a rollout's old Pods from its new ones: the value of the
	// label that Placement names.
	Revision string
	// Annotations are those that Evenkeel reads.
	Annotations map[string]string
	// Labels are the Pods' labels but for per-revision and per-Pod ones.
	Labels map[string]string
	// Scheduling decides which nodes admit the Pods; nil where they are not
	// judged.
	*Scheduling
	// Demand is what each of the Pods takes of its node; nil for nothing but a
	// slot.
	Demand *Demand
	// Rules are what else the scheduler must heed; mostly nil.
	Rules *Rules
	// Placement is what the verdict reads of the template.
	Placement placement.Template
}

// Scheduling is what decides which nodes admit a Pod. The templates of one class
// share it: most Pods of a cluster are of very few.
type Scheduling struct {
	// Class is a digest of the rest, equal where that is.
	Class        string
	NodeSelector map[string]string
	// Affinity is the required node affinity alone.
	Affinity    *corev1.NodeSelector
	Tolerations []corev1.Toleration
}

// Judged is true where the template's Pods are judged: they have a controller
// other than a DaemonSet or a node, and run for ever.
func (t *Template) Judged() bool { return t.Workload != placement.WorkloadID{} }

func (t *Template) deepCopy() *Template {
	c := *t
	c.AppIndex = slices.Clone(t.AppIndex)
	c.Owner = t.Owner.DeepCopy()
	c.Annotations = maps.Clone(t.Annotations)
	c.Labels = maps.Clone(t.Labels)
	c.Scheduling = t.Scheduling.deepCopy()
	c.Demand = t.Demand.deepCopy()
	c.Rules = t.Rules.deepCopy()
	c.Placement.Labels = maps.Clone(t.Placement.Labels)
	c.Placement.Spread = slices.Clone(t.Placement.Spread)
	return &c
}

func (s *Scheduling) deepCopy() *Scheduling {
	if s == nil {
		return nil
	}
	c := &Scheduling{Class: s.Class, NodeSelector: maps.Clone(s.NodeSelector), Affinity: s.Affinity.DeepCopy()}
	if s.Tolerations != nil {
		c.Tolerations = make([]corev1.Toleration, len(s.Tolerations))
	}
	for i := range s.Tolerations {
		s.Tolerations[i].DeepCopyInto(&c.Tolerations[i])
	}
	return c
}
