package eligibility

import corev1 "k8s.io/api/core/v1"

// Facts is what a verdict needs to know of a node.
type Facts struct {
	Name string
	// Zone is empty where the node is in no zone.
	Zone string
	// Ready is the node's condition Ready, Schedulable the absence of a cordon.
	Ready, Schedulable bool
	// Virtual marks a node that stands for no machine.
	Virtual bool
	// Changed is when the condition Ready last changed, in seconds since 1970;
	// zero where unknown.
	Changed int64
}

// Labels of a node, see
// https://kubernetes.io/docs/reference/labels-annotations-taints/.
const (
	zoneLabel   = corev1.LabelTopologyZone
	typeLabel   = "type"
	virtualType = "virtual-kubelet"
)

func factsOf(node *corev1.Node) Facts {
	f := Facts{
		Name:        node.Name,
		Zone:        node.Labels[zoneLabel],
		Schedulable: !node.Spec.Unschedulable,
		Virtual:     node.Labels[typeLabel] == virtualType,
	}
	for i := range node.Status.Conditions {
		c := &node.Status.Conditions[i]
		if c.Type != corev1.NodeReady {
			continue
		}
		f.Ready = c.Status == corev1.ConditionTrue
		if !c.LastTransitionTime.IsZero() {
			f.Changed = c.LastTransitionTime.Unix()
		}
	}
	return f
}

// sameForReplicas is true where replicas on the node are judged alike.
func (f Facts) sameForReplicas(g Facts) bool {
	return f.Ready == g.Ready && f.Zone == g.Zone && f.Virtual == g.Virtual
}
