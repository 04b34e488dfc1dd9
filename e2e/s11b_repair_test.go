package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/e2e/harness"
)

// TestACrowdedDeploymentIsSpreadAndItsBudgetIsNeverViolated comes after all that
// looks back at an operator that only observes.
func TestACrowdedDeploymentIsSpreadAndItsBudgetIsNeverViolated(t *testing.T) {
	suite.ExplainFailure(t)
	namespace := suite.NewNamespace(t)
	crowd(t, namespace, "web", 2)
	least := watchReady(t, namespace, 2)
	if crowdedOn := nodesOf(t, namespace, "web"); len(crowdedOn) != 1 {
		t.Fatalf("web stands on %v, want one node", crowdedOn)
	}
	began := time.Now()
	enforce(t)
	annotate(t, namespace, "enforce")
	harness.Eventually(t, 3*time.Minute, func(ctx context.Context) error {
		events, err := suite.Events(ctx, namespace)
		if err == nil && len(harness.Told(events, "Rebalanced")) != 1 {
			err = fmt.Errorf("the Events are %v, want one Rebalanced", said(events))
		}
		return err
	})
	suite.WaitPods(t, namespace, "web", 2)
	if spread := nodesOf(t, namespace, "web"); len(spread) != 2 {
		t.Errorf("web stands on %v, want two nodes", spread)
	}
	if n := least(); n < 1 {
		t.Errorf("at some time %d Pods of web were ready, and the budget wants 1", n)
	}
	evictions := 0
	for _, r := range operatorsRequests(t) {
		if r.Right.Resource == "pods/eviction" && !r.At.Before(began) {
			evictions++
			if r.Code != 201 {
				t.Errorf("an eviction that was not made: %s", r)
			}
		}
	}
	if evictions != 1 {
		t.Errorf("%d evictions, want 1", evictions)
	}
	t.Logf("spread %s after the overlay was applied, by %d eviction, with %d ready at the least", time.Since(began).Round(time.Second), evictions, least())
}

// crowd makes a Deployment while one worker alone takes Pods, and a budget that
// lets one of them be away.
func crowd(t *testing.T, namespace, name string, replicas int32) {
	t.Helper()
	others := suite.Workers[1:]
	cordon := func(ctx context.Context, on bool) {
		for _, worker := range others {
			patch := fmt.Appendf(nil, `{"spec":{"unschedulable":%t}}`, on)
			if _, err := suite.Client.CoreV1().Nodes().Patch(ctx, worker, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
				t.Errorf("cordon %s: %v", worker, err)
			}
		}
	}
	suite.Cleanup(t, func() { cordon(context.Background(), false) })
	cordon(t.Context(), true)
	suite.Deployment(t, namespace, name, replicas, harness.SettledSoon)
	cordon(t.Context(), false)
	_, err := suite.Client.PolicyV1().PodDisruptionBudgets(namespace).Create(t.Context(), &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: policyv1.PodDisruptionBudgetSpec{
			MinAvailable: new(intstr.FromInt32(replicas - 1)),
			Selector:     metav1.SetAsLabelSelector(map[string]string{"app.kubernetes.io/name": name}),
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// watchReady follows the Pods of a namespace, in the order in which they change, until
// the test ends. It tells the least number that were ready since so many were.
func watchReady(t *testing.T, namespace string, now int) (least func() int) {
	t.Helper()
	factory := informers.NewSharedInformerFactoryWithOptions(suite.Client, 0, informers.WithNamespace(namespace))
	var mu sync.Mutex
	ready, fewest := make(map[types.UID]bool), 0
	// What the store holds is of later by the time that a handler is called: each
	// change is counted by itself.
	see := func(object any, there bool) {
		if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = gone.Obj
		}
		pod := object.(*corev1.Pod)
		mu.Lock()
		defer mu.Unlock()
		if delete(ready, pod.UID); there && pod.DeletionTimestamp == nil && harness.Ready(*pod) {
			ready[pod.UID] = true
		}
		fewest = min(fewest, len(ready))
	}
	registered, err := factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(pod any) { see(pod, true) },
		UpdateFunc: func(_, pod any) { see(pod, true) },
		DeleteFunc: func(pod any) { see(pod, false) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	factory.StartWithContext(ctx)
	t.Cleanup(func() {
		cancel()
		factory.Shutdown()
	})
	if !cache.WaitForCacheSync(ctx.Done(), registered.HasSynced) {
		t.Fatal("the Pods could not be watched")
	}
	mu.Lock()
	defer mu.Unlock()
	if fewest = len(ready); fewest != now {
		t.Fatalf("%d Pods are ready, want %d", fewest, now)
	}
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return fewest
	}
}

// enforce applies deploy/overlays/enforce until the test ends. Then the right to
// evict is seen to be gone again.
func enforce(t *testing.T) {
	t.Helper()
	overlay := filepath.Join(suite.Root, "deploy", "overlays", "enforce")
	suite.Cleanup(t, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		kubectl := func(args ...string) {
			if _, err := suite.Cluster.Kubectl(ctx, args...); err != nil {
				t.Error(err)
			}
		}
		kubectl("apply", "-k", filepath.Join(suite.Root, "deploy", "base"))
		kubectl("delete", "clusterrole,clusterrolebinding", "evenkeel-enforce", "evenkeel-repair")
		kubectl("-n", harness.Namespace, "delete", "role,rolebinding", "evenkeel-repair")
		kubectl("-n", harness.Namespace, "rollout", "status", "deployment/"+harness.OperatorName, "--timeout=2m")
	})
	for _, args := range [][]string{
		{"apply", "-k", overlay},
		{"-n", harness.Namespace, "rollout", "status", "deployment/" + harness.OperatorName, "--timeout=2m"},
	} {
		if _, err := suite.Cluster.Kubectl(t.Context(), args...); err != nil {
			t.Fatal(err)
		}
	}
}

func annotate(t *testing.T, namespace, mode string) {
	t.Helper()
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"evenkeel.dev/mode":%q}}}`, mode)
	_, err := suite.Client.CoreV1().Namespaces().Patch(t.Context(), namespace, types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// nodesOf are the nodes on which an app's ready Pods stand.
func nodesOf(t *testing.T, namespace, app string) map[string]int {
	t.Helper()
	pods, err := suite.Pods(t.Context(), namespace, app)
	if err != nil {
		t.Fatal(err)
	}
	nodes := make(map[string]int)
	for _, pod := range pods {
		if harness.Ready(pod) {
			nodes[pod.Spec.NodeName]++
		}
	}
	return nodes
}

// TestTheServerRefusesAnEvictionAgainWhenEnforceIsTakenBack says that nothing of
// the overlay has stayed.
func TestTheServerRefusesAnEvictionAgainWhenEnforceIsTakenBack(t *testing.T) {
	suite.ExplainFailure(t)
	operator, namespace := asTheOperator(t), suite.Shop.Namespace
	pods, err := suite.Pods(t.Context(), namespace, harness.Catalog)
	if err != nil || len(pods) == 0 {
		t.Fatalf("%d Pods of %s, %v", len(pods), harness.Catalog, err)
	}
	err = operator.PolicyV1().Evictions(namespace).Evict(t.Context(), &policyv1.Eviction{
		ObjectMeta: metav1.ObjectMeta{Name: pods[0].Name, Namespace: namespace}, DeleteOptions: &metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}},
	})
	if !apierrors.IsForbidden(err) {
		t.Errorf("to evict a Pod: %v, want it forbidden", err)
	}
}
