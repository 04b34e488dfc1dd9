// Package podview holds the small Pod that the store keeps in place of a
// *v1.Pod, and the transform that makes it. What all replicas of one Pod
// template have in common is kept once and pointed to.
package podview

import (
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Pod is what a verdict needs to know of one Pod. It is read-only once made,
// and so safe for concurrent use.
type Pod struct {
	// What a verdict reads comes first, together: at every change of an app it is
	// fetched from memory for each of its Pods.

	Name string
	// Node is empty for a Pod that has not been scheduled.
	Node string
	// Template is what the Pod shares with its fellow replicas, its Namespace
	// among it.
	*Template

	// Created, Placed (bound to its node), Changed (became ready or unready)
	// and Deleted (deletion was asked for) are the Pod's own timestamps.
	Created, Placed, Changed, Deleted Stamp

	// Ready is the Pod's condition Ready, Finished its phase Succeeded or
	// Failed, Terminating whether it is being deleted.
	Ready, Finished, Terminating bool
	// Critical is true for a priority that is the system's own, OptOuts are the
	// annotations by which the Pod asks to be left where it is. They stand here, in
	// what would be padding, and not in a template of their own.
	Critical bool
	OptOuts  OptOuts

	UID UID
	// Version is the resource version: a decimal number, as those of all that the
	// API server itself keeps are.
	Version uint64
	// Own is what the Pod does not share with its fellows; mostly nil.
	Own *Own
}

// Stamp is a time as the API server keeps it: whole seconds since 1970; zero
// for none.
type Stamp uint32

func stampOf(t time.Time) Stamp {
	if t.IsZero() || t.Unix() < 0 {
		return 0
	}
	return Stamp(min(t.Unix(), int64(^Stamp(0))))
}

// Time gives the stamp as a time, the zero time for none.
func (s Stamp) Time() time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0).UTC()
}

// Replica is true where the Pod is one of a workload's replicas: judged,
// neither finished nor being deleted.
func (p *Pod) Replica() bool { return p.Template.Judged() && !p.Finished && !p.Terminating }

// Carried is true where the Pod takes room on a node.
func (p *Pod) Carried() bool { return p.Node != "" && !p.Finished }

// SameFor is true where neither a verdict nor a plan could tell the two apart.
func (p *Pod) SameFor(q *Pod) bool {
	return p.Template == q.Template && p.Name == q.Name && p.UID == q.UID &&
		p.Node == q.Node && p.Created == q.Created && p.Placed == q.Placed && p.Changed == q.Changed &&
		p.Deleted == q.Deleted && p.Ready == q.Ready && p.Finished == q.Finished && p.Terminating == q.Terminating &&
		p.Critical == q.Critical && p.OptOuts == q.OptOuts && p.Own.same(q.Own)
}

// GetName and GetNamespace make Pod a cache.Object.
func (p *Pod) GetName() string { return p.Name }

// GetNamespace returns the Pod's namespace.
func (p *Pod) GetNamespace() string { return p.Namespace }

// GetObjectMeta makes Pod a metav1.ObjectMetaAccessor, which is what the store
// asks for key and resource version. The result is a copy.
func (p *Pod) GetObjectMeta() metav1.Object {
	return &metav1.ObjectMeta{
		Namespace:       p.Namespace,
		Name:            p.Name,
		UID:             p.UIDText(),
		ResourceVersion: strconv.FormatUint(p.Version, 10),
	}
}

// GetObjectKind makes Pod a runtime.Object, without which client-go's mutation
// detector would pass it by.
func (p *Pod) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// DeepCopyObject copies the Pod and all that it points to.
func (p *Pod) DeepCopyObject() runtime.Object {
	c := *p
	c.Template = p.Template.deepCopy()
	c.Own = p.Own.deepCopy()
	return &c
}
