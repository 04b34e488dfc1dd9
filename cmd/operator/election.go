package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	coordination "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/klog/v2"
)

// The lease's times are those that Kubernetes' own components default to.
const (
	leaseDuration = 15 * time.Second
	renewDeadline = 10 * time.Second
	retryPeriod   = 2 * time.Second
)

// leaseNameFor gives each operator that judges other namespaces an election of
// its own.
func leaseNameFor(judged string) string {
	if judged == "" {
		return "evenkeel"
	}
	return "evenkeel-" + judged
}

// election makes one of several replicas the leader.
type election struct {
	name  string
	lease *lease
	// lead is told each time that this replica becomes the leader or stops
	// being it.
	lead func(term context.Context, leads bool)
	// elector is nil before the election.
	elector atomic.Pointer[leaderelection.LeaderElector]
	// singleTerm is true where a replica that loses the lease must end.
	singleTerm bool
	// mu keeps the calls of lead in order: client-go makes the one for the
	// beginning in a goroutine that it does not wait for.
	mu sync.Mutex
}

func newElection(config *rest.Config, namespace, name string, lead func(context.Context, bool)) (*election, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("find out this host's name: %w", err)
	}
	// A client of its own: a queue of Events must not delay the lease.
	own := rest.CopyConfig(config)
	own.Timeout = renewDeadline / 2
	client, err := kubernetes.NewForConfig(own)
	if err != nil {
		return nil, fmt.Errorf("make the client of the leader election: %w", err)
	}
	return electionBy(client.CoordinationV1(), host, namespace, name, lead), nil
}

func electionBy(client coordination.LeasesGetter, host, namespace, name string, lead func(context.Context, bool)) *election {
	return &election{
		name: name,
		lease: &lease{Interface: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: namespace, Name: name},
			Client:     client,
			LockConfig: resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID())},
		}},
		lead: lead,
	}
}

// errLeaseLost ends an operator that repairs: what it knows of its own doings may
// be old by now, and one that starts anew reads what it remembered.
var errLeaseLost = errors.New("the leader election's lease was lost")

// run takes part in the election until ctx ends, and then gives the lease up. A
// replica that loses the lease is a candidate again where it only observes, since
// nothing that it does needs to be undone; one of a single term returns
// errLeaseLost.
func (e *election) run(ctx context.Context) error {
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock:          e.lease,
		LeaseDuration: leaseDuration,
		RenewDeadline: renewDeadline,
		RetryPeriod:   retryPeriod,
		Name:          e.name,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: e.started,
			OnStoppedLeading: e.stopped,
			OnNewLeader: func(identity string) {
				klog.FromContext(ctx).Info("Leader", "identity", identity, "self", identity == e.lease.Identity())
			},
		},
	})
	if err != nil {
		return fmt.Errorf("set the leader election up: %w", err)
	}
	e.elector.Store(elector)
	for ctx.Err() == nil {
		elector.Run(ctx)
		if e.singleTerm && ctx.Err() == nil {
			return errLeaseLost
		}
	}
	e.release(context.WithoutCancel(ctx))
	return nil
}

// release gives the lease up where it is still this replica's, so that the next
// one leads at once. client-go's own release comes also when a renewal has
// failed, and does not look whose lease it is by then: a leader that was frozen
// would take it from its successor.
func (e *election) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, releaseTime)
	defer cancel()
	for {
		record, _, err := e.lease.Get(ctx)
		if err == nil && record.HolderIdentity != e.lease.Identity() {
			return
		}
		if err == nil {
			now := metav1.Now()
			err = e.lease.Update(ctx, resourcelock.LeaderElectionRecord{
				LeaseDurationSeconds: 1, LeaderTransitions: record.LeaderTransitions, AcquireTime: now, RenewTime: now,
			})
		}
		if !apierrors.IsConflict(err) { // with a renewal that was under way
			if err != nil && !apierrors.IsNotFound(err) {
				klog.FromContext(ctx).Info("Could not give the lease up", "err", err)
			}
			return
		}
	}
}

// holds is whether the lease was renewed so recently that nobody else can have
// it yet. A replica that was frozen finds out by a request only, seconds after
// it has come to, that it does not lead any more.
func (e *election) holds() bool {
	elector := e.elector.Load()
	return elector != nil && elector.IsLeader() && e.lease.within(renewDeadline)
}

// started begins a term, unless it is over already: the context ends before
// stopped is called.
func (e *election) started(term context.Context) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if term.Err() == nil {
		e.lead(term, true)
	}
}

func (e *election) stopped() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lead(context.Background(), false)
}
