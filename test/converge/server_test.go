package converge_test

import (
	"fmt"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

func TestAnAPIServerKilledInMidRepairCostsNoEvictionThatWasNotNeeded(t *testing.T) {
	const apps = 20
	c := newCrowd(t, crowdOf{apps: apps, nodes: 6, crowded: 2})
	o := operator(t, operatorA, "enforce", atOnce(4)...)
	server, err := suite.Cluster.Component(localcluster.APIServer)
	if err != nil {
		t.Fatal(err)
	}

	mode(t, c.World, "enforce")
	harness.Eventually(t, soon, func() error {
		if n := c.replaced(); n < apps/4 {
			return fmt.Errorf("%d moves are made", n)
		}
		return nil
	})
	server.Stop() // by SIGKILL
	made := c.replaced()
	<-time.After(2 * time.Second)
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	back := time.Now()
	// A request that broke off is taken for done, until minutes have shown that it
	// was not.
	c.healthy(t, o, 5*time.Minute)

	t.Logf("%d moves were made before the server was killed, all %d %s after it was back", made, c.replaced(), time.Since(back).Round(time.Second))
	if made >= apps {
		t.Error("the server was killed when all was done")
	}
	if n := c.replaced(); n != apps {
		t.Errorf("%d Pods were replaced, where %d do", n, apps)
	}
	c.toldOf(t, "Rebalanced", 1)
	c.kept(t, c.wanted)
}
