package main

import (
	"context"
	"time"

	"k8s.io/klog/v2"
)

// background runs a part and returns what ends it. The end is waited for no
// longer than the given time: a request that the API server does not answer
// must not keep the process.
func background(ctx context.Context, name string, patience time.Duration, part func(context.Context)) (stop func()) {
	// The part goes on when ctx ends: it is stopped in its turn.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		part(own)
	}()
	return func() {
		cancel()
		select {
		case <-done:
		case <-time.After(patience):
			klog.FromContext(ctx).Info("Not waiting any longer", "for", name, "after", patience)
		}
	}
}
