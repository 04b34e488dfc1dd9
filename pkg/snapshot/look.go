package snapshot

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/fit"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
)

// Look is one workload as it is at a moment, with all that a plan depends on.
// What the Pods of other apps take is read right after: no lock holds them
// still meanwhile.
type Look struct {
	Gathered
	// Scene is where successors of the ready replicas could go.
	Scene placement.Scene
	// Pods are the workload's that have not finished, sorted by name.
	Pods []Pod
	// Owner is the controller of the newest of them; nil where there is none.
	Owner *metav1.OwnerReference
	// Annotations are those of the newest Pod that Evenkeel reads. They are shared
	// and must not be changed, as is Owner.
	Annotations map[string]string
	// Revision is that of the newest of the Pods, and Eligible a digest of the names
	// of the nodes that are eligible: it is another where those are others.
	Revision, Eligible string
	// Unknown is what the scheduler would heed and the scene does not know, for
	// which it has no spots; empty where there is nothing such.
	Unknown string
}

// Pod is one Pod of a workload, for whoever may have to say no to its eviction.
type Pod struct {
	UID        types.UID
	Name, Node string
	// Owner is the UID of its controller; empty where it has none.
	Owner types.UID
	// Ready is the Pod's own condition, whatever its node's is; Terminating is true
	// where its deletion was asked for.
	Ready, Terminating bool
	// Labels are all that it has. They may be shared and must not be changed.
	Labels labels.Set
	// DeletionCost is its controller.kubernetes.io/pod-deletion-cost.
	DeletionCost int
	// OptOuts are the annotations by which it asks not to be moved.
	OptOuts []string
	// Critical is true for a priority that is the system's own.
	Critical bool
	Created  time.Time
}

// Look returns a workload as Gather would, its Pods and its scene, less the room
// that is promised, and false where it has no Pods. Unlike Gather it notes
// nothing.
func (s Sources) Look(id placement.WorkloadID, now time.Time, memory Memory, promises []placement.Promise) (Look, bool) {
	pods, newest := s.podsOf(id)
	if newest == nil {
		return Look{}, false
	}
	t := newest.Template
	eligible, standings := s.Nodes.Survey(t.Class, classOf(t))
	nodes := factsOf(pods, standings)
	var g group
	for _, pod := range pods {
		g.add(pod, s.Nodes, nodes)
	}
	base, _ := s.Policy.Override(s.namespaceAnnotations(id.Namespace))
	look := Look{
		Owner: t.Owner, Annotations: t.Annotations, Pods: describe(pods),
		Revision: t.Revision, Eligible: digestOf(standings),
	}
	look.fill(id, &g, now, &memory, &base, eligible)
	if t.Rules != nil {
		look.Unknown = t.Rules.Unknown
	}
	sources := fit.Sources{Pods: s.Pods, NamespaceLabels: s.NamespaceLabels, Volumes: s.Volumes, Reserved: s.reserved(promises)}
	look.Scene = sources.Scene(fit.Workload{Template: t, Candidates: candidates(pods, nodes), Nodes: standings})
	return look, true
}

// reserved is what is promised of each node, wherever a successor may go: by what
// its workload's Pods demand now.
func (s Sources) reserved(promises []placement.Promise) map[string]fit.Reserved {
	kept := make(map[string]fit.Reserved)
	for _, p := range promises {
		var demand *podview.Demand
		if newest := s.newest(p.Of); newest != nil {
			demand = newest.Template.Demand
		}
		for _, node := range p.On {
			kept[node] = kept[node].Plus(demand)
		}
	}
	return kept
}

// podsOf are the Pods of a workload that have not finished, sorted by name, and
// the one that speaks for it.
func (s Sources) podsOf(id placement.WorkloadID) (pods []*podview.Pod, newest *podview.Pod) {
	for pod := range s.Pods.OfApp(id.AppKey) {
		if pod.Workload != id || pod.Finished {
			continue
		}
		pods = append(pods, pod)
		if newest == nil || younger(pod, newest) {
			newest = pod
		}
	}
	slices.SortFunc(pods, func(p, q *podview.Pod) int { return cmp.Compare(p.Name, q.Name) })
	return pods, newest
}

// factsOf are the facts of the Pods' nodes, at the moment of the survey: none of
// one that was not there.
func factsOf(pods []*podview.Pod, standings []eligibility.Standing) map[string]eligibility.Facts {
	nodes := make(map[string]eligibility.Facts)
	for _, pod := range pods {
		if _, seen := nodes[pod.Node]; seen {
			continue
		}
		var facts eligibility.Facts
		i, ok := slices.BinarySearchFunc(standings, pod.Node, func(s eligibility.Standing, name string) int { return cmp.Compare(s.Name, name) })
		if ok {
			facts = standings[i].Facts
		}
		nodes[pod.Node] = facts
	}
	return nodes
}

// candidates are the ready replicas on nodes that stand for machines.
func candidates(pods []*podview.Pod, nodes map[string]eligibility.Facts) []*podview.Pod {
	var found []*podview.Pod
	for _, pod := range pods {
		if node := nodes[pod.Node]; pod.Replica() && pod.Ready && node.Ready && !node.Virtual {
			found = append(found, pod)
		}
	}
	return found
}

// describe tells of the Pods; those of one template that have nothing of their
// own share their labels.
func describe(pods []*podview.Pod) []Pod {
	all := make([]Pod, 0, len(pods))
	shared := make(map[*podview.Template]labels.Set)
	for _, pod := range pods {
		set := shared[pod.Template]
		if set == nil || len(pod.OwnLabels()) > 0 {
			set = pod.LabelSet()
		}
		if len(pod.OwnLabels()) == 0 {
			shared[pod.Template] = set
		}
		all = append(all, Pod{
			UID: pod.UIDText(), Name: pod.Name, Node: pod.Node,
			Owner: ownerOf(pod), Ready: pod.Ready, Terminating: pod.Terminating,
			Labels: set, DeletionCost: pod.DeletionCost(), OptOuts: pod.OptOuts.Annotations(), Critical: pod.Critical,
			Created: pod.Created.Time(),
		})
	}
	return all
}

func ownerOf(pod *podview.Pod) types.UID {
	if pod.Template.Owner == nil {
		return ""
	}
	return pod.Template.Owner.UID
}

// digestOf is a digest of the names of those nodes that are eligible.
func digestOf(standings []eligibility.Standing) string {
	sum := fnv.New64a()
	for _, s := range standings {
		if s.Admitted {
			_, _ = sum.Write([]byte(s.Name + "\n")) // it makes no error
		}
	}
	return strconv.FormatUint(sum.Sum64(), 16)
}
