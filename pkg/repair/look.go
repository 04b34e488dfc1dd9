package repair

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// View is what the caches know. Its methods are safe for concurrent use, touch
// no network and give values that nobody changes afterwards.
type View interface {
	// Look is what the caches say of a workload at this moment, its scene being
	// less the room that is promised to others' successors; false where they know
	// no Pod of it, finished and terminating ones included.
	Look(id placement.WorkloadID, promises []placement.Promise) (Look, bool)
	// Mode is the workload's mode at this moment: Look's, for the price of three
	// look-ups. It is asked again right before an eviction.
	Mode(id placement.WorkloadID) placement.Mode
}

// Budgets is what the caches know of PodDisruptionBudgets. It is safe for
// concurrent use.
type Budgets interface {
	// Over gives the budgets whose selectors pick a Pod of that namespace with
	// those labels, an empty selector being one that picks every Pod.
	Over(namespace string, labels map[string]string) []Budget
}

// Look is what the caches say of one workload at one moment.
type Look struct {
	// Workload and Assessment are as the verdict has them; Workload.Now is the
	// moment of the look, by the cluster's clock.
	Workload   placement.Workload
	Assessment placement.Assessment
	// Scene need be there only where the Assessment is fixable. Its candidates are
	// not barred: the guards do that, from what Pods say.
	Scene placement.Scene
	// Mode is what flag, Namespaces and Pods agree on.
	Mode placement.Mode
	// Terminating is true where the Namespace is being deleted.
	Terminating bool
	// Owner is the controller of the workload's Pods, of the newest where a
	// rollout has more than one.
	Owner metav1.OwnerReference
	// Pods are the replicas, ready or not.
	Pods []Pod
	// Template and Nodes stay the same as long as the Pod template and the nodes
	// that are eligible do: a revision and a hash of names will do. What is free
	// on the nodes is no part of it.
	Template, Nodes string
	// Stale is how long ago the last watch event or bookmark came, of Pods or of
	// Nodes, whichever is longer ago.
	Stale time.Duration
	// Health is the cluster's.
	Health Health
	// Leaving says of nodes that are about to go, or to be emptied, why: cordoned,
	// being deleted, marked by an autoscaler. Only nodes that carry a replica or
	// are a spot of the scene need be in it. See Leaving, which tells of one Node.
	Leaving map[string]string
}

// Pod is one replica as the caches have it.
type Pod struct {
	UID, Name, Node string
	// Owner is the UID of its controller.
	Owner string
	// Ready is the Pod's own condition, whatever its node's is.
	Ready  bool
	Labels map[string]string
	// OptOut is the annotation by which it asks to be left alone; empty for none.
	OptOut string
	// Critical is true where its priority is a system-critical one.
	Critical bool
	Created  time.Time
}

// Health is how the cluster's Nodes are.
type Health struct {
	Nodes, NotReady int
	// DeadZones are the zones none of whose nodes is Ready.
	DeadZones []string
}

// Budget is a PodDisruptionBudget as the cache has it.
type Budget struct {
	Name, UID string
	// Version is the resource version: another one may have another allowance.
	Version string
	// Allowed is how many disruptions it allows.
	Allowed int
	// Observed is true where that is about the budget as it is written now.
	Observed bool
}

// pod finds a replica by its UID.
func (l Look) pod(uid string) (Pod, bool) {
	for _, p := range l.Pods {
		if p.UID == uid {
			return p, true
		}
	}
	return Pod{}, false
}
