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
	// Workload names the replicas' workload. A Pod that is not judged has none:
	// its WorkloadID is the zero value.
	Workload placement.WorkloadID
	// AppIndex is the value of the app in the store's index, alone in a slice;
	// empty for a Pod that is not judged.
	AppIndex []string
	// Owner is the Pods' controller; nil where there is none.
	Owner *metav1.OwnerReference
	// Revision tells a rollout's old Pods from its new ones.
	Revision string
	// Annotations are those that Evenkeel reads.
	Annotations map[string]string
	// Labels are the Pods' labels but for per-revision and per-Pod ones.
	Labels map[string]string
	// NodeSelector, Affinity (required node affinity alone) and Tolerations
	// decide which nodes admit the Pods; Class is a digest of all three, equal
	// where they are.
	NodeSelector map[string]string
	Affinity     *corev1.NodeSelector
	Tolerations  []corev1.Toleration
	Class        string
	// Placement is what the verdict reads of the template.
	Placement placement.Template
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
	c.NodeSelector = maps.Clone(t.NodeSelector)
	c.Affinity = t.Affinity.DeepCopy()
	c.Tolerations = make([]corev1.Toleration, len(t.Tolerations))
	for i := range t.Tolerations {
		t.Tolerations[i].DeepCopyInto(&c.Tolerations[i])
	}
	if t.Tolerations == nil {
		c.Tolerations = nil
	}
	c.Placement.Labels = maps.Clone(t.Placement.Labels)
	c.Placement.Spread = slices.Clone(t.Placement.Spread)
	return &c
}
