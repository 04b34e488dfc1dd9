package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// pollEvery is how exactly it is seen when all apps are repaired.
const pollEvery = 50 * time.Millisecond

// sight is what this program sees of a cluster by watches of its own.
type sight struct {
	pods, nodes cache.SharedIndexInformer
	close       func()
}

func newSight(ctx context.Context, client kubernetes.Interface) (*sight, error) {
	ctx, cancel := context.WithCancel(ctx)
	factory := informers.NewSharedInformerFactory(client, 0)
	s := &sight{pods: factory.Core().V1().Pods().Informer(), nodes: factory.Core().V1().Nodes().Informer()}
	s.close = func() {
		cancel()
		factory.Shutdown()
	}
	factory.StartWithContext(ctx)
	if err := factory.WaitForCacheSyncWithContext(ctx).AsError(); err != nil {
		s.close()
		return nil, fmt.Errorf("watching the cluster: %w", err)
	}
	return s, nil
}
