package fit

import (
	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/indexers"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
)

// Sources is where Scene looks. It is safe for concurrent use where its parts
// are.
type Sources struct {
	Pods indexers.Pods
	// NamespaceLabels and Volumes are as a Question's.
	NamespaceLabels func(namespace string) map[string]string
	Volumes         Volumes
	// Reserved is what has been promised of each node to Pods that are not on it
	// yet.
	Reserved map[string]Reserved
}

// Workload is whose scene is asked for.
type Workload struct {
	// Template is what successors are made of, Candidates are the Pods that may be
	// evicted and Nodes what the template's class says of every node, sorted by
	// name.
	Template   *podview.Template
	Candidates []*podview.Pod
	Nodes      []eligibility.Standing
}

// Scene builds the scene of a workload. It looks at the Pods on eligible nodes
// and, only where the template's rules need that, at those on others.
func (s Sources) Scene(w Workload) placement.Scene {
	q := Question{
		Template: w.Template, Candidates: w.Candidates, Nodes: make([]Node, len(w.Nodes)),
		Volumes: s.Volumes, NamespaceLabels: s.NamespaceLabels,
	}
	wide := Wide(w.Template)
	far := s.far(wide)
	var pods []*podview.Pod // of all nodes, one after the other
	for i, standing := range w.Nodes {
		begin := len(pods)
		if standing.Admitted || wide {
			for p := range s.Pods.OnNode(standing.Name) {
				pods = append(pods, p)
			}
		} else {
			pods = append(pods, far[standing.Name]...)
		}
		q.Nodes[i] = Node{
			Name: standing.Name, Zone: standing.Zone, Labels: standing.Node.Labels,
			Admitted: standing.Admitted, Selected: standing.Selected, Tolerated: standing.Tolerated,
			Allocatable: standing.Node.Status.Allocatable, Pods: pods[begin:len(pods):len(pods)],
			Reserved: s.Reserved[standing.Name],
		}
	}
	return q.Scene()
}

// far are the Pods that keep others away from more than their own nodes, by
// node; nobody asks where every node is looked at.
func (s Sources) far(wide bool) map[string][]*podview.Pod {
	if wide {
		return nil
	}
	found := make(map[string][]*podview.Pod)
	for p := range s.Pods.Far() {
		found[p.Node] = append(found[p.Node], p)
	}
	return found
}
