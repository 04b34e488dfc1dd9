package placement

import "time"

// Scene is where the successors of a workload's ready replicas could go, at the
// moment of an assessment: what the scheduler would be asked.
type Scene struct {
	// Spots are sorted by their nodes' names, and each node is there once.
	Spots      []Spot
	Candidates []Candidate
}

// Spot is a node that could take a successor of some replica.
type Spot struct {
	Node string
	// Zone is empty where the node is in no known zone.
	Zone string
	// Room is how many successors there is room for while every replica stands
	// where it does.
	Room int
}

// Promise is a successor of a workload's that is on its way: it takes what that
// workload's Pods demand, on one of these nodes.
type Promise struct {
	Of WorkloadID
	On []string
}

// Candidate is a ready replica that could be evicted, on a node that is a
// failure domain.
type Candidate struct {
	UID, Name  string
	Node, Zone string
	// DeletionCost is the Pod's controller.kubernetes.io/pod-deletion-cost.
	DeletionCost int
	Created      time.Time
	// Admits are the spots that would take its successor when it is gone, its
	// own node among them where that would.
	Admits Mask
	// Barred is why it must not be evicted; empty where nothing speaks against it.
	Barred string
}
