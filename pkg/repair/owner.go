package repair

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Mapper finds the resource of a kind.
type Mapper interface {
	RESTMappingWithContext(ctx context.Context, kind schema.GroupKind, versions ...string) (*meta.RESTMapping, error)
}

// Owner reads what the controller of Pods wants. Of a ReplicaSet that another
// made, that other says it; of a kind that is not Kubernetes' own the subresource
// scale says how many, and nothing says whether a rollout is in progress but the
// revisions of its Pods.
func (c *Client) Owner(ctx context.Context, namespace string, owner metav1.OwnerReference) (Owner, error) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	found, err := c.owner(ctx, namespace, owner)
	what := fmt.Sprintf("%s %s", owner.Kind, owner.Name)
	switch {
	case err == nil:
		return found, nil
	case apierrors.IsNotFound(err):
		return Owner{Unreadable: what + " is gone, or has no scale"}, nil
	case apierrors.IsForbidden(err), apierrors.IsMethodNotSupported(err), meta.IsNoMatchError(err):
		return Owner{Unreadable: fit(err.Error())}, nil
	default:
		return Owner{}, fmt.Errorf("read %s in %s: %w", what, namespace, err)
	}
}

func (c *Client) owner(ctx context.Context, namespace string, owner metav1.OwnerReference) (Owner, error) {
	switch kind := schema.FromAPIVersionAndKind(owner.APIVersion, owner.Kind); kind.GroupKind() {
	case appsv1.SchemeGroupVersion.WithKind("ReplicaSet").GroupKind():
		return c.replicaSet(ctx, namespace, owner)
	case appsv1.SchemeGroupVersion.WithKind("StatefulSet").GroupKind():
		set, err := c.kubernetes.AppsV1().StatefulSets(namespace).Get(ctx, owner.Name, metav1.GetOptions{})
		if err != nil {
			return Owner{}, err
		}
		return ofStatefulSet(set, owner.UID), nil
	default:
		return c.scale(ctx, namespace, owner)
	}
}

// replicaSet reads a ReplicaSet and who made it. The selector is the ReplicaSet's:
// it picks Pods of one revision.
func (c *Client) replicaSet(ctx context.Context, namespace string, owner metav1.OwnerReference) (Owner, error) {
	set, err := c.kubernetes.AppsV1().ReplicaSets(namespace).Get(ctx, owner.Name, metav1.GetOptions{})
	if err != nil {
		return Owner{}, err
	}
	o := Owner{Wanted: wanted(set.Spec.Replicas), Selector: selectorOf(set.Spec.Selector)}
	if set.Status.ObservedGeneration < set.Generation {
		o.Rollout = "what is written of it has not been taken in yet"
	}
	controller := metav1.GetControllerOfNoCopy(set)
	switch {
	case set.UID != owner.UID:
		return anew(owner), nil
	case controller == nil:
		return o, nil
	case schema.FromAPIVersionAndKind(controller.APIVersion, controller.Kind).GroupKind() == appsv1.SchemeGroupVersion.WithKind("Deployment").GroupKind():
		d, err := c.kubernetes.AppsV1().Deployments(namespace).Get(ctx, controller.Name, metav1.GetOptions{})
		if err != nil {
			return Owner{}, err
		}
		return ofDeployment(d, controller.UID, o.Selector), nil
	default:
		above, err := c.scale(ctx, namespace, *controller)
		above.Selector = o.Selector
		return above, err
	}
}

func ofDeployment(d *appsv1.Deployment, uid types.UID, selector string) Owner {
	if d.UID != uid {
		return anew(metav1.OwnerReference{Kind: "Deployment", Name: d.Name})
	}
	o := Owner{Wanted: wanted(d.Spec.Replicas), Selector: selector}
	status := d.Status
	switch {
	case d.Spec.Paused:
		o.Rollout = "it is paused"
	case status.ObservedGeneration < d.Generation:
		o.Rollout = "what is written of it has not been taken in yet"
	case int(status.UpdatedReplicas) < o.Wanted:
		o.Rollout = fmt.Sprintf("%d of %d replicas are of the newest revision", status.UpdatedReplicas, o.Wanted)
	case status.Replicas > status.UpdatedReplicas:
		o.Rollout = fmt.Sprintf("%d replicas of an older revision are left", status.Replicas-status.UpdatedReplicas)
	}
	return o
}

func ofStatefulSet(set *appsv1.StatefulSet, uid types.UID) Owner {
	if set.UID != uid {
		return anew(metav1.OwnerReference{Kind: "StatefulSet", Name: set.Name})
	}
	o := Owner{Wanted: wanted(set.Spec.Replicas), Selector: selectorOf(set.Spec.Selector)}
	status := set.Status
	switch {
	case status.ObservedGeneration < set.Generation:
		o.Rollout = "what is written of it has not been taken in yet"
	case status.UpdateRevision != status.CurrentRevision:
		o.Rollout = fmt.Sprintf("%d of %d replicas are of the newest revision", status.UpdatedReplicas, o.Wanted)
	}
	return o
}

// scale reads the subresource scale of an owner of any kind.
func (c *Client) scale(ctx context.Context, namespace string, owner metav1.OwnerReference) (Owner, error) {
	kind := schema.FromAPIVersionAndKind(owner.APIVersion, owner.Kind)
	mapping, err := c.mapper.RESTMappingWithContext(ctx, kind.GroupKind(), kind.Version)
	if err != nil {
		return Owner{}, err
	}
	scale, err := c.dynamic.Resource(mapping.Resource).Namespace(namespace).Get(ctx, owner.Name, metav1.GetOptions{}, "scale")
	if err != nil {
		return Owner{}, err
	}
	if scale.GetUID() != "" && scale.GetUID() != owner.UID {
		return anew(owner), nil
	}
	replicas, _, _ := unstructured.NestedInt64(scale.Object, "spec", "replicas") // left out where it is 0
	selector, _, _ := unstructured.NestedString(scale.Object, "status", "selector")
	if selector == "" {
		return Owner{Unreadable: fmt.Sprintf("the scale of %s %s names no selector", owner.Kind, owner.Name)}, nil
	}
	return Owner{Wanted: int(replicas), Selector: selector}, nil
}

func anew(owner metav1.OwnerReference) Owner {
	return Owner{Unreadable: fmt.Sprintf("%s %s has been made anew", owner.Kind, owner.Name)}
}

// wanted is 1 where nothing is written, as the API has it.
func wanted(replicas *int32) int {
	if replicas == nil {
		return 1
	}
	return int(*replicas)
}

func selectorOf(s *metav1.LabelSelector) string {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return "" // the API takes none that can not be read
	}
	return selector.String()
}
