package process_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

// reasons counts the Events of a world by their reason.
func reasons(t *testing.T, w *harness.World) map[string]int {
	t.Helper()
	list, err := suite.Client.EventsV1().Events(w.Namespace).List(t.Context(), metav1.ListOptions{
		FieldSelector: "reportingController=evenkeel.dev/operator",
	})
	if err != nil {
		t.Fatal(err)
	}
	count := make(map[string]int)
	for _, e := range list.Items {
		count[e.Reason]++
	}
	return count
}

func TestWhatHappensWhileNobodyLeadsIsSaidByTheNextLeaderOnce(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	w.Deployment(t, "before", 2, w.OnNode(1))
	w.WaitPods(t, "before", 2)
	leader := suite.Operator(t, "--leader-elect", "--settle", "2s")
	waitLeader(t, leader, anyLease)
	harness.Eventually(t, 20*time.Second, func() error {
		if got := reasons(t, w); got["NodeFragile"] != 1 {
			return fmt.Errorf("Events %v, want one NodeFragile", got)
		}
		return nil
	})
	follower := suite.Operator(t, "--leader-elect", "--settle", "2s")
	leader.Signal(t, syscall.SIGKILL)
	leader.ExitCode(t, 5*time.Second)

	// One app recovers, another falls, a third is malformed.
	w.Scale(t, "before", 1)
	w.Deployment(t, "meanwhile", 2, w.OnNode(2), func(d *appsv1.Deployment) {
		d.Spec.Template.Annotations = map[string]string{"evenkeel.dev/settle": "soon"}
	})
	w.WaitPods(t, "meanwhile", 2)
	waitLeader(t, follower, anyLease)
	want := map[string]int{"NodeFragile": 2, "Recovered": 1, "InvalidPolicy": 1}
	harness.Eventually(t, 20*time.Second, func() error {
		if got := reasons(t, w); fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("Events %v, want %v", got, want)
		}
		return nil
	})
	harness.Always(t, 2*time.Second, func() error {
		if got := reasons(t, w); fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("Events %v, want %v", got, want)
		}
		return nil
	})
}

func TestEventsThatCanNotBeWrittenDoNotKeepTheProcess(t *testing.T) {
	w := suite.World(t, 1, "a")
	o := suite.Operator(t, "--settle", "2s")
	w.Deployment(t, "web", 2, w.OnNode(1))
	w.WaitPods(t, "web", 2)
	// Its settle time is not over yet: the verdict comes while nobody answers.
	freezeServer(t)
	harness.Eventually(t, 10*time.Second, func() error {
		if items := o.Apps(t, w.Namespace); len(items) != 1 || items[0].Verdict != "NodeFragile" {
			return fmt.Errorf("says %+v", items)
		}
		if _, metrics := o.Get(t, o.Metrics+"/metrics"); strings.Contains(metrics, `evenkeel_events_total{reason="NodeFragile"`) {
			t.Fatal("the Event was written before the server was stopped")
		}
		return nil
	})
	begin := time.Now()
	if code := o.Terminate(t, 10*time.Second); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	t.Logf("ended after %s with an Event in hand", time.Since(begin).Round(time.Millisecond))
}
