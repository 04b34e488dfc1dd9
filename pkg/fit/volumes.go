package fit

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"

	"evenkeel.dev/evenkeel/pkg/podview"
)

// Volumes tells what is known of persistent volume claims and volumes.
type Volumes interface {
	// Claim gives the name of the volume that a claim is bound to, empty for none
	// yet, and false where there is no such claim.
	Claim(namespace, name string) (volume string, ok bool)
	// Volume gives the nodes from which a volume can be reached, nil for all, and
	// false where there is no such volume.
	Volume(name string) (nodes *corev1.NodeSelector, ok bool)
}

// volumes reads each volume's nodes once.
type volumes struct {
	Volumes
	read map[string]*nodeaffinity.LazyErrorNodeSelector
}

func newVolumes(v Volumes) volumes {
	return volumes{Volumes: v, read: make(map[string]*nodeaffinity.LazyErrorNodeSelector)}
}

// pinned is where the claims of a Pod let its successor be.
type pinned struct {
	to []*nodeaffinity.LazyErrorNodeSelector
	// nowhere is true where a volume is gone: the scheduler waits for it.
	nowhere bool
}

// of reads the claims that a Pod's successor will mount: those of the Pod
// itself. One that is not bound, or is not there and will be made anew, is taken
// for one that waits for its first consumer: it may be bound anywhere.
func (v volumes) of(p *podview.Pod) pinned {
	var found pinned
	if v.Volumes == nil {
		return found
	}
	for _, claim := range p.Claims() {
		volume, ok := v.Claim(p.Namespace, claim)
		if !ok || volume == "" {
			continue
		}
		selector, known := v.read[volume]
		if !known {
			nodes, ok := v.Volume(volume)
			if !ok {
				return pinned{nowhere: true}
			}
			if nodes != nil {
				selector = nodeaffinity.NewLazyErrorNodeSelector(nodes)
			}
			v.read[volume] = selector
		}
		if selector != nil {
			found.to = append(found.to, selector)
		}
	}
	return found
}

// admits asks for the node's labels alone, as the scheduler does. What can not
// be read admits no node.
func (p pinned) admits(n *Node) bool {
	if p.nowhere {
		return false
	}
	for _, selector := range p.to {
		ok, err := selector.Match(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Labels: n.Labels}})
		if err != nil || !ok {
			return false
		}
	}
	return true
}
