package notify

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// maxLevels is how many owners are looked at, the direct one included: Pod →
// ReplicaSet → Deployment → what an operator or Argo CD's kinds put over it
// leaves room to spare.
const maxLevels = 5

// owners finds the top of a chain of controllers. It is safe for concurrent
// use.
type owners struct {
	objects *objects
}

// top climbs from a Pod's controller along the controller references to the
// last owner in the namespace and returns it. Only an owner that exists with
// the UID that its dependent names counts: one that was made anew by that name
// is another.
//
// It stops below an owner of cluster scope or of a kind that the API does not
// serve: an Event on it would be seen in "default", by nobody who knows the
// app. It stops at one that it may not read.
//
// With an error, which is worth a retry, it returns the highest owner known so
// far.
func (o *owners) top(ctx context.Context, namespace string, direct metav1.OwnerReference) (metav1.OwnerReference, error) {
	top, next := direct, direct
	seen := make(map[types.UID]bool, maxLevels)
	for range maxLevels {
		seen[next.UID] = true
		found, err := o.objects.get(ctx, namespace, next)
		if err != nil {
			return top, fmt.Errorf("finding the owner of %s %s/%s: %w", next.Kind, namespace, next.Name, err)
		}
		if !found.stands {
			return top, nil
		}
		top = next
		if found.controller == nil || seen[found.controller.UID] {
			return top, nil
		}
		next = *found.controller
	}
	return top, nil
}
