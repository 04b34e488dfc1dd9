package podview

import (
	"strings"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Labels that controllers add per revision, in the order in which they are
// asked for.
var revisionLabels = [...]string{"pod-template-hash", "rollouts-pod-template-hash", "controller-revision-hash"}

// podLabels are those that a StatefulSet adds per Pod.
var podLabels = [...]string{"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"}

// revisionOf returns the per-revision label and its value, if there is one.
func revisionOf(labels map[string]string) (label, revision string) {
	for _, l := range revisionLabels {
		if v := labels[l]; v != "" {
			return l, v
		}
	}
	return "", ""
}

// split takes a Pod's labels apart into those of its template and its own.
func split(labels map[string]string) (shared, own map[string]string) {
	shared = make(map[string]string, len(labels))
	for k, v := range labels {
		shared[intern(k)] = intern(v)
	}
	for _, l := range revisionLabels {
		delete(shared, l)
	}
	for _, l := range podLabels {
		v, ok := labels[l]
		if !ok {
			continue
		}
		delete(shared, l)
		if own == nil {
			own = make(map[string]string, len(podLabels))
		}
		own[l] = v
	}
	return shared, own
}

// workloadName is the controller's name, for a ReplicaSet without the hash
// of its revision, so that a rollout's old and new Pods are one workload.
func workloadName(kind, name string, labels map[string]string) string {
	if kind != "ReplicaSet" {
		return name
	}
	for _, l := range revisionLabels[:2] {
		if hash := labels[l]; hash != "" {
			if base, ok := strings.CutSuffix(name, "-"+hash); ok && base != "" {
				return base
			}
		}
	}
	return name
}

// longestAnnotation is how much is kept of an annotation's value, in bytes. No
// valid one comes near it, and a malformed one is only quoted in part.
const longestAnnotation = 256

// policyAnnotations are the annotations that Evenkeel reads; nil for none.
func policyAnnotations(annotations map[string]string) map[string]string {
	var own map[string]string
	for _, name := range placement.Annotations() {
		v, ok := annotations[name]
		if !ok {
			continue
		}
		if own == nil {
			own = make(map[string]string)
		}
		own[name] = v[:min(len(v), longestAnnotation)]
	}
	return own
}
