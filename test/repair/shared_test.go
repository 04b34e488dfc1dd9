package repair_test

import (
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"evenkeel.dev/evenkeel/test/harness"
)

func TestTwoAppsUnderOneBudgetShareWhatItAllowsAndAreBothRepaired(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "c")
	crowding(t, w, 3, func() {
		for _, name := range []string{"web", "api"} {
			w.Deployment(t, name, 2)
			w.WaitPods(t, name, 2)
		}
	})
	pdb(t, w, "both", mayBeAway(1), "web", "api")
	o := operator(t, "enforce")
	says(t, o, w.Namespace, "web", "NodeFragile")
	says(t, o, w.Namespace, "api", "NodeFragile")
	least := leastReady(t, w)
	w.Annotate(t, "evenkeel.dev/mode", "enforce")

	for _, name := range []string{"web", "api"} {
		says(t, o, w.Namespace, name, "Healthy")
		told(t, w.Namespace, name, "Rebalanced")
	}
	if n := least(); n != 3 {
		t.Errorf("of 4 replicas %d were ready at the worst, want 3", n)
	}
	wantAsked(t, w.Namespace, 2)
}

// leastReady watches a world's Pods from now on, and returns what stops that and
// tells how few of them were ready and not going at any time.
func leastReady(t *testing.T, w *harness.World) (least func() int) {
	t.Helper()
	pods := suite.Client.CoreV1().Pods(w.Namespace)
	list, err := pods.List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ready := make(map[types.UID]bool)
	for i := range list.Items {
		note(ready, watch.Added, &list.Items[i])
	}
	changes, err := pods.Watch(t.Context(), metav1.ListOptions{ResourceVersion: list.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	fewest := len(ready)
	var watching sync.WaitGroup
	watching.Go(func() {
		for change := range changes.ResultChan() {
			if pod, ok := change.Object.(*corev1.Pod); ok {
				note(ready, change.Type, pod)
				fewest = min(fewest, len(ready))
			}
		}
	})
	stop := func() int {
		changes.Stop()
		watching.Wait()
		return fewest
	}
	t.Cleanup(func() { stop() })
	return stop
}

// note keeps the set of Pods that are ready and not going.
func note(ready map[types.UID]bool, change watch.EventType, pod *corev1.Pod) {
	delete(ready, pod.UID)
	if change == watch.Deleted || pod.DeletionTimestamp != nil {
		return
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
			ready[pod.UID] = true
		}
	}
}
