package snapshot

import "evenkeel.dev/evenkeel/pkg/placement"

// Consent is what a workload's Namespace and the newest of its Pods say of how
// far Evenkeel may go with it.
func (s Sources) Consent(id placement.WorkloadID) placement.Consent {
	consent := placement.Consent{Namespace: s.namespaceAnnotations(id.Namespace)[placement.ModeAnnotation]}
	if newest := s.newest(id); newest != nil {
		consent.Pods = newest.Template.Annotations[placement.ModeAnnotation]
	}
	return consent
}
