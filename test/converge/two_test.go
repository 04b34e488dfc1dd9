package converge_test

import (
	"net/http"
	"testing"
	"time"
)

func TestTwoOperatorsByMistakeRepairEachAppOnce(t *testing.T) {
	const apps = 12
	c := newCrowd(t, crowdOf{apps: apps, nodes: 6, crowded: 2})
	one := operator(t, operatorA, "enforce", atOnce(40)...)
	other := operator(t, operatorB, "enforce", atOnce(40)...)

	begun := time.Now()
	mode(t, c.World, "enforce")
	c.healthy(t, one, soon)
	c.healthy(t, other, soon)
	took := time.Since(begun)

	evictions := 0
	for _, user := range []string{operatorA, operatorB} {
		n, writes, refused := len(evicted(t, begun, c.Namespace, user)), 0, 0
		for _, r := range audited(t, begun, user) {
			if r.Object.Resource != "configmaps" || r.Verb == "get" {
				continue
			}
			if writes++; r.Response.Code == http.StatusConflict {
				refused++
			}
		}
		if writes == 0 {
			t.Errorf("%s has tried nothing", user)
		}
		t.Logf("%s: %d evictions, %d writes of the memory, of which %d were refused as the other's came between", user, n, writes, refused)
		evictions += n
	}
	t.Logf("%d evictions, %d the fewest, in %s", evictions, apps, took.Round(time.Second))
	if evictions != apps || c.replaced() != apps {
		t.Errorf("%d evictions, %d Pods replaced, where %d do", evictions, c.replaced(), apps)
	}
	c.toldOf(t, "Rebalanced", 1)
	c.kept(t, c.wanted)
}
