package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
)

// say writes a message, unless there is no point in it any more. An error asks
// for a retry.
func (n *Notifier) say(ctx context.Context, s subject, m *message) (Result, error) {
	if time.Since(m.noticed) > maxAge || n.config.Terminating(s.Namespace) {
		return Dropped, nil
	}
	about, err := n.place(ctx, s, m)
	if err != nil {
		return "", err
	}
	if about == nil {
		return Dropped, nil
	}
	return n.create(ctx, s, m, n.event(s, m, about))
}

// ErrNotSure is by what the client of a Config refuses to write where another
// may lead though nobody has told yet. It asks for a retry when that is known.
var ErrNotSure = errors.New("this operator may not lead any more")

// create sends an Event and tells by the answer how it ended.
func (n *Notifier) create(ctx context.Context, s subject, m *message, event *eventsv1.Event) (Result, error) {
	if err := ctx.Err(); err != nil {
		return "", err // the lease may have been lost while the owner was looked for
	}
	if !n.config.MayWrite() {
		return "", ErrNotSure
	}
	request, cancel := context.WithTimeout(ctx, n.requestTime())
	defer cancel()
	_, err := n.config.Events.Events(event.Namespace).Create(request, event, metav1.CreateOptions{})
	if errors.Is(err, ErrNotSure) {
		return "", ErrNotSure // no write that failed: none was tried
	}
	logger := klog.FromContext(ctx)
	switch outcomeOf(err) {
	case written:
		return Created, nil
	case said:
		return Exists, nil
	case pointless:
		return Dropped, nil
	case refused:
		if n.firstRefusal(s.Namespace, m.reason) {
			logger.Error(err, "May not write Events of this reason in this namespace", "namespace", s.Namespace, "reason", m.reason)
		}
		return Failed, nil
	case malformed:
		logger.Error(err, "Made an Event that the API does not take", "event", klog.KObj(event), "reason", m.reason)
		return Failed, nil
	default:
		return "", fmt.Errorf("writing the %s Event about %s: %w", m.reason, s, err)
	}
}

// refusal names what is refused alike, so that it is logged once an hour.
type refusal struct {
	namespace string
	reason    Reason
}

func (n *Notifier) firstRefusal(namespace string, reason Reason) bool {
	key := refusal{namespace, reason}
	_, known := n.refused.Get(key)
	if !known {
		n.refused.Add(key, nil, remember)
	}
	return !known
}

// event makes the Event that stands on a place.
func (n *Notifier) event(s subject, m *message, about *place) *eventsv1.Event {
	return &eventsv1.Event{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: s.Namespace,
			Name:      eventName(about.regarding.Name, about.regarding.UID, m.mark),

			Annotations: m.annotations,
		},
		EventTime:           metav1.NewMicroTime(n.config.Now().Add(-time.Since(m.noticed))),
		Type:                m.reason.eventType(),
		Reason:              string(m.reason),
		Action:              m.reason.action(),
		Note:                m.note,
		Regarding:           about.regarding,
		Related:             about.related,
		ReportingController: Controller,
		ReportingInstance:   n.config.Instance,
	}
}

// place is what an Event stands on, and what else it concerns.
type place struct {
	regarding corev1.ObjectReference
	related   *corev1.ObjectReference
}

// place finds out where a message about a subject belongs; nil where nowhere.
func (n *Notifier) place(ctx context.Context, s subject, m *message) (*place, error) {
	if s.isNamespace() {
		return &place{regarding: namespaceReference(s.Namespace, m)}, nil
	}
	direct, ok := n.config.DirectOwner(s.WorkloadID)
	if !ok {
		return nil, nil
	}
	top, err := n.top(ctx, s.Namespace, direct, m)
	if err != nil {
		return nil, err
	}
	p := &place{regarding: reference(s.Namespace, top)}
	if top.UID != direct.UID {
		related := reference(s.Namespace, direct)
		p.related = &related
	}
	return p, nil
}

// top finds the top owner. After some tries, or when there is no time for
// another, it makes do with the highest that is known.
func (n *Notifier) top(ctx context.Context, namespace string, direct metav1.OwnerReference, m *message) (metav1.OwnerReference, error) {
	request, cancel := context.WithTimeout(ctx, n.requestTime())
	defer cancel()
	top, err := n.owners.top(request, namespace, direct)
	if err == nil || ctx.Err() != nil {
		return top, err
	}
	if m.unresolved++; m.unresolved < resolveTries && !n.flushing.Load() {
		return top, err
	}
	klog.FromContext(ctx).V(2).Info("An Event stands on the highest owner known", "owner", top.Name, "kind", top.Kind, "why", err)
	return top, nil
}

func reference(namespace string, owner metav1.OwnerReference) corev1.ObjectReference {
	return corev1.ObjectReference{
		APIVersion: owner.APIVersion,
		Kind:       owner.Kind,
		Namespace:  namespace,
		Name:       owner.Name,
		UID:        owner.UID,
	}
}

// namespaceReference refers to a Namespace as if it were in itself. Without a
// namespace the API would take the Event nowhere but in "default" and
// "kube-system". There the people of the namespace, who can mend the
// annotation, mostly may not read it; "kubectl get events -n" of their own they
// do read. "kubectl describe namespace" shows no Events at all, so that nothing
// is lost, and "kubectl events --for namespace/…" finds it where it stands.
func namespaceReference(name string, m *message) corev1.ObjectReference {
	return corev1.ObjectReference{APIVersion: "v1", Kind: "Namespace", Namespace: name, Name: name, UID: m.uid}
}
