package placement

import (
	"strings"
	"time"
)

// AppKey names an app: a namespace and an application name. It is the key of
// the controller's queue.
type AppKey struct {
	Namespace string
	App       string
}

// String gives the app as namespace/app.
func (k AppKey) String() string { return k.Namespace + "/" + k.App }

// WorkloadID names a workload: interchangeable replicas inside an app.
type WorkloadID struct {
	AppKey
	// Kind and Name are those of the workload's controller; a ReplicaSet that
	// a Deployment made stands as the Deployment, so that a rollout's old and
	// new Pods are one workload.
	Kind string
	Name string
}

// String gives the workload as namespace/app/kind/name.
func (id WorkloadID) String() string {
	return strings.Join([]string{id.Namespace, id.App, id.Kind, id.Name}, "/")
}

// Workload is all that a verdict depends on, at one moment.
type Workload struct {
	ID WorkloadID
	// Now is the moment of the assessment.
	Now time.Time
	// Replicas are the Pods that are neither finished nor being deleted.
	Replicas []Replica
	// Terminating are the deletion times of the workload's Pods that are being
	// deleted: when each deletion was asked for.
	Terminating []time.Time
	// Removed is when a replica was last seen to vanish without a trace in the
	// Pods that remain; zero where none did.
	Removed time.Time
	// SettlingSince is the SettlingSince of the workload's previous Assessment;
	// zero where there is none.
	SettlingSince time.Time
	Eligible      Eligible
	Template      Template
	Policy        Policy
}

// Replica is one Pod of a workload.
type Replica struct {
	// Node is empty for a Pod that has not been scheduled.
	Node string
	// Zone is empty where the node is in no known zone.
	Zone string
	// Virtual marks a node that stands for no machine (a virtual kubelet): its
	// replicas count, but it is no failure domain.
	Virtual bool
	// Ready is true where the Pod is Ready and its node exists and is Ready.
	Ready bool
	// Revision tells a rollout's old replicas from its new ones.
	Revision string
	// Created is when the Pod was created, Placed when it was bound to its node
	// and Changed when its own or its node's readiness last changed. All are
	// the cluster's own times, in whole seconds; zero where unknown.
	Created, Placed, Changed time.Time
}

// placed is when the replica came to its node: at its creation, where nothing
// says when it was bound; zero for one without a node.
func (r Replica) placed() time.Time {
	switch {
	case r.Node == "":
		return time.Time{}
	case r.Placed.IsZero():
		return r.Created
	default:
		return r.Placed
	}
}

// Eligible describes the nodes that could take a replica today.
type Eligible struct {
	// ByZone counts the eligible nodes of each zone that has any.
	ByZone map[string]int
	// Zoneless counts the eligible nodes that are in no zone.
	Zoneless int
	// Excluded says why the other nodes are not eligible, most frequent first.
	Excluded []Exclusion
}

// Exclusion is a number of nodes that are not eligible for one reason.
type Exclusion struct {
	Reason string
	Nodes  int
}

// Nodes counts the eligible nodes.
func (e Eligible) Nodes() int {
	n := e.Zoneless
	for _, c := range e.ByZone {
		n += c
	}
	return n
}

// elsewhere is true where a node of a known zone other than the given one is
// eligible.
func (e Eligible) elsewhere(zone string) bool {
	for z, n := range e.ByZone {
		if z != zone && n > 0 {
			return true
		}
	}
	return false
}

// Template is what all replicas of one Pod template share.
type Template struct {
	// Labels are the template's labels without per-revision and per-Pod ones.
	Labels map[string]string
	// RevisionLabel is the label that a Deployment or StatefulSet adds per
	// revision; empty where there is none.
	RevisionLabel string
	// Spread are the constraints that concern the workload's own replicas.
	Spread []Constraint
	// RequiredPodAffinity is true where the template has any required Pod
	// affinity or anti-affinity.
	RequiredPodAffinity bool
	// VolumeClaims is true where a persistent volume claim is mounted.
	VolumeClaims bool
}

// Constraint is a topology spread constraint or a Pod anti-affinity that
// keeps a workload's own replicas apart.
type Constraint struct {
	TopologyKey string
	// Hard is true for DoNotSchedule and for required anti-affinity.
	Hard bool
	// Affinity is true for an anti-affinity, false for a spread constraint.
	Affinity bool
}

// Well-known topology keys, see
// https://kubernetes.io/docs/reference/labels-annotations-taints/.
const (
	HostnameKey = "kubernetes.io/hostname"
	ZoneKey     = "topology.kubernetes.io/zone"
)
