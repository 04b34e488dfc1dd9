package snapshot

import "evenkeel.dev/evenkeel/pkg/placement"

// Consent is what a workload's Namespace and its Pods say of how far Evenkeel may go
// with it. Where the Pods do not agree, as in a rollout that changes it, the one that
// says least speaks for all: any of them may be the one to go.
func (s Sources) Consent(id placement.WorkloadID) placement.Consent {
	consent := placement.Consent{Namespace: s.namespaceAnnotations(id.Namespace)[placement.ModeAnnotation]}
	for pod := range s.Pods.OfApp(id.AppKey) {
		if pod.Template.Workload == id && !pod.Finished {
			consent.Pods = placement.Lesser(consent.Pods, pod.Template.Annotations[placement.ModeAnnotation])
		}
	}
	return consent
}
