package repair

import (
	"fmt"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Memory is what must outlive a leader, by workload. What is in it is not
// changed but replaced.
type Memory map[placement.WorkloadID]Record

// Record is what is remembered of one workload. Its times are the cluster's.
type Record struct {
	// Touched is when it was last changed.
	Touched time.Time `json:"touched,omitzero"`
	// Move is the last move; nil where there was none, or none that was made.
	Move *Made `json:"move,omitempty"`
	// InVain counts the moves in vain since a move last made it well, Destinations
	// are the nodes to which those brought a replica.
	InVain       int      `json:"inVain,omitempty"`
	Destinations []string `json:"destinations,omitempty"`
	// BackOffUntil is when the next move may be tried.
	BackOffUntil time.Time `json:"backOffUntil,omitzero"`
	// Inconclusive counts the moves in a row of which nothing could be said.
	Inconclusive int `json:"inconclusive,omitempty"`
	// GivenUp is why the workload is left alone; nil where it is not. TimesGivenUp
	// counts how often it was, since then.
	GivenUp      *GivenUp `json:"givenUp,omitempty"`
	TimesGivenUp int      `json:"timesGivenUp,omitempty"`
	// FragileSince is when the workload was first found at risk; zero while it is
	// not.
	FragileSince time.Time `json:"fragileSince,omitzero"`
	// Repaired is the last move that proved better, as long as nothing has undone
	// it and no other followed. Undone counts what was undone, within a short time.
	Repaired *Repaired `json:"repaired,omitempty"`
	Undone   int       `json:"undone,omitempty"`
}

// Made is a move, from the moment at which it is decided.
type Made struct {
	UID    string `json:"uid"`
	Name   string `json:"name"`
	Node   string `json:"node"`
	Reason string `json:"reason"`
	// To is a node that is counted on for the successor.
	To string    `json:"to,omitempty"`
	At time.Time `json:"at"`
	// Verdict, Nodes and Zones are how the workload stood.
	Verdict placement.Verdict `json:"verdict"`
	Nodes   Standing          `json:"nodes"`
	Zones   Standing          `json:"zones"`
	// Wanted and Template are what must stay for the move to be judged.
	Wanted   int    `json:"wanted"`
	Template string `json:"template"`
	// MayReturn is the plan's.
	MayReturn bool `json:"mayReturn,omitempty"`
	// Sure is true where the server said that it was done. What was decided by an
	// operator that then died is not.
	Sure bool `json:"sure,omitempty"`
	// Shadow is true where a recorder took the evictor's place.
	Shadow bool `json:"shadow,omitempty"`
	// Result is what became of it.
	Result Result `json:"result"`
	// Owner is the UID of the victim's controller.
	Owner string `json:"owner,omitempty"`
	// Budget is the UID of the PodDisruptionBudget over the victim; empty where there is none.
	Budget string `json:"budget,omitempty"`
}

// Result is what became of a move.
type Result string

// The results. A move that is the Same or Worse was in vain.
const (
	UnderWay     Result = "under way"
	Better       Result = "better"
	Same         Result = "same"
	Worse        Result = "worse"
	Inconclusive Result = "inconclusive"
)

// Results lists every result that a move may end with.
func Results() []Result { return []Result{Better, Same, Worse, Inconclusive} }

// GivenUp is why a workload is left alone, and until what changes.
type GivenUp struct {
	Reason string      `json:"reason"`
	At     time.Time   `json:"at"`
	While  Fingerprint `json:"while"`
}

// Repaired is how a workload stood after a move that proved better.
type Repaired struct {
	At       time.Time   `json:"at"`
	Replicas int         `json:"replicas"`
	Nodes    Standing    `json:"nodes"`
	Zones    Standing    `json:"zones"`
	While    Fingerprint `json:"while"`
}

// Fingerprint is what a workload that was given up on waits for a change of.
type Fingerprint struct {
	Nodes    string `json:"nodes"`
	Template string `json:"template"`
	Policy   string `json:"policy"`
}

func fingerprint(l Look) Fingerprint {
	p := l.Workload.Policy
	return Fingerprint{Nodes: l.Nodes, Template: l.Template, Policy: fmt.Sprintf("%g of a node, %g of a zone", p.MaxNodeLoss, p.MaxZoneLoss)}
}
