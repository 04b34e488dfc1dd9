package repair

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Server is what is read of the API server right before an eviction, past all
// caches, and the eviction itself. Each call waits for an answer for a bounded
// time.
type Server interface {
	// Owner reads what the controller of a workload's Pods wants.
	Owner(ctx context.Context, namespace string, owner metav1.OwnerReference) (Owner, error)
	// Replicas lists the Pods of an owner that are neither finished nor being
	// deleted.
	Replicas(ctx context.Context, namespace string, owner metav1.OwnerReference, selector string) ([]Replica, error)
	// Evict asks for the eviction of that very Pod.
	Evict(ctx context.Context, namespace, name, uid string) error
}

// Owner is what the maker of a workload's Pods says of itself.
type Owner struct {
	// Wanted is how many replicas it wants.
	Wanted int
	// Selector picks its Pods, and maybe others.
	Selector string
	// Rollout says what it is about to change; empty where it is at rest, or does
	// not tell.
	Rollout string
	// Unreadable says why nothing else is known: it is gone, or may not be read.
	// To ask again soon is pointless.
	Unreadable string
}

// Replica is a Pod as the server has it.
type Replica struct {
	UID, Node string
	Ready     bool
}

// Live is what was read of the server for one step.
type Live struct {
	Owner    Owner
	Replicas []Replica
}

func (l Live) ready() int {
	n := 0
	for _, r := range l.Replicas {
		if r.Ready {
			n++
		}
	}
	return n
}
