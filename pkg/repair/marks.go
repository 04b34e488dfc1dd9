package repair

import corev1 "k8s.io/api/core/v1"

// What others put on Nodes that are about to go. The cluster autoscaler taints
// a node that it may delete, and then one that it does; Karpenter one that it
// replaces.
const (
	toBeDeletedTaint       = "ToBeDeletedByClusterAutoscaler"
	deletionCandidateTaint = "DeletionCandidateOfClusterAutoscaler"
	disruptedTaint         = "karpenter.sh/disrupted"
	oldDisruptionTaint     = "karpenter.sh/disruption"
)

// Leaving says why a Node is about to go or to be emptied; empty where it is not.
func Leaving(node *corev1.Node) string {
	switch {
	case node.DeletionTimestamp != nil:
		return "is being deleted"
	case node.Spec.Unschedulable:
		return "is cordoned"
	}
	for _, t := range node.Spec.Taints {
		switch t.Key {
		case toBeDeletedTaint, deletionCandidateTaint, disruptedTaint, oldDisruptionTaint:
			return "bears the taint " + t.Key
		}
	}
	return ""
}
