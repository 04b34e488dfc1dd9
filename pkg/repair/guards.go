package repair

import (
	"slices"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Guard is one small check that can say no.
type Guard struct {
	Name  string
	Stage Stage
	// Passing is true where a no ends by itself and is worth no Event at once,
	// Silent where it is worth none at all, since something else tells of it.
	Passing, Silent bool
	// Again is true where it is asked once more when nothing but the eviction is
	// left to do: a person or a lost lease may have turned it meanwhile.
	Again bool
	Check func(Case) No
}

// Stage is when a guard is asked, and so what it knows.
type Stage int

// The stages, in their order. A no to a Pod bars that one, and the plan is made
// around it; any other no blocks the workload.
const (
	// OfWorkload is before there is a plan.
	OfWorkload Stage = iota
	// OfPod is for each candidate: Victim, Pod and Budgets are its.
	OfPod
	// OfMove is for the first move of the plan: Move, Victim, Pod and Budgets.
	OfMove
	// OfServer is when the server has been read: those and Live.
	OfServer
)

// No is why not; the zero value is a yes.
type No struct {
	Reason string
	// Until is when time alone may change that; zero where it is not known.
	Until time.Time
}

func no(reason string) No                       { return No{Reason: reason} }
func noUntil(reason string, until time.Time) No { return No{Reason: reason, Until: until} }

// Case is what the guards judge. They only read it.
type Case struct {
	Now    time.Time
	Look   Look
	Record Record
	Limits Limits
	Ledger *Ledger
	// Leads is true where no other operator can be the leader.
	Leads bool
	// Ahead is how many workloads that are worse wait for the budget too.
	Ahead int

	Victim  placement.Candidate
	Pod     Pod
	Budgets []Budget
	Move    placement.Move
	Live    Live
}

// Guards lists every guard, in the order in which they are asked.
func Guards() []Guard {
	return []Guard{
		{Name: "mode", Stage: OfWorkload, Silent: true, Again: true, Check: mode},
		{Name: "not-leader", Stage: OfWorkload, Silent: true, Again: true, Check: notLeader},
		{Name: "terminating-namespace", Stage: OfWorkload, Silent: true, Check: terminatingNamespace},
		{Name: "cluster-unwell", Stage: OfWorkload, Silent: true, Check: clusterUnwell},
		{Name: "stale-view", Stage: OfWorkload, Passing: true, Check: staleView},
		{Name: "settling", Stage: OfWorkload, Passing: true, Check: settling},
		{Name: "single-replica", Stage: OfWorkload, Check: singleReplica},
		{Name: "given-up", Stage: OfWorkload, Silent: true, Check: givenUp},
		{Name: "owner-busy", Stage: OfWorkload, Passing: true, Check: ownerBusy},
		{Name: "cool-down", Stage: OfWorkload, Passing: true, Check: coolDown},

		{Name: "evicted-already", Stage: OfPod, Passing: true, Check: evictedAlready},
		{Name: "system-critical", Stage: OfPod, Check: systemCritical},
		{Name: "opt-out", Stage: OfPod, Check: optOut},
		{Name: "pdb-missing", Stage: OfPod, Check: pdbMissing},
		{Name: "pdb-two", Stage: OfPod, Check: pdbTwo},
		{Name: "pdb-exhausted", Stage: OfPod, Passing: true, Check: pdbExhausted},
		{Name: "node-leaving", Stage: OfPod, Passing: true, Check: nodeLeaving},
		{Name: "backing-off", Stage: OfPod, Passing: true, Check: backingOff},

		{Name: "may-return", Stage: OfMove, Passing: true, Check: mayReturn},
		{Name: "budget", Stage: OfMove, Passing: true, Check: budget},

		{Name: "scale", Stage: OfServer, Check: scale},
		{Name: "rollout", Stage: OfServer, Passing: true, Check: rollout},
		{Name: "view-differs", Stage: OfServer, Passing: true, Check: viewDiffers},
	}
}

// checks are the guards that are asked.
type checks []Guard

// checksWithout leaves some out, so that a test can show that each is needed.
func checksWithout(names ...string) checks {
	return slices.DeleteFunc(Guards(), func(g Guard) bool { return slices.Contains(names, g.Name) })
}

// first is the first guard of a stage that says no, and what it says.
func (gs checks) first(stage Stage, c Case) (Guard, No) {
	for _, g := range gs {
		if g.Stage != stage {
			continue
		}
		if n := g.Check(c); n.Reason != "" {
			return g, n
		}
	}
	return Guard{}, No{}
}
