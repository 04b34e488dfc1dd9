package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/e2e/harness"
)

// The node is NotReady some 50 s after its last sign, and its Pods are evicted
// 300 s after that.
const (
	notReadyWithin = 2 * time.Minute
	readyWithin    = 2 * time.Minute
)

func TestAWorkersDeathLosesWhatTheWhatIfSaidAndNothingElse(t *testing.T) {
	suite.ExplainFailure(t)
	shop := suite.Shop
	awaitCalm(t)
	api := suite.API(t, replicaElsewhere(t, shop.Doomed))
	for app, verdict := range map[string]string{harness.Checkout: "NodeFragile", harness.Cart: "Single", harness.Catalog: "Healthy", harness.Ledger: "NodeFragile"} {
		api.WaitVerdict(t, shop.Namespace, app, verdict)
	}
	foretold, err := api.WhatIf(t.Context(), shop.Doomed)
	if err != nil {
		t.Fatal(err)
	}
	lost := harness.IDs(foretold.Lost)
	t.Logf("lost with %s would be %v, degraded %v; %d survive", shop.Doomed, lost, harness.IDs(foretold.Degraded), foretold.Survives)
	contains(t, lost, shop.Namespace+"/Deployment/checkout", shop.Namespace+"/Deployment/cart")
	contains(t, harness.IDs(foretold.Degraded), shop.Namespace+"/Deployment/catalog")

	revived := false
	suite.Cleanup(t, func() {
		if !revived {
			revive(t)
		}
	})
	if err := suite.Cluster.StopNode(t.Context(), shop.Doomed); err != nil {
		t.Fatal(err)
	}
	awaitNotReady(t, shop.Doomed, func(ctx context.Context) error { return nothingButIsLost(ctx, api, lost) })
	notReady := time.Now()
	harness.Eventually(t, time.Minute, func(ctx context.Context) error {
		if err := nothingButIsLost(ctx, api, lost); err != nil {
			t.Fatal(err)
		}
		return lostAre(ctx, api, lost)
	})
	t.Logf("those are lost %s after the Node was seen NotReady", time.Since(notReady).Round(time.Millisecond))
	harness.Always(t, 10*time.Second, func(ctx context.Context) error { return lostAre(ctx, api, lost) })
	catalog, err := api.App(t.Context(), shop.Namespace, harness.Catalog)
	if err != nil || catalog.Ready != 1 {
		t.Errorf("what was to be degraded is %+v, %v: want one ready replica", catalog, err)
	}
	if evicted := evictedFrom(t, shop.Doomed); len(evicted) > 0 {
		t.Errorf("that took longer than until the eviction of %v", evicted)
	}
	harness.Eventually(t, 40*time.Second, func(ctx context.Context) error { // a leader that died with the node is to be replaced
		events, err := suite.Events(ctx, shop.Namespace)
		reasons := harness.Reasons(events, "Deployment", harness.Checkout)
		if err == nil && (len(reasons) < 2 || reasons[len(reasons)-1] != "Unavailable") {
			err = fmt.Errorf("the Events are %v", said(events))
		}
		return err
	})

	suite.ExplainIfFailed(t) // while it can be seen
	revived = revive(t)
	for app, replicas := range map[string]int{harness.Checkout: 3, harness.Cart: 1, harness.Catalog: 2, harness.Ledger: 2} {
		suite.WaitPods(t, shop.Namespace, app, replicas)
	}
	harness.Eventually(t, 2*time.Minute, func(ctx context.Context) error { return lostAre(ctx, api, nil) })
	for app, verdict := range map[string]string{harness.Checkout: "NodeFragile", harness.Cart: "Single", harness.Catalog: "Healthy", harness.Ledger: "NodeFragile"} {
		api.WaitVerdict(t, shop.Namespace, app, verdict)
	}
	suite.OperatorPods(t)
}

// awaitCalm waits until nothing is left of earlier tests and no app is without
// a ready replica.
func awaitCalm(t *testing.T) {
	t.Helper()
	harness.Eventually(t, 90*time.Second, func(ctx context.Context) error {
		namespaces, err := suite.Client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, namespace := range namespaces.Items {
			if namespace.DeletionTimestamp != nil {
				return fmt.Errorf("namespace %s is not gone yet", namespace.Name)
			}
		}
		return nil
	})
	api := suite.API(t, suite.OperatorPods(t)[0].Name)
	harness.Eventually(t, 90*time.Second, func(ctx context.Context) error {
		settling, err := api.Apps(ctx, "verdict=Settling")
		if err == nil && len(settling) > 0 {
			err = fmt.Errorf("%v have not settled", harness.IDs(settling))
		}
		if err != nil {
			return err
		}
		return lostAre(ctx, api, nil)
	})
}

// replicaElsewhere is a Pod of the operator that does not die with a node.
func replicaElsewhere(t *testing.T, node string) string {
	t.Helper()
	for _, pod := range suite.OperatorPods(t) {
		if pod.Spec.NodeName != node {
			return pod.Name
		}
	}
	t.Fatalf("every replica of the operator is on %s", node)
	return ""
}

// lostAre compares the apps without a ready replica, of the whole cluster, with
// those that should be.
func lostAre(ctx context.Context, api *harness.API, want []string) error {
	items, err := api.Apps(ctx, "verdict=Unavailable")
	if err != nil {
		return err
	}
	if got := harness.IDs(items); !slices.Equal(got, want) {
		return fmt.Errorf("lost are %v, want %v", got, want)
	}
	return nil
}

// nothingButIsLost fails where an app is lost that should not be.
func nothingButIsLost(ctx context.Context, api *harness.API, foretold []string) error {
	items, err := api.Apps(ctx, "verdict=Unavailable")
	if err != nil {
		return err
	}
	for _, id := range harness.IDs(items) {
		if !slices.Contains(foretold, id) {
			return fmt.Errorf("%s is lost, which nobody foretold: %v", id, foretold)
		}
	}
	return nil
}

func contains(t *testing.T, ids []string, want ...string) {
	t.Helper()
	for _, id := range want {
		if !slices.Contains(ids, id) {
			t.Errorf("%s is not among %v", id, ids)
		}
	}
}

// awaitNotReady waits for the Node's turn, and fails the test if something is
// not as it should be until then.
func awaitNotReady(t *testing.T, node string, should func(context.Context) error) {
	t.Helper()
	harness.Eventually(t, notReadyWithin, func(ctx context.Context) error {
		if err := should(ctx); err != nil {
			t.Fatal(err)
		}
		ready, err := nodeReady(ctx, node)
		if err == nil && ready {
			err = fmt.Errorf("node %s is Ready", node)
		}
		return err
	})
}

func nodeReady(ctx context.Context, name string) (bool, error) {
	node, err := suite.Client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return false, err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue, nil
		}
	}
	return false, nil
}

// evictedFrom are the Pods on a node that are about to be deleted.
func evictedFrom(t *testing.T, node string) []string {
	t.Helper()
	pods, err := suite.Client.CoreV1().Pods("").List(t.Context(), metav1.ListOptions{FieldSelector: "spec.nodeName=" + node})
	if err != nil {
		t.Fatal(err)
	}
	var evicted []string
	for _, pod := range pods.Items {
		if pod.DeletionTimestamp != nil {
			evicted = append(evicted, pod.Namespace+"/"+pod.Name)
		}
	}
	return evicted
}

// revive starts the stopped node, also when the test has ended, and waits until
// it is Ready. That the API calls it Ready is no sign: it does so for most of a
// minute after the node's death.
func revive(t *testing.T) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), readyWithin)
	defer cancel()
	node := suite.Shop.Doomed
	before, err := lastSign(ctx, node)
	if err != nil {
		t.Error(err)
		before = time.Now() // what counts is that it is started
	}
	// One that runs is left as it is.
	if err := suite.Cluster.StartNode(ctx, node); err != nil {
		t.Errorf("starting the node: %v", err)
		return false
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		err := aliveSince(ctx, node, before)
		if err == nil {
			return true
		}
		select {
		case <-ctx.Done():
			t.Errorf("node %s is not Ready again: %v", node, err)
			return false
		case <-tick.C:
		}
	}
}

// aliveSince fails unless a node is Ready and has given a sign of life after an
// earlier one.
func aliveSince(ctx context.Context, node string, before time.Time) error {
	sign, err := lastSign(ctx, node)
	if err != nil {
		return err
	}
	if !sign.After(before) {
		return fmt.Errorf("it has given no sign since %s", before.Format(time.TimeOnly))
	}
	ready, err := nodeReady(ctx, node)
	if err == nil && !ready {
		err = fmt.Errorf("it is alive and NotReady")
	}
	return err
}

// lastSign is when a node's kubelet last said that it is alive.
func lastSign(ctx context.Context, node string) (time.Time, error) {
	lease, err := suite.Client.CoordinationV1().Leases(corev1.NamespaceNodeLease).Get(ctx, node, metav1.GetOptions{})
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the Lease of node %s: %w", node, err)
	}
	if lease.Spec.RenewTime == nil {
		return time.Time{}, nil
	}
	return lease.Spec.RenewTime.Time, nil
}
