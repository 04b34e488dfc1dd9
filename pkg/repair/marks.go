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

// Annotations of a Pod by which its people ask other tools to leave it where it
// is. They mean this one too.
const (
	doNotDisrupt  = "karpenter.sh/do-not-disrupt"
	safeToEvict   = "cluster-autoscaler.kubernetes.io/safe-to-evict"
	preferNoEvict = "descheduler.alpha.kubernetes.io/prefer-no-eviction"
)

// OptOuts lists the annotations that OptOut reads, for those who keep only what
// is needed of a Pod.
func OptOuts() []string { return []string{doNotDisrupt, safeToEvict, preferNoEvict} }

// OptOut says which annotation asks that a Pod be left alone; empty where none
// does. Karpenter's may also hold a duration, during which that waits: here it is
// a no like any other. The descheduler's counts whatever it holds, as there.
func OptOut(annotations map[string]string) string {
	refuses := map[string]func(value string) bool{
		doNotDisrupt:  func(value string) bool { return value != "false" },
		safeToEvict:   func(value string) bool { return value == "false" },
		preferNoEvict: func(string) bool { return true },
	}
	for _, name := range OptOuts() {
		if value, there := annotations[name]; there && refuses[name](value) {
			return name
		}
	}
	return ""
}
