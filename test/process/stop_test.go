package process_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

var errNotYet = errors.New("not yet")

func errSaid(n int) error { return fmt.Errorf("said %d times, want once", n) }

func TestSIGTERMEndsTheOperatorWithinTenSecondsWhileTheServerDoesNotAnswer(t *testing.T) {
	o := suite.Operator(t, "--leader-elect")
	waitLeader(t, o, anyLease)
	freezeServer(t)
	begin := time.Now()
	if code := o.Terminate(t, 10*time.Second); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	t.Logf("ended after %s", time.Since(begin).Round(time.Millisecond))
}

// freezeServer stops the API server until the test ends: it takes connections
// and answers nothing.
func freezeServer(t *testing.T) {
	t.Helper()
	server, err := suite.Cluster.Component(localcluster.APIServer)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Signal(syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	})
}

func TestSIGTERMReleasesTheLeaseSoThatTheNextLeadsAtOnce(t *testing.T) {
	first := suite.Operator(t, "--leader-elect")
	waitLeader(t, first, anyLease)
	begin := time.Now()
	if code := first.Terminate(t, 10*time.Second); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	t.Logf("ended after %s", time.Since(begin).Round(time.Millisecond))
	lease, err := suite.Client.CoordinationV1().Leases("default").Get(t.Context(), "evenkeel", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if holder := lease.Spec.HolderIdentity; holder != nil && *holder != "" {
		t.Errorf("the lease is held by %q after its holder ended", *holder)
	}
	second := suite.Operator(t, "--leader-elect")
	waitLeader(t, second, freeLease)
}

// A lease that its holder could not give up lasts 15 s; one that was given up
// is free at once.
const (
	anyLease  = 40 * time.Second
	freeLease = 10 * time.Second
)

// waitLeader waits until the operator leads.
func waitLeader(t *testing.T, o *harness.Operator, within time.Duration) {
	t.Helper()
	harness.Eventually(t, within, func() error {
		if !leads(t, o) {
			return errNotYet
		}
		return nil
	})
}

func leads(t *testing.T, o *harness.Operator) bool {
	t.Helper()
	_, metrics := o.Get(t, o.Metrics+"/metrics")
	return strings.Contains(metrics, `leader_election_master_status{name="evenkeel"} 1`)
}

func TestEveryReplicaServesAndOnlyTheLeaderWrites(t *testing.T) {
	w := suite.World(t, 1, "a")
	leader := suite.Operator(t, "--leader-elect", "--settle", "2s")
	waitLeader(t, leader, anyLease)
	follower := suite.Operator(t, "--leader-elect", "--settle", "2s")
	w.Deployment(t, "web", 2, w.OnNode(1))
	w.WaitPods(t, "web", 2)
	for _, o := range []*harness.Operator{leader, follower} {
		harness.Eventually(t, 20*time.Second, func() error {
			if items := o.Apps(t, w.Namespace); len(items) != 1 || items[0].Verdict != "NodeFragile" {
				return fmt.Errorf("says %+v", items)
			}
			return nil
		})
	}
	written := func(o *harness.Operator) bool {
		_, metrics := o.Get(t, o.Metrics+"/metrics")
		return strings.Contains(metrics, `evenkeel_events_total{reason="NodeFragile",result="created"}`)
	}
	harness.Eventually(t, 10*time.Second, func() error {
		if !written(leader) {
			return errNotYet
		}
		return nil
	})
	if leads(t, follower) || written(follower) {
		t.Errorf("the follower leads or writes")
	}
	// The next leader says what stands, and is told that it has been said.
	leader.Stop(t)
	waitLeader(t, follower, freeLease)
	harness.Eventually(t, 10*time.Second, func() error {
		_, metrics := follower.Get(t, follower.Metrics+"/metrics")
		if !strings.Contains(metrics, `evenkeel_events_total{reason="NodeFragile",result="exists"} 1`) {
			return errNotYet
		}
		return nil
	})
	list, err := suite.Client.EventsV1().Events(w.Namespace).List(t.Context(), metav1.ListOptions{FieldSelector: "reason=NodeFragile"})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 1 {
		t.Errorf("%d Events NodeFragile, want 1", len(list.Items))
	}
}
