package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/hack/scale"
)

// changesPerSecond is how many Pods change.
const changesPerSecond = 1000

// probed is the app that the bench changes itself, to see when its verdict
// follows: one that is spread over three zones.
const probed = 8

// changing measures how the operator follows changes of Pods: by its own
// histogram, which takes in every change, and from outside for a few.
func (s stage) changing(ctx context.Context, operator *scale.Subject) error {
	say("%d changes a second for %s", changesPerSecond, s.churn)
	before, err := operator.Scrape(ctx)
	if err != nil {
		return err
	}
	cpu, err := operator.CPU()
	if err != nil {
		return err
	}
	if err := operator.ResetPeak(); err != nil {
		return err
	}
	begun := time.Now()
	changes, end := context.WithTimeout(ctx, s.churn)
	defer end()
	probes := make(chan error, 1)
	go func() { probes <- s.probe(changes, operator) }()
	if err := s.changes.Run(changes); err != nil {
		return err
	}
	took, made := time.Since(begun).Seconds(), float64(s.changes.Made())
	cpuAfter, err := operator.CPU()
	if err != nil {
		return err
	}
	if err := <-probes; err != nil {
		return err
	}
	after, err := operator.Scrape(ctx)
	if err != nil {
		return err
	}
	memory, err := operator.Memory()
	if err != nil {
		return err
	}
	verdicts := after.HistogramSince(before, "evenkeel_event_to_verdict_seconds")
	c := &s.into.churn
	c.rate = made / took
	c.p50, c.p99, c.within = verdicts.Quantile(.5), verdicts.Quantile(.99), verdicts.Within(.01)
	c.lowest = verdicts.Lowest()
	c.merged = verdicts.Count() / made
	c.restarts = after.Sum("evenkeel_watch_restarts_total") - before.Sum("evenkeel_watch_restarts_total")
	c.cpu, c.peak = (cpuAfter-cpu).Seconds()/took, memory.Peak
	say("%.0f changes a second; p50 %.2f ms, p99 %.2f ms, %.2f%% within 10 ms, %.0f watches ended; from outside p50 %s, p99 %s",
		c.rate, c.p50*1e3, c.p99*1e3, c.within*100, c.restarts, c.seen.quantile(.5), c.seen.quantile(.99))
	return s.changes.Rest(ctx)
}

// probe changes one app's Pods in turn until ctx ends, ten times a second, and
// notes how long after a watch of its own told of a change the API did.
func (s stage) probe(ctx context.Context, operator *scale.Subject) error {
	told := make(chan delivery, 1000)
	go s.deliver(ctx, told)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
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
			s.into.churn.seen = append(s.into.churn.seen, max(0, seen.Sub(at)))
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
