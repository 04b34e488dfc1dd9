package converge_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

// takeover bounds how long nobody may lead after a leader that could not give its
// lease up.
const takeover = 40 * time.Second

func TestALeaderKilledBetweenEvictionAndVerificationIsFollowedByOneThatFinishesTheMove(t *testing.T) {
	const apps = 3
	noLease(t)
	var successors *binder
	c := newCrowd(t, crowdOf{apps: apps, nodes: 3, crowded: 1, change: func(c *crowd, _ int, d *appsv1.Deployment) {
		if successors == nil {
			successors = newBinder(t, c.World, c.Node(1))
		}
		boundByTest(d)
	}})
	successors.bindTo("") // they have no node, so that no move comes to its end
	flags := append(atOnce(40), "--leader-elect")
	leader := operator(t, operatorA, "enforce", flags...)
	leads(t, leader)
	follower := operator(t, operatorB, "enforce", flags...)

	begun := time.Now()
	mode(t, c.World, "enforce")
	harness.Eventually(t, soon, func() error {
		if n := c.replaced(); n != apps {
			return fmt.Errorf("%d Pods are replaced, of %d", n, apps)
		}
		return nil
	})
	leader.Signal(t, syscall.SIGKILL)
	leader.ExitCode(t, 5*time.Second)
	killed := time.Now()

	leads(t, follower)
	for i := range apps {
		planOf(t, follower, c.Namespace, app(i), func(p planned) error {
			if p.UnderWay.Pod == "" {
				return fmt.Errorf("it knows of no move: %+v", p)
			}
			return nil
		})
	}
	t.Logf("%d moves were taken over %s after their leader was killed", apps, time.Since(killed).Round(time.Second))
	c.silent(t, apps)
	successors.bindTo(c.Node(2))
	c.healthy(t, follower, soon)
	c.toldOf(t, "Rebalanced", 1)

	if n := len(evicted(t, begun, c.Namespace, operatorA, operatorB)); n != apps || c.replaced() != apps {
		t.Errorf("%d evictions, %d Pods replaced, where %d do", n, c.replaced(), apps)
	}
	for name, count := range told(t, c.Namespace) {
		if count["Rebalancing"] > 1 || count["Unfixable"] > 0 { // the first may have been killed before it told
			t.Errorf("told of %s: %v", name, count)
		}
	}
	c.kept(t, c.wanted)
}

// leads waits until an operator is the leader.
func leads(t *testing.T, o *harness.Operator) {
	t.Helper()
	harness.Eventually(t, takeover, func() error {
		if _, leads := plan(t, o, ""); !leads {
			return fmt.Errorf("it does not lead")
		}
		return nil
	})
}

// noLease takes away what operators before have left.
func noLease(t *testing.T) {
	t.Helper()
	err := suite.Client.CoordinationV1().Leases(memoryNamespace).Delete(t.Context(), "evenkeel", metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
}
