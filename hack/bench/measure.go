package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/hack/scale"
)

// Sizes that every cluster shares.
const (
	nodes      = 1000
	podsPerApp = 10
)

// stage is one cluster size while it is measured.
type stage struct {
	options
	programs
	world *scale.World
	fleet scale.Fleet
	pods  int
	// changes knows which Pods there are by now.
	changes *scale.Churn
	into    *result
}

// measure fills a cluster of its own and measures everything on it.
func measure(ctx context.Context, o options, p programs, pods int) (r result, err error) {
	r = result{nodes: nodes, apps: pods / podsPerApp, pods: pods}
	say("%d Pods: starting a control plane", pods)
	world, err := scale.NewWorld(ctx, os.Stderr)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	fleet := scale.Fleet{Nodes: nodes, Apps: r.apps, PodsPerApp: podsPerApp, Now: time.Now(), Age: 72 * time.Hour}
	s := stage{options: o, programs: p, world: world, fleet: fleet, pods: pods, into: &r}
	s.changes = scale.NewChurn(fleet, world.Etcd, changesPerSecond, probed)
	for _, step := range []func(context.Context) error{
		s.base, s.load, s.sync, s.live, s.costs,
	} {
		if err := step(ctx); err != nil {
			return r, err
		}
	}
	return r, nil
}

// base measures both programs on nodes alone.
func (s stage) base(ctx context.Context) error {
	empty := s.fleet
	empty.Apps = 0
	if err := empty.Load(ctx, s.world.Etcd); err != nil {
		return err
	}
	for program, into := range map[string]*float64{s.operator: &s.into.baseHeap, s.plain: &s.into.plainBase} {
		subject, _, err := s.start(ctx, program, "base")
		if err != nil {
			return err
		}
		*into, err = subject.Heap(ctx)
		subject.Stop()
		if err != nil {
			return err
		}
	}
	return nil
}

// load writes the Pods. The API server sees each come, as one that has run for
// long has: a server that has just been started gives watches so little room
// that they end under a burst.
func (s stage) load(ctx context.Context) error {
	begun := time.Now()
	s.into.stored = float64(len(scale.Put(s.fleet.Pod(scale.Replica{})).Value))
	if err := s.fleet.Load(ctx, s.world.Etcd); err != nil {
		return err
	}
	s.into.loaded = time.Since(begun)
	say("%d Pods of %.1f KB written in %.1f s", s.pods, s.into.stored/1e3, s.into.loaded.Seconds())
	return s.seenAll(ctx)
}

// seenAll waits until the API server's cache has the last Pod.
func (s stage) seenAll(ctx context.Context) error {
	pods := s.world.Client.CoreV1().Pods("")
	return until(ctx, 5*time.Minute, time.Second, func() (bool, error) {
		list, err := pods.List(ctx, metav1.ListOptions{Limit: 1})
		if err != nil {
			return false, err
		}
		// Limit 1 of a consistent list: the rest is counted.
		return list.RemainingItemCount != nil && *list.RemainingItemCount == int64(s.pods-1), nil
	})
}

// start starts the operator or the plain informer and waits until it is ready.
func (s stage) start(ctx context.Context, program, name string, env ...string) (*scale.Subject, time.Duration, error) {
	var subject *scale.Subject
	var err error
	if program == s.plain {
		subject, err = scale.StartSubject(ctx, s.world.Dir, name, env, program, s.world.Kubeconfig)
	} else {
		subject, err = s.world.Operator(ctx, program, name, env...)
	}
	if err != nil {
		return nil, 0, err
	}
	ready, err := subject.WaitOK(ctx, subject.Metrics+"/readyz")
	if err != nil {
		subject.Stop()
		return nil, 0, err
	}
	return subject, ready, nil
}

// sync measures first syncs. Neither program runs while the other does, and each
// begins every other round. Nobody's first one counts: a server that has just been
// filled answers the first to ask more slowly.
func (s stage) sync(ctx context.Context) error {
	subjects := []subject{{s.plain, "plain", &s.into.plain}, {s.operator, "operator", &s.into.operator}}
	for round := range 1 + s.rounds {
		for _, each := range subjects {
			into := each.into
			if round == 0 {
				into = new(syncs)
			}
			if err := s.firstSync(ctx, each.program, fmt.Sprint(each.name, "-", round), into); err != nil {
				return err
			}
		}
		slices.Reverse(subjects)
	}
	return nil
}

// subject is a program whose first syncs are measured.
type subject struct {
	program, name string
	into          *syncs
}

func (s stage) firstSync(ctx context.Context, program, name string, into *syncs) error {
	subject, ready, err := s.start(ctx, program, name)
	if err != nil {
		return err
	}
	defer subject.Stop()
	cpu, err := subject.CPU()
	if err != nil {
		return err
	}
	if program == s.operator {
		// The peak is that of the first pass over the apps too.
		if _, err := subject.WaitOK(ctx, subject.API+"/api/v1/apps?limit=1"); err != nil {
			return err
		}
	}
	memory, err := subject.Memory()
	if err != nil {
		return err
	}
	into.ready, into.cpu, into.peak = append(into.ready, ready), append(into.cpu, cpu), append(into.peak, memory.Peak)
	say("%s: ready after %.2f s, %.2f s of CPU time, peak %.0f MiB", name, ready.Seconds(), cpu.Seconds(), memory.Peak/mebi)
	return nil
}

const mebi = 1 << 20
