package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/hack/scale"
)

// changesPerSecond is how many Pods change.
const changesPerSecond = 1000

// probed is the app that the bench changes itself, to see when its verdict
// follows: one that is spread over three zones.
const probed = 8

// changing measures how the operator follows changes of Pods: as it shares the
// machine with etcd, the API server and who makes the changes, and then with a core
// of its own, since on a small machine waiting for one is most of what is measured.
func (s stage) changing(ctx context.Context, operator *scale.Subject) (err error) {
	if s.into.churn, err = s.followed(ctx, operator, "sharing the cores"); err != nil {
		return err
	}
	release, err := s.partCores(ctx, operator)
	if err != nil {
		return err
	}
	alone, err := s.followed(ctx, operator, "with a core of its own")
	if s.into.apart = alone; err != nil {
		return errors.Join(err, release())
	}
	return errors.Join(release(), s.changes.Rest(ctx))
}

// followed measures it by the operator's own histogram, which takes in every
// change, and from outside for a few.
func (s stage) followed(ctx context.Context, operator *scale.Subject, how string) (churn, error) {
	say("%d changes a second for %s, %s", changesPerSecond, s.churn, how)
	c := churn{}
	before, err := operator.Scrape(ctx)
	if err != nil {
		return c, err
	}
	cpu, err := operator.CPU()
	if err != nil {
		return c, err
	}
	if err := operator.ResetPeak(); err != nil {
		return c, err
	}
	begun, made := time.Now(), s.changes.Made()
	if err := s.change(ctx, operator, &c); err != nil {
		return c, err
	}
	took, changes := time.Since(begun).Seconds(), float64(s.changes.Made()-made)
	cpuAfter, err := operator.CPU()
	if err != nil {
		return c, err
	}
	after, err := operator.Scrape(ctx)
	if err != nil {
		return c, err
	}
	memory, err := operator.Memory()
	if err != nil {
		return c, err
	}
	verdicts := after.HistogramSince(before, "evenkeel_event_to_verdict_seconds")
	c.rate = changes / took
	c.p50, c.p99, c.within = verdicts.Quantile(.5), verdicts.Quantile(.99), verdicts.Within(.01)
	c.lowest = verdicts.Lowest()
	c.merged = verdicts.Count() / changes
	c.restarts = after.Sum("evenkeel_watch_restarts_total") - before.Sum("evenkeel_watch_restarts_total")
	c.cpu, c.peak = (cpuAfter-cpu).Seconds()/took, memory.Peak
	say("%.0f changes a second; p50 %.2f ms, p99 %.2f ms, %.2f%% within 10 ms, %.0f watches ended; from outside p50 %s, p99 %s",
		c.rate, c.p50*1e3, c.p99*1e3, c.within*100, c.restarts, c.seen.quantile(.5), c.seen.quantile(.99))
	return c, nil
}

// change makes the changes, and probes meanwhile.
func (s stage) change(ctx context.Context, operator *scale.Subject, c *churn) error {
	changes, end := context.WithTimeout(ctx, s.churn)
	defer end()
	probes := make(chan error, 1)
	go func() { probes <- s.probe(changes, operator, c) }()
	return errors.Join(s.changes.Run(changes), <-probes)
}

// partCores gives the operator the last core, and all others to the rest, until it
// is released.
func (s stage) partCores(ctx context.Context, operator *scale.Subject) (release func() error, err error) {
	last := runtime.NumCPU() - 1
	if last == 0 {
		return nil, errors.New("the operator can't have a core of its own: there is but one")
	}
	others := []int{os.Getpid()}
	for _, name := range []localcluster.Name{localcluster.Etcd, localcluster.APIServer} {
		component, err := s.world.Cluster.Component(name)
		if err != nil {
			return nil, err
		}
		others = append(others, component.Pid())
	}
	hold := func(its, theirs string) error {
		held := scale.HoldTo(ctx, operator.Pid(), its)
		for _, pid := range others {
			held = errors.Join(held, scale.HoldTo(ctx, pid, theirs))
		}
		return held
	}
	all := fmt.Sprint("0-", last)
	return func() error { return hold(all, all) }, hold(strconv.Itoa(last), fmt.Sprint("0-", last-1))
}

// probe changes one app's Pods in turn until ctx ends, ten times a second, and
// notes how long after a watch of its own told of a change the API did.
func (s stage) probe(ctx context.Context, operator *scale.Subject, into *churn) error {
	told := make(chan delivery, 1000)
	go s.deliver(ctx, told)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			if n%2 == 0 { // all are Ready again
				return nil
			}
		}
		replica := scale.Replica{App: probed, Index: n / 2 % podsPerApp, Since: time.Now()}
		want := podsPerApp
		if n%2 == 0 {
			replica.Unready, want = time.Now(), podsPerApp-1
		}
		change := context.WithoutCancel(ctx) // what is begun is ended
		if err := s.world.Etcd.Write(change, scale.Put(s.fleet.Pod(replica))); err != nil {
			return err
		}
		seen, err := s.seen(change, operator, want)
		if err != nil {
			return err
		}
		if at, ok := delivered(told, s.fleet.PodName(replica), replica.Unready.IsZero()); ok {
			into.seen = append(into.seen, max(0, seen.Sub(at)))
		}
	}
}

// delivery is what a watch told of a Pod, and when.
type delivery struct {
	name  string
	ready bool
	at    time.Time
}

// deliver watches one app until ctx ends. The API server may end a watch at any
// time.
func (s stage) deliver(ctx context.Context, to chan<- delivery) {
	for ctx.Err() == nil {
		watch, err := s.world.Client.CoreV1().Pods(s.fleet.Namespace(probed)).Watch(ctx, metav1.ListOptions{
			LabelSelector: "app.kubernetes.io/name=" + scale.AppName(probed), ResourceVersion: "0",
		})
		if err != nil {
			continue
		}
		for event := range watch.ResultChan() {
			if pod, ok := event.Object.(*corev1.Pod); ok {
				to <- delivery{pod.Name, isReady(pod), time.Now()}
			}
		}
	}
}

// delivered finds when it was told that a Pod had become ready or unready, or
// gives up.
func delivered(told <-chan delivery, name string, ready bool) (time.Time, bool) {
	for {
		select {
		case d := <-told:
			if d.name == name && d.ready == ready {
				return d.at, true
			}
		case <-time.After(time.Second):
			return time.Time{}, false
		}
	}
}

// seen asks the API again and again until an app has so many ready replicas.
func (s stage) seen(ctx context.Context, operator *scale.Subject, want int) (time.Time, error) {
	namespace, name := s.fleet.Namespace(probed), scale.AppName(probed)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		ready, err := app(ctx, operator, namespace, name)
		if err != nil || ready == want {
			return time.Now(), err
		}
		pause() // the cores are for the others
	}
	return time.Time{}, fmt.Errorf("%s/%s does not come to %d ready replicas", namespace, name, want)
}

func pause() { time.Sleep(200 * time.Microsecond) }

func isReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
