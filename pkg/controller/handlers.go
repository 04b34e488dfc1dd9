package controller

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
)

// podHandler maps Pods to their apps, old and new: labels can change, and a Pod
// that was deleted and made again can arrive as an update.
func (c *Controller) podHandler() cache.TypedResourceEventHandlerDetailedFuncs[*podview.Pod] {
	return cache.TypedResourceEventHandlerDetailedFuncs[*podview.Pod]{
		AddFunc: func(pod *podview.Pod, initial bool) {
			if initial {
				c.enqueueSilently(pod)
				return
			}
			c.enqueuePod(c.podArrived(pod.Version), pod)
		},
		UpdateFunc: c.podUpdated,
		DeleteFunc: func(deleted cache.DeletedObject[*podview.Pod]) {
			// Without even a stale copy nothing says whose Pod it was; then it was
			// in no index either.
			if pod := deleted.OptionalObj; pod != nil {
				c.noteVanished(pod)
				c.enqueuePod(c.podArrived(pod.Version), pod)
			}
		},
	}
}

func (c *Controller) podUpdated(before, after *podview.Pod) {
	if before == after {
		c.enqueueSilently(after) // a resync
		return
	}
	at := c.podArrived(after.Version)
	if before.SameFor(after) {
		return
	}
	if before.UID != after.UID || before.Template.Workload != after.Template.Workload || !after.Replica() {
		c.noteRemoval(before)
	}
	if after.Finished {
		c.noteVanished(before) // the kubelet ends a deleted Pod's phase before the Pod goes
	}
	c.enqueuePod(at, before)
	if after.Template.Workload.AppKey != before.Template.Workload.AppKey {
		c.enqueuePod(at, after)
	}
}

// noteRemoval remembers that a workload lost a replica: a while after, the
// Pods that remain do not tell that anything moved.
func (c *Controller) noteRemoval(pod *podview.Pod) {
	if pod.Replica() {
		c.memory.removed(pod.Template.Workload, c.now())
	}
}

// noteVanished does the same for a Pod that is gone, which until now its being
// deleted told of: a StatefulSet replaces it only from here on.
func (c *Controller) noteVanished(pod *podview.Pod) {
	if pod.Template.Judged() && (!pod.Finished || pod.Terminating) {
		c.memory.removed(pod.Template.Workload, c.now())
	}
}

// enqueueSilently is for the initial list and for resyncs, which are no news:
// how long ago anything happened is not known.
func (c *Controller) enqueueSilently(pod *podview.Pod) {
	if pod.Template.Judged() {
		c.pool.Add(pod.Template.Workload.AppKey)
	}
}

func (c *Controller) enqueuePod(arrived time.Time, pod *podview.Pod) {
	if pod.Template.Judged() {
		c.enqueue(arrived, pod.Template.Workload.AppKey)
	}
}

// enqueue asks for an app's verdict now, because of what came at that time.
func (c *Controller) enqueue(arrived time.Time, app placement.AppKey) {
	c.memory.arrived(arrived, app)
	c.pool.Add(app)
}

// nodeHandler finds out whom a node's change concerns: the apps on it where
// their replicas count otherwise than before, and all those whose eligible
// nodes changed. Heartbeats concern nobody.
func (c *Controller) nodeHandler() cache.TypedResourceEventHandlerDetailedFuncs[*corev1.Node] {
	return cache.TypedResourceEventHandlerDetailedFuncs[*corev1.Node]{
		AddFunc: func(node *corev1.Node, initial bool) {
			effect := c.nodes.Set(node)
			if !initial {
				c.follow(c.nodeCame(node), node.Name, effect)
			}
		},
		UpdateFunc: func(_, node *corev1.Node) { c.follow(c.nodeCame(node), node.Name, c.nodes.Set(node)) },
		DeleteFunc: func(deleted cache.DeletedObject[*corev1.Node]) {
			at := time.Now()
			if node := deleted.OptionalObj; node != nil {
				at = c.nodeCame(node)
			}
			c.follow(at, deleted.GetName(), c.nodes.Delete(deleted.GetName()))
		},
	}
}

// nodeCame is when the node's change did.
func (c *Controller) nodeCame(node *corev1.Node) time.Time {
	version, err := strconv.ParseUint(node.ResourceVersion, 10, 64)
	if err != nil {
		return time.Now()
	}
	return c.nodeArrived(version)
}

// follow enqueues whom a node's change, which came at that time, concerns: at once
// those on the node, spread over a short time the others.
func (c *Controller) follow(arrived time.Time, node string, effect eligibility.Effect) {
	if !effect.Replicas && len(effect.Apps) == 0 {
		return
	}
	here := make(map[placement.AppKey]bool)
	for _, app := range c.pods.AppsOnNode(node) {
		here[app] = effect.Replicas
	}
	elsewhere := effect.Apps[:0] // it is nobody else's
	for _, app := range effect.Apps {
		if _, ok := here[app]; ok {
			here[app] = true
			continue
		}
		elsewhere = append(elsewhere, app)
	}
	// Each of a lost zone's nodes concerns every app: one look, some time after
	// the first of them, sees them all.
	for _, app := range c.memory.arrived(arrived, elsewhere...) {
		c.pool.AddAfter(app, rand.N(spreadOver)) //nolint:gosec // no secret: it spreads load
	}
	for app, concerned := range here {
		if concerned {
			c.enqueue(arrived, app)
		}
	}
}

// namespaceHandler follows the policy annotations of namespaces.
func (c *Controller) namespaceHandler() cache.TypedResourceEventHandlerDetailedFuncs[*corev1.Namespace] {
	return cache.TypedResourceEventHandlerDetailedFuncs[*corev1.Namespace]{
		AddFunc: func(ns *corev1.Namespace, initial bool) {
			c.tellOfInvalid(ns, nil)
			if !initial {
				c.enqueueNamespace(ns.Name)
			}
		},
		UpdateFunc: func(before, after *corev1.Namespace) {
			if before.UID != after.UID {
				before = nil // deleted and made again
			} else if samePolicy(before, after) {
				return
			}
			c.tellOfInvalid(after, before)
			c.enqueueNamespace(after.Name)
		},
	}
}

func samePolicy(a, b *corev1.Namespace) bool {
	return maps.Equal(policyAnnotations(a), policyAnnotations(b))
}

func policyAnnotations(ns *corev1.Namespace) map[string]string {
	found := make(map[string]string)
	for _, name := range placement.Annotations() {
		if v, ok := ns.Annotations[name]; ok {
			found[name] = v
		}
	}
	return found
}

// tellOfInvalid tells of malformed annotations once, here, rather than once for
// each app of the namespace. Those that stood before have been told of; before
// is nil for a namespace that is new.
func (c *Controller) tellOfInvalid(ns, before *corev1.Namespace) {
	var told []placement.Invalid
	if before != nil {
		told = c.invalidIn(before)
	}
	for _, invalid := range c.invalidIn(ns) {
		if slices.Contains(told, invalid) {
			continue
		}
		c.meter.InvalidPolicy()
		c.teller.InvalidNamespacePolicy(ns.Name, ns.UID, invalid)
	}
}

func (c *Controller) invalidIn(ns *corev1.Namespace) []placement.Invalid {
	_, invalid := c.sources.Policy.Override(ns.Annotations)
	return invalid
}

func (c *Controller) enqueueNamespace(namespace string) {
	now := time.Now()
	for _, app := range c.pods.AppsIn(namespace) {
		c.enqueue(now, app)
	}
}
