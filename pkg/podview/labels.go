package podview

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Labels that controllers add per revision, in the order in which they are
// asked for.
var revisionLabels = [...]string{"pod-template-hash", "rollouts-pod-template-hash", "controller-revision-hash"}

// podLabels are those that a StatefulSet adds per Pod.
var podLabels = [...]string{"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"}

// nodeLabels are those that the API server copies to a Pod from its node when
// it is bound: what they say is no choice of the template's.
var nodeLabels = [...]string{corev1.LabelTopologyZone, corev1.LabelTopologyRegion}

// revisionOf returns the per-revision label and its value, if there is one.
func revisionOf(labels map[string]string) (label, revision string) {
	for _, l := range revisionLabels {
		if v := labels[l]; v != "" {
			return l, v
		}
	}
	return "", ""
}

// split takes a Pod's labels apart into those of its template and its own, the
// latter in the order of their names. The revision, which the template keeps
// elsewhere, is in neither.
func split(labels map[string]string) (shared map[string]string, own []Label) {
	revision, _ := revisionOf(labels)
	shared = make(map[string]string, len(labels))
	for k, v := range labels {
		switch {
		case k == revision:
		case slices.Contains(podLabels[:], k), slices.Contains(revisionLabels[:], k):
			own = append(own, Label{Name: intern(k), Value: v})
		default:
			shared[intern(k)] = intern(v)
		}
	}
	slices.SortFunc(own, func(a, b Label) int { return cmp.Compare(a.Name, b.Name) })
	return shared, slices.Clip(own)
}

// templateLabels are the shared labels that stand in the template itself.
func templateLabels(shared map[string]string) map[string]string {
	labels := shared
	for _, l := range nodeLabels {
		if _, ok := shared[l]; !ok {
			continue
		}
		if len(labels) == len(shared) {
			labels = maps.Clone(shared)
		}
		delete(labels, l)
	}
	return labels
}

// workloadOf names the workload of a controller's Pods. A ReplicaSet whose name
// ends in the hash of its revision was made by what adds that label: the
// workload is its maker, so that a rollout's old and new Pods are one, under
// the name of an object that is there.
func workloadOf(kind, name string, labels map[string]string) (workloadKind, workload string) {
	if kind != "ReplicaSet" {
		return kind, name
	}
	for i, maker := range [...]string{"Deployment", "Rollout"} {
		hash := labels[revisionLabels[i]]
		if base, ok := strings.CutSuffix(name, "-"+hash); ok && hash != "" && base != "" {
			return maker, base
		}
	}
	return kind, name
}

// longestAnnotation is how much is kept of an annotation's value, in bytes. No
// valid one comes near it, and a malformed one is only quoted in part.
const longestAnnotation = 256

// cut shortens a value that is too long, to one that is malformed for sure.
// The result does not keep the value alive.
func cut(value string) string {
	if len(value) <= longestAnnotation {
		return value
	}
	return strings.ToValidUTF8(value[:longestAnnotation], "") + "…"
}

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
		own[name] = cut(v)
	}
	return own
}
