package repair

import (
	"slices"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Reason is why repair has something to say: the reason of an Event.
type Reason string

// The reasons.
const (
	Rebalancing     Reason = "Rebalancing"
	Rebalanced      Reason = "Rebalanced"
	RepairBlocked   Reason = "RepairBlocked"
	Unfixable       Reason = "Unfixable"
	RepairSuspended Reason = "RepairSuspended"
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{Rebalancing, Rebalanced, RepairBlocked, Unfixable, RepairSuspended}
}

// Saying is something to be told to people, once.
type Saying struct {
	Reason Reason
	// ID is the workload that it is about; the zero value is the whole cluster.
	ID placement.WorkloadID
	// Since is when what is told began, by the cluster's clock, and Mark tells it
	// from other sayings of that reason and time. With the workload they are the
	// same after a change of leader.
	Since time.Time
	Mark  string
	Note  string
}

// Teller tells people. Its method is safe for concurrent use and does not block.
type Teller interface {
	Tell(Saying)
}

// Meter counts. Its methods are safe for concurrent use and do not block.
type Meter interface {
	// EvictionAnswered counts an eviction that was asked for by one of Answers.
	EvictionAnswered(answer string)
	// MoveEnded counts a move by one of Results.
	MoveEnded(result string)
	// Repaired takes how long a workload was at risk that repair has made well.
	Repaired(after time.Duration)
	// Blocked sets how many workloads a guard blocks now; see BlockNames.
	Blocked(guard string, workloads int)
}

// byPlan is the name of what blocks a workload for which there is no move.
const byPlan = "plan"

// byBudget begins the names of all that blocks a workload for its budgets.
const byBudget = "pdb-"

// BlockNames lists every name that a Block may bear: the guards', the answers' by
// which the server refuses, and that of a plan without a move.
func BlockNames() []string {
	var names []string
	for _, g := range Guards() {
		names = append(names, g.Name)
	}
	for _, a := range Answers() {
		if (Outcome{Answer: a}).consequence().hold > 0 && !slices.Contains(names, string(a)) {
			names = append(names, string(a))
		}
	}
	return append(names, byPlan)
}
