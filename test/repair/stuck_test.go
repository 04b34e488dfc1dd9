package repair_test

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

// finalizer keeps a Pod that has been deleted.
const finalizer = "test.evenkeel.dev/hold"

// Each of them is crowded, and has something on the move that does not come to
// its end: a replica on a node that died, one that somebody holds, a rollout.
func TestAWorkloadThatIsStuckOnTheMoveIsLeftAloneUntilItRests(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "c")
	names := []string{"lost", "held", "hung"}
	crowding(t, w, 3, func() {
		w.Deployment(t, "lost", 2, graceful)
		w.Deployment(t, "held", 3)
		w.Deployment(t, "hung", 2)
		w.WaitPods(t, "lost", 2)
		w.WaitPods(t, "held", 3)
		w.WaitPods(t, "hung", 2)
		w.Cordon(t, 1, true)
		w.Cordon(t, 3, false)
		w.Scale(t, "lost", 3)
		w.WaitPods(t, "lost", 3)
		w.Cordon(t, 1, false)
	})
	addNodes(t, w, 4, 12, "c") // one dead node of many is no reason to suspend everything
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	o := operator(t, "enforce")
	for _, name := range names {
		planOf(t, o, w.Namespace, name, blockedBy("pdb-missing"))
	}

	silence(t, w, 3)
	deletePod(t, w, onNode(t, w, "lost", 3).Name)
	held := w.Pods(t, "held")[0].Name
	hold(t, w, held, true)
	deletePod(t, w, held)
	neverReady(t, w, "hung", localcluster.ReadyNever)
	for _, name := range names {
		planOf(t, o, w.Namespace, name, blockedAs("settling", "it is settling"))
		budget(t, w, name) // which is all that was missing
	}
	harness.Always(t, lull, func() error {
		for _, name := range names {
			if err := blockedBy("settling")(planOf(t, o, w.Namespace, name, func(planned) error { return nil })); err != nil {
				return err
			}
		}
		return nil
	})
	wantAsked(t, w.Namespace, 0)

	if err := suite.Cluster.ResumeHeartbeat(t.Context(), w.Node(3)); err != nil {
		t.Fatal(err)
	}
	hold(t, w, held, false)
	neverReady(t, w, "hung", nil)
	for _, name := range names {
		says(t, o, w.Namespace, name, "Healthy")
		told(t, w.Namespace, name, "Rebalanced")
	}
}

// What repair has evicted may be stuck too. It counts until it is gone.
func TestAnEvictedPodThatDoesNotGoHoldsItsPlaceInTheBudget(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "c")
	names := []string{"web", "api", "batch"}
	for _, name := range names {
		crowded(t, w, name, 2, 3)
	}
	var held []string
	for _, name := range names {
		for _, p := range w.Pods(t, name) {
			hold(t, w, p.Name, true)
			held = append(held, p.Name)
		}
	}
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	o := operator(t, "enforce")
	waits := func() error {
		underWay, blocked := 0, 0
		for _, name := range names {
			p := planOf(t, o, w.Namespace, name, func(planned) error { return nil })
			if p.UnderWay.Pod != "" {
				underWay++
			}
			if blockedAs("budget", "2 moves are under way in its namespace")(p) == nil {
				blocked++
			}
		}
		if underWay != 2 || blocked != 1 {
			return fmt.Errorf("%d under way, %d wait, want 2 and 1", underWay, blocked)
		}
		return nil
	}
	harness.Eventually(t, soon, waits)
	harness.Always(t, lull, waits)
	wantAsked(t, w.Namespace, 2)

	for _, name := range held {
		hold(t, w, name, false)
	}
	for _, name := range names {
		says(t, o, w.Namespace, name, "Healthy")
		told(t, w.Namespace, name, "Rebalanced")
	}
	wantAsked(t, w.Namespace, 3)
}

// graceful gives Pods time to go, which nobody ends where their node is dead.
func graceful(d *appsv1.Deployment) {
	d.Spec.Template.Spec.TerminationGracePeriodSeconds = new(int64(30))
}

// hold keeps a Pod from going when it is deleted, or lets it go. At the test's end
// all are let go.
func hold(t *testing.T, w *harness.World, name string, held bool) {
	t.Helper()
	if !held {
		patchPod(t, w, name, `{"metadata":{"finalizers":null}}`)
		return
	}
	patchPod(t, w, name, `{"metadata":{"finalizers":["`+finalizer+`"]}}`)
	t.Cleanup(func() { hold(t, w, name, false) })
}

// neverReady changes a Deployment's template, so that its new Pods are as told.
func neverReady(t *testing.T, w *harness.World, name string, value any) {
	t.Helper()
	annotations := map[string]any{localcluster.ReadyAnnotation: value}
	w.PatchDeployment(t, name, map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{"annotations": annotations}}}})
}

// onNode is a Deployment's Pod on the world's n-th node.
func onNode(t *testing.T, w *harness.World, name string, n int) corev1.Pod {
	t.Helper()
	for _, p := range w.Pods(t, name) {
		if p.Spec.NodeName == w.Node(n) {
			return p
		}
	}
	t.Fatalf("%s has no Pod on %s", name, w.Node(n))
	return corev1.Pod{}
}

// deletePod asks for a Pod to be deleted.
func deletePod(t *testing.T, w *harness.World, name string) {
	t.Helper()
	if err := suite.Client.CoreV1().Pods(w.Namespace).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}
