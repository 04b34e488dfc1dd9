package podview

import (
	"strconv"
	"time"
	"unique"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DefaultAppLabels are the labels whose first present value names an app.
func DefaultAppLabels() []string {
	return []string{"app.kubernetes.io/name", "app", "k8s-app"}
}

// Transformer makes Pods small. It is safe for concurrent use.
type Transformer struct {
	appLabels []string
	templates *templates
}

// NewTransformer makes a transformer that names an app by the value of the
// first of these labels that a Pod has.
func NewTransformer(appLabels []string) *Transformer {
	return &Transformer{appLabels: appLabels, templates: newTemplates()}
}

// Transform is a cache.TransformFunc: it turns a *v1.Pod into a *Pod. What is
// none, a *Pod among them, passes as it is: client-go transforms initial
// objects twice. It returns no error.
func (t *Transformer) Transform(obj any) (any, error) {
	if pod, ok := obj.(*corev1.Pod); ok {
		return t.Pod(pod), nil
	}
	return obj, nil
}

// Pod makes the small Pod of a Pod, keeping nothing of it alive but strings.
func (t *Transformer) Pod(pod *corev1.Pod) *Pod {
	shared, own := split(pod.Labels)
	uid, whole := pack(pod.UID)
	p := &Pod{
		Name:        pod.Name,
		UID:         uid,
		Version:     version(pod.ResourceVersion),
		Node:        intern(pod.Spec.NodeName),
		Template:    t.templates.of(t.describe(pod, shared)),
		Own:         ownOf(pod, own, whole),
		Created:     stampOf(pod.CreationTimestamp.Time),
		Placed:      placedAt(pod),
		Finished:    pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed,
		Terminating: pod.DeletionTimestamp != nil,
		Deleted:     stampOf(deletionAsked(pod)),
		Critical:    critical(&pod.Spec),
		OptOuts:     optOutsOf(pod.Annotations),
	}
	if ready := condition(pod, corev1.PodReady); ready != nil {
		p.Ready = ready.Status == corev1.ConditionTrue
		p.Changed = stampOf(ready.LastTransitionTime.Time)
	}
	return p
}

// version is a resource version as a number; zero, which is before all others,
// for one that is none.
func version(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// placedAt is when the Pod was bound: its condition PodScheduled tells, and
// where that is missing its creation is the earliest that it can be.
func placedAt(pod *corev1.Pod) Stamp {
	if pod.Spec.NodeName == "" {
		return 0
	}
	c := condition(pod, corev1.PodScheduled)
	if c != nil && c.Status == corev1.ConditionTrue && !c.LastTransitionTime.IsZero() {
		return stampOf(c.LastTransitionTime.Time)
	}
	return stampOf(pod.CreationTimestamp.Time)
}

// deletionAsked is when the Pod's deletion was asked for. The timestamp that
// the API server sets is when its grace period ends.
func deletionAsked(pod *corev1.Pod) time.Time {
	if pod.DeletionTimestamp == nil {
		return time.Time{}
	}
	asked := pod.DeletionTimestamp.Time
	if grace := pod.DeletionGracePeriodSeconds; grace != nil {
		asked = asked.Add(-time.Duration(*grace) * time.Second)
	}
	return asked
}

func condition(pod *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == kind {
			return &pod.Status.Conditions[i]
		}
	}
	return nil
}

// judged tells whether a Pod with this controller is judged. A DaemonSet's
// Pods belong to their nodes, a mirror Pod is its node's own, and what does
// not restart always (Jobs, workflow engines) is meant to end. A controller
// without a name, which no API server lets be, would be of the app of no name.
func judged(pod *corev1.Pod, controller *metav1.OwnerReference) bool {
	if controller == nil || controller.Name == "" || controller.Kind == "DaemonSet" || controller.Kind == "Node" {
		return false
	}
	if _, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]; mirror {
		return false
	}
	return pod.Spec.RestartPolicy == corev1.RestartPolicyAlways || pod.Spec.RestartPolicy == ""
}

// appOf names the Pod's app: the value of the first label present, else the
// workload's name.
func (t *Transformer) appOf(labels map[string]string, workload string) string {
	for _, l := range t.appLabels {
		if v := labels[l]; v != "" {
			return v
		}
	}
	return workload
}

// intern returns the one copy that is kept of a string that recurs.
func intern(s string) string { return unique.Make(s).Value() }
