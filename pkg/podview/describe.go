package podview

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// describe makes the template of a Pod, not yet shared. It copies what it
// keeps of the Pod's maps and slices only where they could be changed later;
// the decoded Pod is the caller's own and is thrown away.
func (t *Transformer) describe(pod *corev1.Pod, shared map[string]string) *Template {
	controller := metav1.GetControllerOfNoCopy(pod)
	toJudge := judged(pod, controller)
	revisionLabel, revision := revisionOf(pod.Labels)
	namespace := intern(pod.Namespace)
	template := &Template{
		Namespace:   namespace,
		Owner:       owner(controller),
		Annotations: policyAnnotations(pod.Annotations),
		Labels:      shared,
		Revision:    intern(revision),
		Demand:      demandOf(pod),
		Rules:       rulesOf(pod, toJudge),
		Placement:   placement.Template{RevisionLabel: revisionLabel},
	}
	if !toJudge {
		return template
	}
	kind, name := workloadOf(controller.Kind, controller.Name, pod.Labels)
	app := placement.AppKey{Namespace: namespace, App: intern(t.appOf(pod.Labels, name))}
	template.Workload = placement.WorkloadID{AppKey: app, Kind: intern(kind), Name: intern(name)}
	template.AppIndex = []string{app.String()}
	template.Scheduling = &Scheduling{
		NodeSelector: pod.Spec.NodeSelector,
		Affinity:     requiredNodeAffinity(pod.Spec.Affinity),
		Tolerations:  pod.Spec.Tolerations,
	}
	template.Placement = placement.Template{
		Labels:              templateLabels(shared),
		RevisionLabel:       revisionLabel,
		Spread:              constraints(pod),
		RequiredPodAffinity: requiresPodAffinity(pod.Spec.Affinity),
		VolumeClaims:        claims(pod.Spec.Volumes),
	}
	return template
}

func owner(controller *metav1.OwnerReference) *metav1.OwnerReference {
	if controller == nil {
		return nil
	}
	return &metav1.OwnerReference{
		APIVersion: controller.APIVersion, Kind: controller.Kind, Name: controller.Name, UID: controller.UID,
	}
}

func requiredNodeAffinity(a *corev1.Affinity) *corev1.NodeSelector {
	if a == nil || a.NodeAffinity == nil {
		return nil
	}
	return a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
}

func requiresPodAffinity(a *corev1.Affinity) bool {
	if a == nil {
		return false
	}
	return (a.PodAffinity != nil && len(a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution) > 0) ||
		(a.PodAntiAffinity != nil && len(a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution) > 0)
}

// claims is true where a persistent volume claim outlives the Pod and may pin
// its replacement; a generic ephemeral volume is made anew with each Pod.
func claims(volumes []corev1.Volume) bool {
	return slices.ContainsFunc(volumes, func(v corev1.Volume) bool { return v.PersistentVolumeClaim != nil })
}

// constraints are the spread constraints and anti-affinities that keep the
// Pod's own fellows apart: those whose selector picks the Pod itself.
func constraints(pod *corev1.Pod) []placement.Constraint {
	var found []placement.Constraint
	add := func(selector *metav1.LabelSelector, c placement.Constraint) {
		if s, err := metav1.LabelSelectorAsSelector(selector); err == nil && s.Matches(labels.Set(pod.Labels)) {
			found = append(found, c)
		}
	}
	for _, c := range pod.Spec.TopologySpreadConstraints {
		hard := c.WhenUnsatisfiable == corev1.DoNotSchedule
		add(c.LabelSelector, placement.Constraint{TopologyKey: c.TopologyKey, Hard: hard})
	}
	if pod.Spec.Affinity == nil || pod.Spec.Affinity.PodAntiAffinity == nil {
		return found
	}
	anti := pod.Spec.Affinity.PodAntiAffinity
	for _, term := range anti.RequiredDuringSchedulingIgnoredDuringExecution {
		if concerns(term, pod.Namespace) {
			add(term.LabelSelector, placement.Constraint{TopologyKey: term.TopologyKey, Hard: true, Affinity: true})
		}
	}
	for _, weighted := range anti.PreferredDuringSchedulingIgnoredDuringExecution {
		if term := weighted.PodAffinityTerm; concerns(term, pod.Namespace) {
			add(term.LabelSelector, placement.Constraint{TopologyKey: term.TopologyKey, Affinity: true})
		}
	}
	return found
}

// concerns is true where a term is about Pods of that namespace, as far as the
// namespace's name tells.
func concerns(term corev1.PodAffinityTerm, namespace string) bool {
	if term.NamespaceSelector == nil {
		return len(term.Namespaces) == 0 || slices.Contains(term.Namespaces, namespace)
	}
	selector, err := metav1.LabelSelectorAsSelector(term.NamespaceSelector)
	named := labels.Set{corev1.LabelMetadataName: namespace}
	return slices.Contains(term.Namespaces, namespace) || (err == nil && selector.Matches(named))
}
