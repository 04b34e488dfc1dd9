package placement

import "time"

// Tally is what workloads are counted by.
type Tally struct {
	Verdict Verdict
	Fixable bool
}

// Risk is a workload's exposure.
type Risk struct {
	ID WorkloadID
	// AtRisk is true while the verdict is critical or warning.
	AtRisk bool
	// WorstNodeLoss is a share in [0,1].
	WorstNodeLoss float64
	// Spent is the time at risk that this process has seen.
	Spent time.Duration
}
