package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/e2e/harness"
)

func TestTheLeadersDeletionMakesTheOtherLeadWithinTheLeasesTimeAndDoublesNoEvent(t *testing.T) {
	suite.ExplainFailure(t)
	pods := suite.OperatorPods(t)
	leader := suite.Leader(t, pods)
	// Something to say again: every Event of the shop has been written.
	harness.Eventually(t, 90*time.Second, func(ctx context.Context) error {
		events, err := suite.Events(ctx, suite.Shop.Namespace)
		if err == nil && (len(harness.Reasons(events, "Deployment", harness.Checkout)) == 0 || len(harness.Reasons(events, "StatefulSet", harness.Ledger)) == 0) {
			err = fmt.Errorf("the Events are %v", said(events))
		}
		return err
	})
	before := saidOfTheShop(t)

	if err := suite.Client.CoreV1().Pods(harness.Namespace).Delete(t.Context(), leader, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	next, pause := awaitNextLeader(t, leader)
	t.Logf("%s leads after %s, %s after the last sign of that", next, leader, pause.Round(10*time.Millisecond))

	// The new leader writes: an app that fell under it is told of, by it.
	namespace := suite.NewNamespace(t)
	suite.Deployment(t, namespace, "later", 2, harness.OnNodes(suite.Workers[2]), harness.SettledSoon)
	harness.Eventually(t, 30*time.Second, func(ctx context.Context) error {
		events, err := suite.Events(ctx, namespace)
		told := harness.Told(events, "NodeFragile")
		if err == nil && (len(told) != 1 || told[0].ReportingInstance != next) {
			err = fmt.Errorf("the Events of the new app are %v, want one NodeFragile from %s", said(events), next)
		}
		return err
	})
	if after := saidOfTheShop(t); !maps.Equal(before, after) {
		t.Errorf("what had been said of the shop was\n%v\nand now is\n%v", before, after)
	}
	// Of what moved, the operator's own Pods among it, no change is told twice.
	events, err := suite.Events(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if doubled := doubles(events); len(doubled) > 0 {
		t.Errorf("these Events are doubled: %v", doubled)
	}
	suite.OperatorPods(t)
}

// awaitNextLeader waits until another than the given Pod leads, and measures
// from the last sign of the one until then.
func awaitNextLeader(t *testing.T, old string) (next string, pause time.Duration) {
	t.Helper()
	first, err := suite.Lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The lease lasts that long after its last renewal; candidates look every two
	// seconds, give or take. A Pod goes on for five seconds before it is told to
	// end, and has nine to end.
	lasts := time.Duration(*first.Spec.LeaseDurationSeconds) * time.Second
	const notice = 14 * time.Second
	sign := first.Spec.RenewTime.Time
	harness.Eventually(t, lasts+notice, func(ctx context.Context) error {
		lease, err := suite.Lease(ctx)
		if err != nil {
			return err
		}
		switch next = harness.Holder(lease); next {
		case old:
			sign = lease.Spec.RenewTime.Time
			return fmt.Errorf("%s still leads", old)
		case "":
			return fmt.Errorf("%s has given the lease up, and nobody has taken it", old)
		}
		pause = lease.Spec.AcquireTime.Sub(sign)
		return nil
	})
	if pause > lasts {
		t.Errorf("nobody led for %s, longer than the lease's %s", pause, lasts)
	}
	return next, pause
}

// saidOfTheShop are the names of its Events and their reasons.
func saidOfTheShop(t *testing.T) map[string]string {
	t.Helper()
	events, err := suite.Events(t.Context(), suite.Shop.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]string)
	for _, e := range events {
		names[e.Name] = e.Reason
	}
	return names
}

// said are Events in a few words.
func said(events []eventsv1.Event) []string {
	var all []string
	for _, e := range events {
		all = append(all, fmt.Sprintf("%s/%s %s by %s", e.Regarding.Kind, e.Regarding.Name, e.Reason, e.ReportingInstance))
	}
	return all
}

// doubles are the changes of which several Events tell: the same reason on the
// same object since the same second.
func doubles(events []eventsv1.Event) []string {
	count := make(map[string]int)
	for _, e := range events {
		since := e.Annotations["evenkeel.dev/since"]
		if at, err := time.Parse(time.RFC3339Nano, since); err == nil {
			since = at.Truncate(time.Second).Format(time.RFC3339)
		}
		// One object's workloads are told of each by itself.
		count[fmt.Sprint(e.Regarding.UID, " ", e.Regarding.Name, " ", e.Reason, " ", e.Annotations["evenkeel.dev/workload"], " ", since)]++
	}
	var doubled []string
	for what, n := range count {
		if n > 1 {
			doubled = append(doubled, fmt.Sprintf("%s: %d", what, n))
		}
	}
	slices.Sort(doubled)
	return doubled
}
