package main

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coordination "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
)

// store keeps a lease as the API server does.
type store struct {
	mu      sync.Mutex
	lease   *coordinationv1.Lease
	version int
}

func (s *store) get() (*coordinationv1.Lease, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lease == nil {
		return nil, apierrors.NewNotFound(coordinationv1.Resource("leases"), "evenkeel")
	}
	return s.lease.DeepCopy(), nil
}

func (s *store) put(lease *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lease != nil && s.lease.ResourceVersion != lease.ResourceVersion {
		return nil, apierrors.NewConflict(coordinationv1.Resource("leases"), lease.Name, errors.New("written meanwhile"))
	}
	s.version++
	s.lease = lease.DeepCopy()
	s.lease.ResourceVersion = strconv.Itoa(s.version)
	return s.lease.DeepCopy(), nil
}

// holder is whose the lease is.
func (s *store) holder() string {
	lease, err := s.get()
	if err != nil || lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

// candidate is a replica in the election. Use it in a synctest bubble.
type candidate struct {
	*election
	coordination.LeaseInterface
	store *store
	leads atomic.Bool
	turns atomic.Int32

	mu sync.Mutex
	// way is what becomes of each request, which it may do; nil where it is done.
	way func(verb string, do func() error) error
}

func newCandidate(s *store) *candidate {
	c := &candidate{store: s}
	c.election = electionBy(c, "host", "default", "evenkeel", func(_ context.Context, leads bool) {
		c.leads.Store(leads)
		c.turns.Add(1)
	})
	return c
}

// start takes part and returns what stops it and waits for its end.
func (c *candidate) start(t *testing.T) (stop func()) {
	t.Helper()
	logger := ktesting.NewLogger(t, ktesting.NewConfig())
	ctx, cancel := context.WithCancel(klog.NewContext(t.Context(), logger))
	var running sync.WaitGroup
	running.Go(func() {
		if err := c.run(ctx); err != nil {
			t.Errorf("the election: %v", err)
		}
	})
	return sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
}

// goes says what becomes of its requests from now on.
func (c *candidate) goes(way func(verb string, do func() error) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.way = way
}

func (c *candidate) send(verb string, do func() error) error {
	c.mu.Lock()
	way := c.way
	c.mu.Unlock()
	if way == nil {
		return do()
	}
	return way(verb, do)
}

func (c *candidate) Leases(string) coordination.LeaseInterface { return c }

func (c *candidate) Get(context.Context, string, metav1.GetOptions) (lease *coordinationv1.Lease, err error) {
	err = c.send("get", func() error { lease, err = c.store.get(); return err })
	return lease, err
}

func (c *candidate) Create(_ context.Context, l *coordinationv1.Lease, _ metav1.CreateOptions) (lease *coordinationv1.Lease, err error) {
	err = c.send("create", func() error { lease, err = c.store.put(l); return err })
	return lease, err
}

func (c *candidate) Update(_ context.Context, l *coordinationv1.Lease, _ metav1.UpdateOptions) (lease *coordinationv1.Lease, err error) {
	err = c.send("update", func() error { lease, err = c.store.put(l); return err })
	return lease, err
}

// unreachable is the way of a replica without a network.
func unreachable(string, func() error) error { return errors.New("no route to host") }

// takeover is when another leads after the last renewal at the latest: the
// lease's time, and that between two tries with its jitter.
const takeover = leaseDuration + 3*retryPeriod

// both sees for some time that no two replicas are sure to be the leader.
func both(t *testing.T, a, b *candidate, during time.Duration) {
	t.Helper()
	for range int(during / (10 * time.Millisecond)) {
		time.Sleep(10 * time.Millisecond)
		if a.holds() && b.holds() {
			t.Fatal("two hold the lease")
		}
	}
}

func TestOneLeadsAndTheOtherFollowsAtOnceWhereItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		a, b := newCandidate(s), newCandidate(s)
		if a.holds() {
			t.Error("it holds the lease before the election")
		}
		stopA := a.start(t)
		defer stopA()
		synctest.Wait()
		stopB := b.start(t)
		defer stopB()
		both(t, a, b, time.Minute)
		if !a.leads.Load() || !a.holds() || b.leads.Load() || b.holds() {
			t.Errorf("the first leads: %v and %v; the other: %v and %v", a.leads.Load(), a.holds(), b.leads.Load(), b.holds())
		}
		stopA()
		if a.leads.Load() || a.holds() || s.holder() != "" {
			t.Errorf("it has ended and leads: %v, holds: %v; the lease is %q's", a.leads.Load(), a.holds(), s.holder())
		}
		time.Sleep(3 * retryPeriod)
		if !b.leads.Load() || !b.holds() {
			t.Errorf("after its end the other leads: %v, holds: %v", b.leads.Load(), b.holds())
		}
	})
}

func TestALeaderWithoutANetworkLetsGoBeforeAnotherLeadsAndIsACandidateAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		a, b := newCandidate(s), newCandidate(s)
		defer a.start(t)()
		synctest.Wait()
		stopB := b.start(t)
		defer stopB()
		time.Sleep(time.Minute)

		a.goes(unreachable)
		both(t, a, b, takeover)
		if a.leads.Load() || !b.leads.Load() || !b.holds() {
			t.Errorf("the one without a network leads: %v; the other: %v and %v", a.leads.Load(), b.leads.Load(), b.holds())
		}
		a.goes(nil)
		both(t, a, b, time.Minute)
		if a.leads.Load() || !b.holds() {
			t.Error("the one that came back took the lease away")
		}
		stopB()
		time.Sleep(3 * retryPeriod)
		if !a.leads.Load() || !a.holds() {
			t.Errorf("it leads again: %v, holds: %v", a.leads.Load(), a.holds())
		}
	})
}

func TestALeaderThatReadsItsRenewalsAnswerTooLateIsNotSureToLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		a, b := newCandidate(s), newCandidate(s)
		defer a.start(t)()
		synctest.Wait()
		defer b.start(t)()
		time.Sleep(time.Minute)

		// As if it were frozen between the server's answer and its reading it. It
		// takes itself for the leader again until it asks the next time.
		read := make(chan struct{})
		a.goes(func(_ string, do func() error) error {
			a.goes(nil)
			err := do()
			time.Sleep(20 * time.Second)
			close(read)
			return err
		})
		time.Sleep(retryPeriod + renewDeadline)
		if a.holds() {
			t.Error("it holds a lease for which it has asked so long ago")
		}
		both(t, a, b, 20*time.Second-renewDeadline-retryPeriod)
		<-read
		both(t, a, b, time.Minute)
		if a.holds() || !b.holds() {
			t.Errorf("the one that was frozen holds the lease: %v, its successor: %v", a.holds(), b.holds())
		}
	})
}

func TestALeaseThatIsAnothersByNowIsNotGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		a, b := newCandidate(s), newCandidate(s)
		stopA := a.start(t)
		defer stopA()
		synctest.Wait()
		defer b.start(t)()
		a.goes(unreachable)
		time.Sleep(takeover)
		a.goes(nil)
		stopA()
		if got := s.holder(); got != b.lease.Identity() {
			t.Errorf("the lease is %q's", got)
		}
	})
}

func TestTheLeaseIsGivenUpThoughARenewalCameBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		a := newCandidate(s)
		stop := a.start(t)
		synctest.Wait()
		conflicts := 0
		a.goes(func(verb string, do func() error) error {
			if verb == "update" && conflicts < 2 {
				conflicts++
				lease, _ := s.get()
				if _, err := s.put(lease); err != nil {
					t.Error(err)
				}
			}
			return do()
		})
		stop()
		if got := s.holder(); got != "" || conflicts != 2 {
			t.Errorf("after %d conflicts the lease is %q's", conflicts, got)
		}
	})
}

func TestGivingTheLeaseUpTakesNoLongerThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newCandidate(&store{})
		stop := a.start(t)
		synctest.Wait()
		a.goes(unreachable)
		begun := time.Now()
		stop()
		if took := time.Since(begun); took > releaseTime {
			t.Errorf("it took %s", took)
		}
	})
}

func TestATermThatIsOverIsNotBegun(t *testing.T) {
	a := newCandidate(&store{})
	over, end := context.WithCancel(t.Context())
	end()
	a.started(over)
	if a.turns.Load() != 0 {
		t.Error("it was told to lead after the end")
	}
	a.started(t.Context())
	a.stopped()
	if a.turns.Load() != 2 || a.leads.Load() {
		t.Errorf("told %d times, leads: %v", a.turns.Load(), a.leads.Load())
	}
}

func TestOperatorsOfOtherNamespacesHaveAnElectionOfTheirOwn(t *testing.T) {
	for judged, want := range map[string]string{"": "evenkeel", "shop": "evenkeel-shop"} {
		if got := leaseNameFor(judged); got != want {
			t.Errorf("for %q it is %q, want %q", judged, got, want)
		}
	}
}
