package repair_test

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

// kept is a crowded Deployment that something keeps from being repaired.
type kept struct {
	name     string
	replicas int32
	// made changes the Deployment before it is made, then keeps does what keeps it
	// from being repaired, its budget included.
	made  func(*appsv1.Deployment)
	keeps func(t *testing.T, w *harness.World, name string)
	// guard and says are what is in the plan: no guard where it is not fixable.
	guard, says string
	// told is true where it is worth an Event at once.
	told bool
	// ends takes away what keeps it; nil where that takes other Pods.
	ends func(t *testing.T, w *harness.World, name string)
}

// asksToStay is kept by an annotation of its Pods.
func asksToStay(name, annotation, value string) kept {
	return kept{
		name: name, replicas: 2,
		made: func(d *appsv1.Deployment) {
			d.Spec.Template.Annotations = map[string]string{annotation: value}
		},
		keeps: budget,
		guard: "opt-out", says: annotation, told: true,
		ends: func(t *testing.T, w *harness.World, name string) {
			for _, p := range w.Pods(t, name) {
				annotatePod(t, w, p.Name, annotation, "")
			}
		},
	}
}

// unready has the first of its Pods not be ready.
func unready(t *testing.T, w *harness.World, name string) {
	t.Helper()
	annotatePod(t, w, w.Pods(t, name)[0].Name, localcluster.ReadyAnnotation, localcluster.ReadyNever)
	harness.Eventually(t, soon, func() error {
		d, err := suite.Client.AppsV1().Deployments(w.Namespace).Get(t.Context(), name, metav1.GetOptions{})
		if err == nil && d.Status.ReadyReplicas != d.Status.Replicas-1 {
			err = fmt.Errorf("%d of %d are ready", d.Status.ReadyReplicas, d.Status.Replicas)
		}
		return err
	})
}

// readyAgain has all of its Pods be ready.
func readyAgain(t *testing.T, w *harness.World, name string) {
	t.Helper()
	for _, p := range w.Pods(t, name) {
		annotatePod(t, w, p.Name, localcluster.ReadyAnnotation, "")
	}
}

// paused pauses a Deployment, or lets it go on.
func paused(t *testing.T, w *harness.World, name string, is bool) {
	t.Helper()
	w.PatchDeployment(t, name, map[string]any{"spec": map[string]any{"paused": is}})
}

// patchBudget changes a budget by a merge patch.
func patchBudget(t *testing.T, w *harness.World, name, patch string) {
	t.Helper()
	_, err := suite.Client.PolicyV1().PodDisruptionBudgets(w.Namespace).Patch(t.Context(), name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func keptOnes() map[string]kept {
	return map[string]kept{
		"its Pods ask Karpenter not to disrupt them":     asksToStay("karpenter", "karpenter.sh/do-not-disrupt", "true"),
		"its Pods are not safe to evict":                 asksToStay("autoscaler", "cluster-autoscaler.kubernetes.io/safe-to-evict", "false"),
		"its Pods ask the descheduler not to be evicted": asksToStay("descheduler", "descheduler.alpha.kubernetes.io/prefer-no-eviction", "true"),
		"it is critical to the system": {
			name: "critical", replicas: 2,
			made:  func(d *appsv1.Deployment) { d.Spec.Template.Spec.PriorityClassName = "system-cluster-critical" },
			keeps: budget,
			guard: "system-critical", says: "system-critical", told: true,
		},
		"two budgets are over it": {
			name: "two", replicas: 2,
			keeps: func(t *testing.T, w *harness.World, name string) {
				budget(t, w, name)
				pdb(t, w, "another", mustBeThere(1), name)
			},
			guard: "pdb-two", says: "more than one PodDisruptionBudget", told: true,
			ends: func(t *testing.T, w *harness.World, _ string) { unbudget(t, w, "another") },
		},
		"its budget allows none": {
			name: "exhausted", replicas: 2,
			keeps: func(t *testing.T, w *harness.World, name string) { pdb(t, w, name, mustBeThere(2), name) },
			guard: "pdb-exhausted", says: "allows no disruption now",
			ends: func(t *testing.T, w *harness.World, name string) {
				patchBudget(t, w, name, `{"spec":{"minAvailable":1}}`)
			},
		},
		"its owner wants more than are ready": {
			name: "short", replicas: 3,
			keeps: func(t *testing.T, w *harness.World, name string) {
				unready(t, w, name)
				pdb(t, w, name, mustBeThere(1), name)
			},
			guard: "scale", says: "2 of the 3 replicas that it should have are ready", told: true,
			ends: func(t *testing.T, w *harness.World, name string) { w.Scale(t, name, 2) },
		},
		"its rollout is paused": {
			name: "paused", replicas: 2,
			keeps: func(t *testing.T, w *harness.World, name string) {
				paused(t, w, name, true)
				budget(t, w, name)
			},
			guard: "rollout", says: "it is paused",
			ends: func(t *testing.T, w *harness.World, name string) { paused(t, w, name, false) },
		},
		"one replica alone is ready": {
			name: "alone", replicas: 2,
			keeps: func(t *testing.T, w *harness.World, name string) {
				unready(t, w, name)
				pdb(t, w, name, mustBeThere(1), name)
			},
			says: "only 1 of its 2 replicas is ready",
			ends: readyAgain,
		},
	}
}

func TestEachGuardIsSaidAndAsksNothingOfTheServerAndEndsWithItsCause(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "c")
	all := keptOnes()
	before := makeKept(t, w, all)
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	o := operator(t, "enforce")

	blocked := make(map[string]int)
	for sentence, k := range all {
		t.Run(sentence, func(t *testing.T) { k.isSaid(t, w, o) })
		blocked[k.guard]++
	}
	delete(blocked, "")
	for guard, want := range blocked {
		if got := sample(t, o, fmt.Sprintf("evenkeel_repair_blocked_workloads{guard=%q}", guard)); got != fmt.Sprint(want) {
			t.Errorf("%s blocks %s workloads by the metric, want %d", guard, got, want)
		}
	}
	for _, k := range all {
		if err := same(w.Pods(t, k.name), before); err != nil {
			t.Errorf("%s: %v", k.name, err)
		}
	}
	wantAsked(t, w.Namespace, 0)

	for _, k := range all {
		if k.ends != nil {
			k.ends(t, w, k.name)
		}
	}
	for sentence, k := range all {
		t.Run(sentence+", until it ends", func(t *testing.T) {
			if k.ends == nil {
				stays(t, w, before, k.name)
				return
			}
			says(t, o, w.Namespace, k.name, "Healthy")
			told(t, w.Namespace, k.name, "Rebalanced")
		})
	}
	wantAsked(t, w.Namespace, len(all)-1)
}

// makeKept makes them all on the world's first node, and returns their Pods.
func makeKept(t *testing.T, w *harness.World, all map[string]kept) map[types.UID]bool {
	t.Helper()
	var names []string
	crowding(t, w, 3, func() {
		for _, k := range all {
			names = append(names, k.name)
			var change []func(*appsv1.Deployment)
			if k.made != nil {
				change = append(change, k.made)
			}
			w.Deployment(t, k.name, k.replicas, change...)
		}
		for _, k := range all {
			w.WaitPods(t, k.name, int(k.replicas))
		}
	})
	for _, k := range all {
		k.keeps(t, w, k.name)
	}
	return podsOf(t, w, names...)
}

// isSaid waits until the plan says what keeps it, and an Event where it should.
func (k kept) isSaid(t *testing.T, w *harness.World, o *harness.Operator) {
	t.Helper()
	p := planOf(t, o, w.Namespace, k.name, func(p planned) error {
		if why := p.Blocked.Reason + p.Because; p.Blocked.Guard != k.guard || !strings.Contains(why, k.says) {
			return fmt.Errorf("blocked by %q, as %q", p.Blocked.Guard, why)
		}
		return nil
	})
	if k.guard == "" && len(p.Moves) > 0 {
		t.Errorf("it is to be moved: %+v", p.Moves)
	}
	if !k.told {
		if n := timesTold(t, w.Namespace, k.name, "RepairBlocked"); n > 0 {
			t.Errorf("told %d times of what passes by itself", n)
		}
		return
	}
	if note := told(t, w.Namespace, k.name, "RepairBlocked"); !strings.Contains(note, k.says) {
		t.Errorf("told: %s", note)
	}
}
