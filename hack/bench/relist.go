package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/hack/scale"
)

// relist kills the API server, has Pods change and etcd be compacted while it is
// away, and starts it again: what the operator has seen is too old for the new one,
// so that it lists everything anew while it holds what it had.
func (s stage) relist(ctx context.Context, operator *scale.Subject) error {
	say("the API server restarts, and the operator lists anew")
	server, err := s.world.Cluster.Component(localcluster.APIServer)
	if err != nil {
		return err
	}
	server.Stop()
	made := s.changes.Made()
	if err := errors.Join(s.unseen(ctx), s.world.Etcd.Compact(ctx)); err != nil {
		return err
	}
	if err := operator.ResetPeak(); err != nil {
		return err
	}
	begun := time.Now()
	if err := server.Restart(ctx); err != nil {
		return err
	}
	serves := time.Now()
	err = until(ctx, 5*time.Minute, 20*time.Millisecond, func() (bool, error) {
		// The app that is changed last is right when the list has been handled.
		ready, err := app(ctx, operator, s.fleet.Namespace(probed), scale.AppName(probed))
		return ready == podsPerApp-1, err
	})
	if err != nil {
		return fmt.Errorf("waiting for a relist: %w", err)
	}
	r := &s.into.relist
	r.unseen = s.changes.Made() - made + podsPerApp
	r.served, r.took = serves.Sub(begun), time.Since(serves)
	memory, err := operator.Memory()
	if err != nil {
		return err
	}
	r.peak = memory.Peak
	say("right again %.1f s after the server was, peak %.0f MiB", r.took.Seconds(), r.peak/mebi)
	return s.whole(ctx, operator)
}

// unseen changes Pods while nobody serves; the last is one of the probed app, of
// which all others are Ready then.
func (s stage) unseen(ctx context.Context) error {
	some, end := context.WithTimeout(ctx, time.Second)
	defer end()
	if err := s.changes.Run(some); err != nil {
		return err
	}
	if err := s.changes.Rest(ctx); err != nil {
		return err
	}
	for i := range podsPerApp {
		replica := scale.Replica{App: probed, Index: i, Since: time.Now()}
		if i == podsPerApp-1 {
			replica.Unready = time.Now()
		}
		if err := s.world.Etcd.Write(ctx, scale.Put(s.fleet.Pod(replica))); err != nil {
			return err
		}
	}
	return nil
}
