// Package snapshot gathers, from indices and memos alone, what a verdict
// depends on. Its cost is that of the app, never that of the cluster.
package snapshot

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/fit"
	"evenkeel.dev/evenkeel/pkg/indexers"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
)

// Sources is where Gather and Look do. It is safe for concurrent use where its parts
// are.
type Sources struct {
	Pods  indexers.Pods
	Nodes *eligibility.Memo
	// NamespacePolicy gives the annotations of a namespace; nil where it has
	// none or is not known.
	NamespacePolicy func(namespace string) map[string]string
	// Policy is the flags'.
	Policy placement.Policy

	// The rest is for Look alone, and may be nil: the labels of a namespace, and
	// what is known of persistent volumes.
	NamespaceLabels func(namespace string) map[string]string
	Volumes         Volumes
}

// Volumes looks up claims and volumes.
type Volumes = fit.Volumes

// Memory is what Pods that remain can not tell.
type Memory struct {
	// SettlingSince is that of each workload's assessment before.
	SettlingSince map[placement.WorkloadID]time.Time
	// Removed is when a replica of each workload was last seen to vanish.
	Removed map[placement.WorkloadID]time.Time
}

// Gathered is one workload and what was wrong with its Pods' annotations.
type Gathered struct {
	Workload placement.Workload
	Invalid  []placement.Invalid
}

// Gather returns the workloads of an app as they are at now. Pods that carry
// malformed annotations are judged by the policy without them.
func (s Sources) Gather(app placement.AppKey, now time.Time, memory Memory) []Gathered {
	groups := s.group(app)
	gathered := make([]Gathered, 0, len(groups))
	classes := make([]string, 0, 1)
	base, _ := s.Policy.Override(s.namespaceAnnotations(app.Namespace))
	for id, g := range groups {
		t := g.newest.Template
		gathered = append(gathered, Gathered{})
		gathered[len(gathered)-1].fill(id, g, now, &memory, &base, s.Nodes.Eligible(app, t.Class, classOf(t)))
		classes = append(classes, t.Class)
	}
	slices.Sort(classes)
	s.Nodes.Keep(app, slices.Compact(classes))
	slices.SortFunc(gathered, func(a, b Gathered) int {
		x, y := a.Workload.ID, b.Workload.ID
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name))
	})
	return gathered
}

// fill puts a workload together; base is its namespace's policy. What is large
// comes and goes by its address: Gather is called at every change.
func (to *Gathered) fill(id placement.WorkloadID, g *group, now time.Time, memory *Memory, base *placement.Policy, eligible placement.Eligible) {
	t := g.newest.Template
	w := &to.Workload
	w.ID, w.Now = id, now
	w.Replicas, w.Terminating = g.replicas, g.terminating
	w.Removed, w.SettlingSince = memory.Removed[id], memory.SettlingSince[id]
	w.Eligible, w.Template = eligible, t.Placement
	w.Policy, to.Invalid = base.Override(t.Annotations)
}

func (s Sources) namespaceAnnotations(namespace string) map[string]string {
	if s.NamespacePolicy == nil {
		return nil
	}
	return s.NamespacePolicy(namespace)
}

// group is one workload in the making.
type group struct {
	replicas    []placement.Replica
	terminating []time.Time
	// newest is the youngest replica, whose template speaks for the workload.
	newest *podview.Pod
}

func (s Sources) group(app placement.AppKey) map[placement.WorkloadID]*group {
	groups := make(map[placement.WorkloadID]*group)
	nodes := make(map[string]eligibility.Facts)
	for pod := range s.Pods.OfApp(app) {
		if pod.Finished {
			continue
		}
		id := pod.Template.Workload
		g := groups[id]
		if g == nil {
			g = &group{}
			groups[id] = g
		}
		g.add(pod, s.Nodes, nodes)
	}
	return groups
}

// add puts a Pod that has not finished into the group.
func (g *group) add(pod *podview.Pod, memo *eligibility.Memo, nodes map[string]eligibility.Facts) {
	if pod.Terminating {
		g.terminating = append(g.terminating, pod.Deleted.Time())
	} else {
		g.replicas = append(g.replicas, replica(pod, memo, nodes))
	}
	if g.newest == nil || younger(pod, g.newest) {
		g.newest = pod
	}
}

// younger prefers a Pod that stays over one that is being deleted, then the
// later created; of equals any one, as long as it is always the same.
func younger(p, q *podview.Pod) bool {
	if p.Terminating != q.Terminating {
		return q.Terminating
	}
	return cmp.Or(cmp.Compare(p.Created, q.Created), cmp.Compare(p.Name, q.Name)) > 0
}

// replica joins a Pod with its node, which is looked up once a node.
func replica(pod *podview.Pod, memo *eligibility.Memo, nodes map[string]eligibility.Facts) placement.Replica {
	node, seen := nodes[pod.Node]
	if !seen && pod.Node != "" {
		node, _ = memo.Node(pod.Node) // a node that is not there is not Ready
		nodes[pod.Node] = node
	}
	changed := pod.Changed.Time()
	if since := node.Changed; !node.Ready && since != 0 && since > changed.Unix() {
		changed = time.Unix(since, 0).UTC()
	}
	return placement.Replica{
		Node: pod.Node, Zone: node.Zone, Virtual: node.Virtual,
		Ready:    pod.Ready && node.Ready,
		Revision: pod.Template.Revision,
		Created:  pod.Created.Time(), Placed: pod.Placed.Time(), Changed: changed,
	}
}

func classOf(t *podview.Template) func() eligibility.Class {
	return func() eligibility.Class {
		return eligibility.Class{NodeSelector: t.NodeSelector, Required: t.Affinity, Tolerations: t.Tolerations}
	}
}

// Owner returns the controller of a workload's Pods, of the newest where a
// rollout has more than one, and false where no Pod is left.
func (s Sources) Owner(id placement.WorkloadID) (metav1.OwnerReference, bool) {
	newest := s.newest(id)
	if newest == nil || newest.Template.Owner == nil {
		return metav1.OwnerReference{}, false
	}
	return *newest.Template.Owner, true
}

// newest is the Pod that speaks for a workload, nil where every one has finished.
func (s Sources) newest(id placement.WorkloadID) *podview.Pod {
	var newest *podview.Pod
	for pod := range s.Pods.OfApp(id.AppKey) {
		if pod.Template.Workload == id && !pod.Finished && (newest == nil || younger(pod, newest)) {
			newest = pod
		}
	}
	return newest
}
