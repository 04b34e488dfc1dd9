package manners_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/test/harness"
)

// operatorAs starts an operator as a user, by whom the audit log knows it.
func operatorAs(t *testing.T, user string, args ...string) *harness.Operator {
	t.Helper()
	kubeconfig, err := suite.Cluster.KubeconfigFor(user)
	if err != nil {
		t.Fatal(err)
	}
	return suite.Operator(t, append([]string{"--kubeconfig", kubeconfig, "--settle", "2s"}, args...)...)
}

func TestTheStartMakesAFixedNumberOfRequestsAndOneWatchOfEachResource(t *testing.T) {
	const apps = 20
	w := suite.World(t, 2, "a", "b")
	for i := range apps {
		w.Deployment(t, app(i), 2)
	}
	for i := range apps {
		w.WaitPods(t, app(i), 2)
	}
	// However many Pods there are: no list, since the watch brings them, and no
	// page after page.
	alone := map[string]int{
		"get /version": 1, "get /api/v1": 1, "get /apis/events.k8s.io/v1": 1,
		// One for each right that the README names.
		"create selfsubjectaccessreviews": 11,
		"watch pods":                      1,
		"watch nodes":                     1,
		"watch namespaces":                1,
		"list events":                     1,
	}
	elected := maps.Clone(alone)
	maps.Copy(elected, map[string]int{
		"get /apis/coordination.k8s.io/v1": 1,
		"create selfsubjectaccessreviews":  14,
		// What was said is asked for before it leads, and when it does.
		"list events": 2,
		"get leases":  1, "create leases": 1,
	})
	repairs := maps.Clone(elected)
	maps.Copy(repairs, map[string]int{
		"create selfsubjectaccessreviews": 27,
		"watch poddisruptionbudgets":      1,
		"watch persistentvolumeclaims":    1,
		"watch persistentvolumes":         1,
		"get configmaps":                  1,
	})
	tests := map[string]struct {
		args    []string
		want    map[string]int
		watches int
	}{
		"one that is alone":                           {nil, alone, 3},
		"one that elects a leader, as it is deployed": {[]string{"--leader-elect"}, elected, 3},
		"one that repairs":                            {[]string{"--leader-elect", "--mode", "enforce"}, repairs, 6},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			noLease(t, w)
			begin := time.Now()
			o := operatorAs(t, beginner, test.args...)
			harness.Eventually(t, 20*time.Second, func() error {
				got := requests(t, beginner, begin)
				// Verdicts that turn out to be trouble are told of, and a lease that
				// is held is renewed, which is no start.
				atStart := without(got, "create events", "get replicasets", "get deployments", "get /api", "get /apis", "update leases")
				if !maps.Equal(atStart, test.want) {
					return fmt.Errorf("the start asks for\n%v, want\n%v", atStart, test.want)
				}
				return nil
			})
			harness.Eventually(t, 30*time.Second, func() error {
				if items := o.Apps(t, w.Namespace); len(items) != apps {
					return fmt.Errorf("%d apps are judged", len(items))
				}
				return nil
			})
			took, got := time.Since(begin), requests(t, beginner, begin)
			if n := total(got, "watch"); n != test.watches {
				t.Errorf("%d watches after the first verdicts, want the %d of the start", n, test.watches)
			}
			// What tells of trouble: an Event for each app, and whose it is.
			for request, most := range map[string]int{
				"create events": apps, "get replicasets": apps, "get deployments": apps, "get /api": 1, "get /apis": 1,
			} {
				if got[request] > most {
					t.Errorf("%d of %q, want at most %d", got[request], request, most)
				}
			}
			if n := total(got, "update leases"); n > renewals(took) {
				t.Errorf("the lease was renewed %d times in %s", n, took)
			}
		})
	}
}

// noLease takes away what an operator before has left: who begins makes it.
func noLease(t *testing.T, w *harness.World) {
	t.Helper()
	err := w.Client.CoordinationV1().Leases(metav1.NamespaceDefault).Delete(t.Context(), "evenkeel", metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
}

// renewals is how often a lease is renewed in some time, at most: every two
// seconds, and when it has just been taken.
func renewals(took time.Duration) int { return int(took/(2*time.Second)) + 1 }

func TestHundredsOfPodChangesMakeNoRequest(t *testing.T) {
	const apps, changes = 5, 400
	w := suite.World(t, 1, "a", "b")
	for i := range apps {
		w.Deployment(t, app(i), 2, w.OnNode(1))
	}
	for i := range apps {
		w.WaitPods(t, app(i), 2)
	}
	o := operatorAs(t, steady, "--leader-elect")
	const created = `evenkeel_events_total{reason="NodeFragile",result="created"}`
	waitMetric(t, o, created, func(n float64) bool { return n >= apps })

	// All has been said. From here on only the lease is renewed.
	begin := time.Now()
	reconciles := metric(t, o, "evenkeel_reconciles_total")
	pods := w.Pods(t, app(0))
	for i := 1; i < apps; i++ {
		pods = append(pods, w.Pods(t, app(i))...)
	}
	for i := range changes {
		patch := fmt.Sprintf(`{"metadata":{"labels":{"change":"%d"}}}`, i)
		_, err := w.Client.CoreV1().Pods(w.Namespace).Patch(t.Context(), pods[i%len(pods)].Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	waitMetric(t, o, "evenkeel_reconciles_total", func(n float64) bool { return n-reconciles >= changes/4 })
	harness.Always(t, 3*time.Second, func() error {
		if other := without(requests(t, steady, begin), "get leases", "update leases"); len(other) > 0 {
			return fmt.Errorf("%d changes of Pods made these requests: %v", changes, other)
		}
		return nil
	})
	took := time.Since(begin)
	if n := total(requests(t, steady, begin), "update leases"); n > renewals(took) {
		t.Errorf("the lease was renewed %d times in %s, want every two seconds", n, took)
	}
	t.Logf("%d changes made %.0f reconciles and no request in %s", changes, metric(t, o, "evenkeel_reconciles_total")-reconciles, took)

	// What is due is asked for, and no more: the owner is known already.
	w.Scale(t, app(0), 1)
	harness.Eventually(t, 30*time.Second, func() error {
		due := without(requests(t, steady, begin), "get leases", "update leases")
		if !maps.Equal(due, map[string]int{"create events": 1}) {
			return fmt.Errorf("a recovery made these requests: %v", due)
		}
		return nil
	})
}

func app(i int) string { return fmt.Sprint("app-", i) }
