package repair

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

const (
	// doubted is for how long a request whose answer never came may still be
	// carried out: the API server itself lets go of one after a minute.
	doubted = 2 * time.Minute
	// shadowed is the least for which a recorded move counts as under way.
	shadowed = 30 * time.Second
)

// verify judges the move under way by what the caches say now: UnderWay as long
// as that can not be done, with the reason.
//
//	still under way  | until the victim is gone and as many are ready as before
//	inconclusive     | the template or the number of replicas changed, or it took
//	                 | longer than settle-max
//	better           | less crowded in what is at risk, and no more in the other
//	same, worse      | otherwise
func verify(m Made, look Look, stale bool) (Result, string) {
	now, policy := look.Workload.Now, look.Workload.Policy
	_, there := look.pod(m.UID)
	took := now.Sub(m.At)
	switch {
	case stale:
		return UnderWay, "the view is stale"
	case m.Shadow && took >= max(shadowed, policy.Settle):
		return Inconclusive, "it was recorded and not made"
	case m.Shadow:
		return UnderWay, "it was recorded and not made"
	case there && !m.Sure && took-look.Stale >= doubted:
		return Inconclusive, "the server never carried the eviction out"
	case took >= policy.SettleMax:
		return Inconclusive, fmt.Sprintf("nothing could be said of it within %s", policy.SettleMax)
	case there:
		// Before all that may have changed: until then it counts as a move.
		return UnderWay, "the evicted replica is not gone yet"
	case look.Template != m.Template:
		return Inconclusive, "the Pod template has changed"
	case len(look.Workload.Replicas) > m.Wanted:
		return Inconclusive, "more replicas are wanted by now"
	case look.Assessment.Verdict == placement.Settling:
		return UnderWay, "it is settling"
	case look.Assessment.Ready < m.Wanted:
		return UnderWay, fmt.Sprintf("%d of %d replicas are ready", look.Assessment.Ready, m.Wanted)
	}
	return compared(m, look.Assessment, policy)
}

// compared judges a move by how the workload stands when it is over. For what
// was Uneven only that counts which exceeded the policy: were a gain within the
// policy one too, two moves that undo each other could both be gains.
func compared(m Made, after placement.Assessment, policy placement.Policy) (Result, string) {
	nodes, zones := standings(after)
	text := beforeAndAfter(m, nodes, zones)
	is, was := after.Verdict.Rank(), m.Verdict.Rank()
	switch {
	case is > was:
		return Better, text
	case is < was:
		return Worse, text
	case m.Verdict != placement.Uneven:
		return Same, text // still in one domain, whichever
	}
	inNodes, inZones := gain(m.Nodes, nodes, policy.MaxNodeLoss), gain(m.Zones, zones, policy.MaxZoneLoss)
	switch {
	case inNodes < 0 || inZones < 0:
		return Worse, text
	case inNodes > 0 || inZones > 0:
		return Better, text
	default:
		return Same, text
	}
}

func beforeAndAfter(m Made, nodes, zones Standing) string {
	text := fmt.Sprintf("the worst node carries %s of it, before %s", nodes, m.Nodes)
	if zones.Domains > 0 || m.Zones.Domains > 0 {
		text += fmt.Sprintf("; the worst zone %s, before %s", zones, m.Zones)
	}
	return text
}

// gain is positive where what exceeded the policy is less crowded now, negative
// where what exceeds it is more so.
func gain(before, after Standing, limit float64) int {
	const epsilon = 1e-9
	switch by := after.compare(before); {
	case by < 0 && before.Share > limit+epsilon:
		return 1
	case by > 0 && after.Share > limit+epsilon:
		return -1
	default:
		return 0
	}
}

// unchanged takes back what verify said where the owner wants another number of
// replicas than when the move was made.
func unchanged(m Made, result Result, why string, owner Owner) (Result, string) {
	if owner.Unreadable == "" && owner.Wanted != m.Wanted {
		return Inconclusive, fmt.Sprintf("%d replicas are wanted by now, before %d", owner.Wanted, m.Wanted)
	}
	return result, why
}

// successors are the nodes of the replicas that came after a move, sorted. Pods
// tell their creation in whole seconds.
func successors(m Made, look Look) []string {
	var nodes []string
	for _, p := range look.Pods {
		if p.UID != m.UID && p.Node != "" && !p.Created.Before(m.At.Truncate(time.Second)) {
			nodes = append(nodes, p.Node)
		}
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

// list names the first few.
func list(names []string, most int) string {
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
