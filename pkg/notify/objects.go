package notify

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/client-go/metadata"
)

// object is what is known of an object that was named as an owner.
type object struct {
	// stands is true where an Event may stand on it.
	stands bool
	// controller is its own owner; nil where it has none or that is not known.
	controller *metav1.OwnerReference
}

// How long what was found out about an object is believed: an owner hardly ever
// changes, but what is missing may come or be allowed any minute.
const (
	believeFound   = 10 * time.Minute
	believeMissing = time.Minute
	// believeMost is how many objects are remembered.
	believeMost = 4096
)

// objects reads owners' metadata and remembers it by UID. It is safe for
// concurrent use.
type objects struct {
	client metadata.Interface
	kinds  *kinds
	known  *cache.LRUExpireCache
}

func newObjects(client metadata.Interface, mapper meta.ResettableRESTMapperWithContext) *objects {
	return &objects{
		client: client,
		kinds:  &kinds{mapper: mapper},
		known:  cache.NewLRUExpireCache(believeMost),
	}
}

// get tells what is known of the object that ref names, asking the API where
// that is not known or no longer believed. An error is worth a retry.
func (o *objects) get(ctx context.Context, namespace string, ref metav1.OwnerReference) (object, error) {
	if known, ok := o.known.Get(ref.UID); ok {
		return known.(object), nil
	}
	found, believe, err := o.read(ctx, namespace, ref)
	if err != nil {
		return object{}, err
	}
	o.known.Add(ref.UID, found, believe)
	return found, nil
}

// read asks the API about an object, and tells how long to believe the answer.
func (o *objects) read(ctx context.Context, namespace string, ref metav1.OwnerReference) (object, time.Duration, error) {
	mapping, err := o.kinds.mapping(ctx, schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind))
	switch {
	case meta.IsNoMatchError(err):
		return object{}, believeMissing, nil
	case err != nil:
		return object{}, 0, fmt.Errorf("finding the resource of %s %s: %w", ref.APIVersion, ref.Kind, err)
	case mapping.Scope.Name() != meta.RESTScopeNameNamespace:
		return object{}, believeFound, nil
	}
	got, err := o.client.Resource(mapping.Resource).Namespace(namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return object{}, believeMissing, nil
	case apierrors.IsForbidden(err), apierrors.IsMethodNotSupported(err):
		// Its dependent names it, by UID: that will do to speak of it, and gives
		// the Event the same place as where this operator may read it.
		return object{stands: true}, believeMissing, nil
	case err != nil:
		return object{}, 0, fmt.Errorf("reading %s %s/%s: %w", mapping.Resource.GroupResource(), namespace, ref.Name, err)
	case got.UID != ref.UID:
		return object{}, believeMissing, nil
	}
	return object{stands: true, controller: metav1.GetControllerOf(got)}, believeFound, nil
}

// kinds finds the resource of a kind.
type kinds struct {
	mapper meta.ResettableRESTMapperWithContext

	mu    sync.Mutex
	reset time.Time
}

// resetEvery is how often discovery may be read anew for kinds that it did not
// know.
const resetEvery = 5 * time.Minute

// mapping gives a kind's resource. A deferred mapper, once filled, never learns
// of a CustomResourceDefinition that came later: it is reset where it does not
// know a kind, though seldom, since that reads all of discovery again.
func (k *kinds) mapping(ctx context.Context, kind schema.GroupVersionKind) (*meta.RESTMapping, error) {
	mapping, err := k.mapper.RESTMappingWithContext(ctx, kind.GroupKind(), kind.Version)
	if !meta.IsNoMatchError(err) || !k.mayReset() {
		return mapping, err
	}
	k.mapper.ResetWithContext(ctx)
	return k.mapper.RESTMappingWithContext(ctx, kind.GroupKind(), kind.Version)
}

func (k *kinds) mayReset() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	if !k.reset.IsZero() && now.Sub(k.reset) < resetEvery {
		return false
	}
	k.reset = now
	return true
}
