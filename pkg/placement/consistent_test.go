package placement_test

import (
	"fmt"
	"slices"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// consistent says what is wrong with an assessment whatever the workload is.
func consistent(w placement.Workload, a placement.Assessment) error {
	onNodes := 0
	for _, n := range a.Nodes {
		onNodes += n.Ready
	}
	atRiskByPlacement := a.Verdict == placement.NodeFragile || a.Verdict == placement.ZoneFragile || a.Verdict == placement.Uneven
	checks := []struct {
		broken bool
		rule   string
	}{
		{!slices.Contains(placement.Verdicts(), a.Verdict), "the verdict is a known one"},
		{a.Replicas != len(w.Replicas), "every replica is counted"},
		{a.Ready < 0 || a.Ready > a.Replicas, "no more are ready than there are"},
		{onNodes > a.Ready, "the nodes carry no more than is ready"},
		{!wellFormed(a.WorstNode), "the worst node's loss is in [0,1], and of a node if it is any"},
		{!wellFormed(a.WorstZone), "the worst zone's loss is in [0,1], and of a zone if it is any"},
		{a.Fixable && !atRiskByPlacement, "only what stands badly is fixable"},
		{a.Fixable && a.Because == "", "what is fixable says how"},
		{atRiskByPlacement != (a.Because != ""), "what stands badly says whether that can be mended, and nothing else does"},
		{a.Verdict.AtRisk() != (a.Cause != ""), "what is at risk says how that came, and nothing else does"},
		{a.Cure != "" && !atRiskByPlacement, "only what stands badly has a cure"},
		{a.Fixable && a.Cure == "", "what is fixable has a cure"},
		{a.Ready == 0 && a.Verdict != placement.Unavailable && a.Verdict != placement.Settling, "nothing ready is no verdict on placement"},
		{!a.Recheck.IsZero() && !a.Recheck.After(w.Now), "a look again is in the future"},
		{a.Since.After(w.Now), "nothing begins in the future"},
		{a.SettlingSince.After(w.Now), "no settling begins in the future"},
		{a.Verdict == placement.Settling && a.SettlingSince.IsZero(), "Settling began at some time"},
		{a.Verdict == placement.Settling && a.Recheck.IsZero(), "Settling ends by itself"},
	}
	for _, c := range checks {
		if c.broken {
			return fmt.Errorf("broken rule: %s, in\n%+v of\n%+v", c.rule, a, w)
		}
	}
	return nil
}

func wellFormed(l placement.Loss) bool {
	return l.Share >= 0 && l.Share <= 1 && (l.Share > 0) == (l.Name != "")
}
