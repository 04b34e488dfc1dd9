package faults_test

import (
	"context"
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

func server(t *testing.T) *localcluster.Component {
	t.Helper()
	return component(t, localcluster.APIServer)
}

func component(t *testing.T, name localcluster.Name) *localcluster.Component {
	t.Helper()
	c, err := suite.Cluster.Component(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func restart(t *testing.T, c *localcluster.Component) {
	t.Helper()
	if err := c.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// alive is an error where an operator does not serve what it knows.
func alive(t *testing.T, o *harness.Operator) error {
	t.Helper()
	for _, url := range []string{o.Metrics + "/livez", o.Metrics + "/readyz", o.API + "/api/v1/apps?limit=1"} {
		if status, body := o.Get(t, url); status != http.StatusOK {
			return fmt.Errorf("GET %s: %d %s", url, status, body)
		}
	}
	return nil
}

// lasts lets a fault, or what is to be seen before or after one, last.
func lasts(d time.Duration) { <-time.After(d) }

func TestAServerThatIsKilledAndComesBackLosesNothing(t *testing.T) {
	killed(t, localcluster.APIServer)
}

// TestAnEtcdThatIsKilledAndComesBackLosesNothing: the API server lives, and
// answers what it has in its cache and nothing else.
func TestAnEtcdThatIsKilledAndComesBackLosesNothing(t *testing.T) {
	killed(t, localcluster.Etcd)
}

// killed sees an operator through the end and the return of a component.
func killed(t *testing.T, name localcluster.Name) {
	t.Helper()
	s := newStage(t)
	s.sound(t, "falls")
	s.fragile(t, "recovers")
	o := suite.Operator(t, settle...)
	c := startChurn(t, s)
	s.told(t, "recovers", "NodeFragile")
	lasts(3 * time.Second)

	// What changes last before the end, and first after it.
	s.disturb()
	s.crowd(t, "falls")
	c.without(func() {
		victim := component(t, name)
		victim.Stop() // by SIGKILL
		harness.Always(t, 3*time.Second, func() error { return alive(t, o) })
		restart(t, victim)
	})
	s.spread(t, "recovers")

	s.told(t, "falls", "NodeFragile")
	s.told(t, "recovers", "NodeFragile", "Recovered")
	s.calm(t)
	c.end(t)
	s.agrees(t, o)
}

func TestAServerThatIsFrozenForHalfAMinuteLosesNothing(t *testing.T) {
	s := newStage(t)
	s.sound(t, "falls")
	s.fragile(t, "recovers")
	o := suite.Operator(t, settle...)
	c := startChurn(t, s)
	s.told(t, "recovers", "NodeFragile")

	// Its settle time is over when nobody answers: the verdict needs nobody, its
	// Event waits.
	s.disturb()
	s.crowd(t, "falls")
	frozen := server(t)
	c.without(func() {
		signal(t, frozen, syscall.SIGSTOP)
		t.Cleanup(func() { signal(t, frozen, syscall.SIGCONT) })
		begun := time.Now()
		s.unanswered(t, 2*time.Second)
		s.says(t, o, "falls", "NodeFragile", 10*time.Second)
		harness.Always(t, 30*time.Second-time.Since(begun), func() error { return alive(t, o) })
		signal(t, frozen, syscall.SIGCONT)
	})
	s.spread(t, "recovers")

	s.told(t, "falls", "NodeFragile")
	s.told(t, "recovers", "NodeFragile", "Recovered")
	s.calm(t)
	c.end(t)
	s.agrees(t, o)
}

// unanswered sees that the server takes longer than that for the least of
// requests.
func (s *stage) unanswered(t *testing.T, than time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), than)
	defer cancel()
	if _, err := s.client.CoreV1().Namespaces().Get(ctx, s.namespace, metav1.GetOptions{}); ctx.Err() == nil {
		t.Errorf("a server that is frozen answers: %v", err)
	}
}

func signal(t *testing.T, c *localcluster.Component, sig syscall.Signal) {
	t.Helper()
	if err := c.Signal(sig); err != nil {
		t.Fatal(err)
	}
}
