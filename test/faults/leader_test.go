package faults_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/test/harness"
)

const (
	// takeover bounds how long nobody may lead after a leader that could not give
	// its lease up: 15 s, and the other's tries every 2 s.
	takeover = 40 * time.Second
	// suspicion is for how long a replica may take itself for the leader after it
	// has come to again: client-go gives up renewing after 10 s.
	suspicion = 30 * time.Second
)

// replica starts an operator that takes part in the election, as a user of its
// own.
func replica(t *testing.T, user string, kubeconfig ...string) *harness.Operator {
	t.Helper()
	return replicaOf(t, suite, user, kubeconfig...)
}

func replicaOf(t *testing.T, s *harness.Suite, user string, kubeconfig ...string) *harness.Operator {
	t.Helper()
	if len(kubeconfig) == 0 {
		path, err := suite.Cluster.KubeconfigFor(user)
		if err != nil {
			t.Fatal(err)
		}
		kubeconfig = []string{path}
	}
	return s.Operator(t, append([]string{"--leader-elect", "--kubeconfig", kubeconfig[0]}, settle...)...)
}

func leads(t *testing.T, o *harness.Operator) bool {
	t.Helper()
	return metric(t, o, `leader_election_master_status{name="evenkeel"}`) == 1
}

func waitLeads(t *testing.T, o *harness.Operator, want bool, within time.Duration) {
	t.Helper()
	harness.Eventually(t, within, func() error {
		if leads(t, o) != want {
			return fmt.Errorf("that it leads is not %v", want)
		}
		return nil
	})
}

// pair starts two replicas of which the first leads.
func pair(t *testing.T, kubeconfig ...string) (leader, follower *harness.Operator) {
	t.Helper()
	leader = replica(t, replicaA, kubeconfig...)
	waitLeads(t, leader, true, takeover)
	return leader, replica(t, replicaB)
}

func TestALeaderThatIsKilledIsSucceededAndNothingIsLost(t *testing.T) {
	s := newStage(t)
	s.sound(t, "falls")
	s.fragile(t, "recovers")
	leader, follower := pair(t)
	c := startChurn(t, s)
	s.told(t, "recovers", "NodeFragile")

	s.disturb()
	leader.Signal(t, syscall.SIGKILL)
	leader.ExitCode(t, 5*time.Second)
	s.crowd(t, "falls")
	s.spread(t, "recovers")
	waitLeads(t, follower, true, takeover)

	s.told(t, "falls", "NodeFragile")
	s.told(t, "recovers", "NodeFragile", "Recovered")
	s.calm(t)
	c.end(t)
	s.agrees(t, follower)
}

func TestALeaderThatIsFrozenPastItsLeaseDoesNotWriteAsOneAfterwards(t *testing.T) {
	s := newStage(t)
	s.sound(t, "falls")
	s.sound(t, "falls-later")
	s.fragile(t, "recovers")
	leader, follower := pair(t)
	c := startChurn(t, s)
	s.told(t, "recovers", "NodeFragile")

	// It comes to with something to say, and is given more at once.
	s.disturb()
	s.crowd(t, "falls")
	freeze(t, leader)
	waitLeads(t, follower, true, takeover)
	s.told(t, "falls", "NodeFragile")
	s.crowd(t, "falls-later")
	s.spread(t, "recovers")
	thawed := thaw(t, leader)
	s.told(t, "falls-later", "NodeFragile")
	s.told(t, "recovers", "NodeFragile", "Recovered")
	waitLeads(t, leader, false, suspicion)

	s.wroteNothing(t, replicaA, thawed)
	s.calm(t)
	c.end(t)
	s.agrees(t, follower)
	s.agrees(t, leader)
	s.wroteNothing(t, replicaA, thawed)
	if leads(t, leader) || !leads(t, follower) {
		t.Errorf("the one that was frozen leads: %v, its successor: %v", leads(t, leader), leads(t, follower))
	}
}

func TestALeaderThatIsFrozenWhileItRenewsItsLeaseDoesNotTakeItsSuccessorsAway(t *testing.T) {
	s := newStage(t)
	s.fragile(t, "recovers")
	p := newProxy(t)
	leader, follower := pair(t, p.kubeconfig(t, replicaA))
	c := startChurn(t, s)
	s.told(t, "recovers", "NodeFragile")

	// It renews every 2 s and gives each try 5 s: it is frozen within one.
	s.disturb()
	p.mute()
	lasts(3 * time.Second)
	freeze(t, leader)
	s.spread(t, "recovers")
	waitLeads(t, follower, true, takeover)
	s.told(t, "recovers", "NodeFragile", "Recovered")
	p.cut()
	thawed := thaw(t, leader)
	waitLeads(t, leader, false, suspicion)
	harness.Always(t, 5*time.Second, func() error {
		if leads(t, leader) || !leads(t, follower) {
			return fmt.Errorf("the one that was frozen leads: %v, its successor: %v", leads(t, leader), leads(t, follower))
		}
		return nil
	})

	s.wroteNothing(t, replicaA, thawed)
	s.calm(t)
	c.end(t)
	s.agrees(t, follower)
	s.agrees(t, leader)
}

func freeze(t *testing.T, o *harness.Operator) {
	t.Helper()
	o.Signal(t, syscall.SIGSTOP)
	t.Cleanup(func() { o.Signal(t, syscall.SIGCONT) }) // or it could not be stopped
}

func thaw(t *testing.T, o *harness.Operator) time.Time {
	t.Helper()
	at := time.Now()
	o.Signal(t, syscall.SIGCONT)
	return at
}

func TestReplicasRestartedInTurnLeaveNoGapAndSayNothingTwice(t *testing.T) {
	s := newStage(t)
	for _, app := range []string{"first", "second", "third"} {
		s.sound(t, app)
	}
	s.fragile(t, "recovers")
	a, b := pair(t)
	c := startChurn(t, s)
	s.told(t, "recovers", "NodeFragile")

	// Each change comes when its leader is about to go.
	s.disturb()
	s.crowd(t, "first")
	a.Stop(t)
	waitLeads(t, b, true, takeover)
	a = replica(t, replicaA)
	s.crowd(t, "second")
	s.spread(t, "recovers")
	b.Stop(t)
	waitLeads(t, a, true, takeover)
	b = replica(t, replicaB)
	s.crowd(t, "third")

	for _, app := range []string{"first", "second", "third"} {
		s.told(t, app, "NodeFragile")
	}
	s.told(t, "recovers", "NodeFragile", "Recovered")
	s.calm(t)
	c.end(t)
	s.agrees(t, a)
	s.agrees(t, b)
}
