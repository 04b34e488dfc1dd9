// Package repair_test sees the operator repair real Deployments: with a real API
// server, scheduler, controller manager and its controller of budgets.
package repair_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

var suite *harness.Suite

func TestMain(m *testing.M) {
	os.Exit(harness.Run(m, localcluster.Options{}, func(s *harness.Suite) { suite = s }))
}

// soon is how long a repair may take, on a busy machine.
const soon = time.Minute

// operator starts the operator with a settle time that a test can wait for.
func operator(t *testing.T, mode string, args ...string) *harness.Operator {
	t.Helper()
	return suite.Operator(t, append([]string{"--settle", "2s", "--mode", mode}, args...)...)
}

// crowded makes a Deployment whose replicas all stand on the first node, though
// there are others, with a budget over it.
func crowded(t *testing.T, w *harness.World, name string, replicas int32, nodes int) {
	t.Helper()
	for n := 2; n <= nodes; n++ {
		w.Cordon(t, n, true)
	}
	w.Deployment(t, name, replicas)
	w.WaitPods(t, name, int(replicas))
	for n := 2; n <= nodes; n++ {
		w.Cordon(t, n, false)
	}
	budget(t, w, name)
}

// budget lets one replica of a Deployment be away.
func budget(t *testing.T, w *harness.World, name string) {
	t.Helper()
	_, err := suite.Client.PolicyV1().PodDisruptionBudgets(w.Namespace).Create(t.Context(), &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable: new(intstr.FromInt32(1)), Selector: metav1.SetAsLabelSelector(map[string]string{"app": name}),
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// unbudget takes a Deployment's budget away.
func unbudget(t *testing.T, w *harness.World, name string) {
	t.Helper()
	if err := suite.Client.PolicyV1().PodDisruptionBudgets(w.Namespace).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

// says waits until the operator gives a Deployment this verdict.
func says(t *testing.T, o *harness.Operator, namespace, name, verdict string) {
	t.Helper()
	harness.Eventually(t, soon, func() error {
		for _, item := range o.Apps(t, namespace) {
			if item.Workload.Name == name && item.Verdict == verdict {
				return nil
			}
		}
		return fmt.Errorf("%s is not %s: %+v", name, verdict, o.Apps(t, namespace))
	})
}

// plan is GET /api/v1/plan.
type plan struct {
	Mode, Leader, Suspended string
	Leads                   bool
	Items                   []planned
}

type planned struct {
	Namespace, App, Mode, Verdict string
	Workload                      struct{ Kind, Name string }
	Moves                         []struct {
		Pod, Node, Reason, Predicted string
		Admits                       []string
		MayReturn                    bool
	}
	Because  string
	Blocked  struct{ Guard, Reason string }
	UnderWay struct{ Pod, WaitsFor string }
	Memory   struct {
		InVain  int
		GivenUp string
	}
}

// planOf waits until repair has an entry for a Deployment that is as wanted.
func planOf(t *testing.T, o *harness.Operator, namespace, name string, want func(planned) error) planned {
	t.Helper()
	var found planned
	harness.Eventually(t, soon, func() error {
		var p plan
		o.GetJSON(t, "/api/v1/plan", &p)
		for _, item := range p.Items {
			if item.Namespace == namespace && item.Workload.Name == name {
				found = item
				return want(item)
			}
		}
		return fmt.Errorf("there is no entry for %s: %+v", name, p)
	})
	return found
}

// blockedBy is what keeps a Deployment from being repaired.
func blockedBy(guard string) func(planned) error {
	return func(p planned) error {
		if p.Blocked.Guard != guard {
			return fmt.Errorf("blocked by %q (%s), not %q", p.Blocked.Guard, p.Blocked.Reason, guard)
		}
		return nil
	}
}

// told waits until an Event of that reason stands on a Deployment.
func told(t *testing.T, namespace, name, reason string) string {
	t.Helper()
	var note string
	harness.Eventually(t, soon, func() error {
		for _, e := range suite.Events(t, namespace) {
			if e.Regarding.Kind == "Deployment" && e.Regarding.Name == name && e.Reason == reason {
				note = e.Note
				return nil
			}
		}
		return fmt.Errorf("no Event %s on %s", reason, name)
	})
	return note
}

// uids are those of a Deployment's Pods, by which the same ones are known.
func uids(pods []corev1.Pod) map[types.UID]bool {
	all := make(map[types.UID]bool)
	for _, p := range pods {
		all[p.UID] = true
	}
	return all
}

// same is an error where a Deployment's Pods are others than before.
func same(pods []corev1.Pod, before map[types.UID]bool) error {
	for _, p := range pods {
		if !before[p.UID] || p.DeletionTimestamp != nil {
			return fmt.Errorf("%s is new or going", p.Name)
		}
	}
	return nil
}
