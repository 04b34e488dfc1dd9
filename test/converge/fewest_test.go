package converge_test

import (
	"testing"
	"time"
)

func TestTwoHundredFragileAppsAreRepairedByTheFewestEvictions(t *testing.T) {
	// Of four apps two have two replicas, which takes one move, one has three and
	// one four, which takes two each.
	c := newCrowd(t, crowdOf{apps: 200, nodes: 50, crowded: 4, replicas: func(i int) int { return max(2, 1+i%4) }})
	well := c.unwell(t)
	o := operator(t, operatorA, "enforce", append(atOnce(40), "--kube-api-qps", "500", "--kube-api-burst", "1000")...)
	mode(t, c.World, "shadow")
	fewest := 0
	for name, item := range c.firstPlans(t, o) {
		fewest += len(item.Moves)
		if !item.Reaches {
			t.Errorf("the plan for %s does not reach its policy: %s", name, item.Because)
		}
	}

	well(o)
	looks := func() (n, seconds float64) {
		const series = "workqueue_work_duration_seconds"
		return metric(t, o, series+`_count{name="repairs"}`), metric(t, o, series+`_sum{name="repairs"}`)
	}
	looked, worked := looks()
	begun := time.Now()
	mode(t, c.World, "enforce")
	c.healthy(t, o, 15*time.Minute)
	took := time.Since(begun)

	evictions := len(evicted(t, begun, c.Namespace, operatorA))
	t.Logf("%d evictions, %d the fewest that the plans prove, in %s", evictions, fewest, took.Round(time.Second))
	requests := audited(t, begun, operatorA)
	t.Logf("%.1f requests an eviction: %v", float64(len(requests))/float64(evictions), tally(requests))
	n, seconds := looks()
	t.Logf("%.1f looks of repair an eviction, %.1f s of work in all", (n-looked)/float64(evictions), seconds-worked)
	// With so many nodes free the scheduler need not put a successor back, and one
	// that it puts back is tried again after minutes only.
	if evictions != fewest {
		t.Errorf("%d evictions, where %d do", evictions, fewest)
	}
	if n := c.replaced(); n != evictions {
		t.Errorf("%d Pods were replaced, %d evicted", n, evictions)
	}
	c.kept(t, c.wanted)
}
