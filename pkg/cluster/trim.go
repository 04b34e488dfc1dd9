package cluster

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
)

// Transforms make of what the API server sends what the stores keep.
type Transforms struct {
	// Pod is called for every *v1.Pod; nil keeps Pods as they are.
	Pod cache.TransformFunc
}

// Func gives the transform for a factory: Pods, Nodes, Namespaces and what is
// watched for repair become what is kept of them, and all else, tombstones and what has been through it
// before included, passes as it is. It is idempotent if Pod is.
func (t Transforms) Func() cache.TransformFunc {
	return func(obj any) (any, error) {
		switch o := obj.(type) {
		case *corev1.Pod:
			if t.Pod == nil {
				return obj, nil
			}
			return t.Pod(obj)
		case *corev1.Node:
			return trimNode(o), nil
		case *corev1.Namespace:
			return trimNamespace(o), nil
		case *policyv1.PodDisruptionBudget:
			return trimBudget(o), nil
		case *corev1.PersistentVolumeClaim:
			return trimClaim(o), nil
		case *corev1.PersistentVolume:
			return trimVolume(o), nil
		default:
			return obj, nil
		}
	}
}

// trimNode keeps what decides where Pods can go and whether they are ready.
// It names what stays, so that a field which Kubernetes adds does not.
func trimNode(n *corev1.Node) *corev1.Node {
	return &corev1.Node{
		TypeMeta:   n.TypeMeta,
		ObjectMeta: trimMeta(n.ObjectMeta),
		Spec:       corev1.NodeSpec{Taints: n.Spec.Taints, Unschedulable: n.Spec.Unschedulable},
		Status: corev1.NodeStatus{
			Allocatable: n.Status.Allocatable,
			Conditions:  readyOf(n.Status.Conditions),
		},
	}
}

// readyOf keeps the Ready condition without its heartbeat, which changes every
// few minutes and means nothing here.
func readyOf(conditions []corev1.NodeCondition) []corev1.NodeCondition {
	for _, c := range conditions {
		if c.Type == corev1.NodeReady {
			c.LastHeartbeatTime = metav1.Time{}
			return []corev1.NodeCondition{c}
		}
	}
	return nil
}

func trimNamespace(n *corev1.Namespace) *corev1.Namespace {
	return &corev1.Namespace{
		TypeMeta:   n.TypeMeta,
		ObjectMeta: trimMeta(n.ObjectMeta),
		Status:     corev1.NamespaceStatus{Phase: n.Status.Phase},
	}
}

// trimBudget keeps whom the budget is for and what it allows, and from what
// generation of it that was worked out.
func trimBudget(b *policyv1.PodDisruptionBudget) *policyv1.PodDisruptionBudget {
	meta := trimIdentity(b.ObjectMeta)
	meta.Generation = b.Generation
	return &policyv1.PodDisruptionBudget{
		TypeMeta: b.TypeMeta, ObjectMeta: meta,
		Spec: policyv1.PodDisruptionBudgetSpec{Selector: b.Spec.Selector},
		Status: policyv1.PodDisruptionBudgetStatus{
			ObservedGeneration: b.Status.ObservedGeneration, DisruptionsAllowed: b.Status.DisruptionsAllowed,
		},
	}
}

// trimClaim keeps which volume the claim is bound to, if it is.
func trimClaim(c *corev1.PersistentVolumeClaim) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		TypeMeta: c.TypeMeta, ObjectMeta: trimIdentity(c.ObjectMeta),
		Spec:   corev1.PersistentVolumeClaimSpec{VolumeName: c.Spec.VolumeName, StorageClassName: c.Spec.StorageClassName},
		Status: corev1.PersistentVolumeClaimStatus{Phase: c.Status.Phase},
	}
}

// trimVolume keeps the nodes from which the volume can be reached.
func trimVolume(v *corev1.PersistentVolume) *corev1.PersistentVolume {
	return &corev1.PersistentVolume{
		TypeMeta: v.TypeMeta, ObjectMeta: trimIdentity(v.ObjectMeta),
		Spec: corev1.PersistentVolumeSpec{NodeAffinity: v.Spec.NodeAffinity},
	}
}

// trimIdentity keeps what tells an object and its version from others.
func trimIdentity(m metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: m.Namespace, Name: m.Name, UID: m.UID, ResourceVersion: m.ResourceVersion}
}

// annotationPrefix is that of the annotations which set policy.
const annotationPrefix = "evenkeel.dev/"

func trimMeta(m metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:              m.Name,
		UID:               m.UID,
		ResourceVersion:   m.ResourceVersion,
		CreationTimestamp: m.CreationTimestamp,
		DeletionTimestamp: m.DeletionTimestamp,
		Labels:            m.Labels,
		Annotations:       ownAnnotations(m.Annotations),
	}
}

func ownAnnotations(annotations map[string]string) map[string]string {
	var own map[string]string
	for key, value := range annotations {
		if strings.HasPrefix(key, annotationPrefix) {
			if own == nil {
				own = make(map[string]string)
			}
			own[key] = value
		}
	}
	return own
}
