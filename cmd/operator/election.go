package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
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
	lock *resourcelock.LeaseLock
	// lead is told each time that this replica becomes the leader or stops
	// being it.
	lead func(term context.Context, leads bool)
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
	return &election{
		lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: namespace, Name: name},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID())},
		},
		lead: lead,
	}, nil
}

// run takes part in the election until ctx ends, and then gives the lease up. A
// replica that loses the lease is a candidate again: it only observes, so that
// nothing that it does needs to be undone.
func (e *election) run(ctx context.Context) error {
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock:            e.lock,
		LeaseDuration:   leaseDuration,
		RenewDeadline:   renewDeadline,
		RetryPeriod:     retryPeriod,
		ReleaseOnCancel: true,
		Name:            e.lock.LeaseMeta.Name,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: e.started,
			OnStoppedLeading: e.stopped,
			OnNewLeader: func(identity string) {
				klog.FromContext(ctx).Info("Leader", "identity", identity, "self", identity == e.lock.Identity())
			},
		},
	})
	if err != nil {
		return fmt.Errorf("set the leader election up: %w", err)
	}
	for ctx.Err() == nil {
		elector.Run(ctx)
	}
	return nil
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
