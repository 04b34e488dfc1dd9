package fit

import (
	"math"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/podview"
)

// spot is an eligible node with what is free on it.
type spot struct {
	node  *Node
	asked *podview.Demand
	free  space
	// clashes is true where a port that is asked for is held or promised.
	clashes bool
	// room is for how many more of what is asked.
	room int
}

func newSpot(n *Node, asked *podview.Demand) *spot {
	if asked == nil {
		asked = &podview.Demand{}
	}
	s := &spot{node: n, asked: asked, free: spaceOf(n, asked), clashes: clashes(n, asked.Ports, nil)}
	switch {
	case s.clashes:
	case len(asked.Ports) > 0: // of two successors one would have the port
		s.room = min(s.free.times(asked), 1)
	default:
		s.room = s.free.times(asked)
	}
	return s
}

// admits tells whether there is room for the successor of a Pod that has gone.
func (s *spot) admits(gone *podview.Pod) bool {
	gone = s.node.find(gone)
	if gone == nil {
		return s.room > 0
	}
	free := s.free.clone()
	free.give(gone.Demand, s.asked)
	free.slots++
	return free.times(s.asked) > 0 && !(s.clashes && clashes(s.node, s.asked.Ports, gone))
}

// clashes tells whether a node can not give the ports, Pods but the one
// considered.
func clashes(n *Node, ports []podview.HostPort, but *podview.Pod) bool {
	if len(ports) == 0 {
		return false
	}
	held := func(p podview.HostPort) bool { return slices.ContainsFunc(ports, p.Clashes) }
	if slices.ContainsFunc(n.Reserved.Ports, held) {
		return true
	}
	return slices.ContainsFunc(n.Pods, func(p *podview.Pod) bool {
		return p != but && p.Demand != nil && slices.ContainsFunc(p.Demand.Ports, held)
	})
}

// space is what is free on a node: less than nothing where more has been given
// than there is. Of extended resources it counts those that are asked for, in
// their order.
type space struct {
	cpu, memory, storage, slots int64
	extended                    []int64
}

func spaceOf(n *Node, asked *podview.Demand) space {
	// Read one by one: a missing resource is none of it.
	cpu, memory := n.Allocatable[corev1.ResourceCPU], n.Allocatable[corev1.ResourceMemory]
	storage, slots := n.Allocatable[corev1.ResourceEphemeralStorage], n.Allocatable[corev1.ResourcePods]
	s := space{cpu: cpu.MilliValue(), memory: memory.Value(), storage: storage.Value(), slots: slots.Value()}
	for _, a := range asked.Extended {
		q := n.Allocatable[corev1.ResourceName(a.Resource)]
		s.extended = append(s.extended, q.Value())
	}
	for _, p := range n.Pods {
		s.take(p.Demand, asked)
	}
	s.take(&n.Reserved.Demand, asked)
	s.slots -= int64(len(n.Pods) + n.Reserved.Pods)
	return s
}

func (s *space) take(d, asked *podview.Demand) { s.change(d, asked, -1) }
func (s *space) give(d, asked *podview.Demand) { s.change(d, asked, 1) }

func (s *space) change(d, asked *podview.Demand, sign int64) {
	if d == nil {
		return
	}
	s.cpu += sign * d.CPU
	s.memory += sign * d.Memory
	s.storage += sign * d.Storage
	for i := range asked.Extended {
		for _, a := range d.Extended { // Reserved may have one twice
			if a.Resource == asked.Extended[i].Resource {
				s.extended[i] += sign * a.Units
			}
		}
	}
}

func (s *space) clone() space {
	c := *s
	c.extended = slices.Clone(s.extended)
	return c
}

// times is how many times a demand fits. What it does not ask for does not
// matter, though there be less than none left.
func (s *space) times(asked *podview.Demand) int {
	n := s.slots
	fit := func(free, asked int64) {
		if asked > 0 {
			n = min(n, free/asked)
		}
	}
	fit(s.cpu, asked.CPU)
	fit(s.memory, asked.Memory)
	fit(s.storage, asked.Storage)
	for i, a := range asked.Extended {
		fit(s.extended[i], a.Units)
	}
	return int(min(max(n, 0), math.MaxInt32))
}
