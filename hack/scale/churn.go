package scale

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Churn changes a fleet's Pods: seven times out of ten one turns unready or
// ready again, else one is deleted and another takes its place, which is three
// changes.
type Churn struct {
	Fleet Fleet
	Etcd  *Etcd
	// Spare is an app that is left alone; negative for none.
	Spare int

	// limiter holds all workers together to a number of changes a second, and
	// lets them make up for a moment in which etcd was slow.
	limiter *rate.Limiter
	made    atomic.Int64
	// workers have apps of their own, so that no Pod is changed twice at once.
	workers []*churner
}

// churner changes each nth app's Pods.
type churner struct {
	churn *Churn
	n     int
	dice  *rand.Rand
	// replicas are those that are not as the fleet made them.
	replicas map[[2]int]Replica
	// unready are those that are not Ready.
	unready []Replica
	// next are the changes that complete one begun before.
	next []func() Change
}

// churners is how many changes may be on their way at once.
const churners = 32

// NewChurn makes a churn of so many changes a second, which does nothing before
// Run.
func NewChurn(fleet Fleet, etcd *Etcd, perSecond, spare int) *Churn {
	// What is made up for comes at no more than the changes of 50 ms at once.
	limiter := rate.NewLimiter(rate.Limit(perSecond), max(1, perSecond/20))
	c := &Churn{Fleet: fleet, Etcd: etcd, Spare: spare, limiter: limiter}
	for n := range min(churners, fleet.Apps) {
		c.workers = append(c.workers, &churner{
			churn: c, n: n, replicas: make(map[[2]int]Replica),
			dice: rand.New(rand.NewPCG(1, uint64(n))), //nolint:gosec // the same changes in each run
		})
	}
	return c
}

// Made is how many changes have been made.
func (c *Churn) Made() int { return int(c.made.Load()) }

// Run changes Pods until ctx ends, which is no error. It may be called again.
func (c *Churn) Run(ctx context.Context) error {
	return c.each(func(w *churner) error {
		for {
			if err := c.limiter.Wait(ctx); err != nil {
				return nil //nolint:nilerr // ctx ends, now or before the next change
			}
			// A change that is begun is ended.
			if err := w.write(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		}
	})
}

// Rest makes every Pod Ready and ends what is begun.
func (c *Churn) Rest(ctx context.Context) error {
	return c.each(func(w *churner) error {
		for len(w.next) > 0 || len(w.unready) > 0 {
			if len(w.next) == 0 {
				w.heal()
			}
			if err := w.write(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *Churn) each(do func(*churner) error) error {
	errs := make(chan error, len(c.workers))
	var running sync.WaitGroup
	for _, w := range c.workers {
		running.Go(func() { errs <- do(w) })
	}
	running.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// write makes the next change.
func (w *churner) write(ctx context.Context) error {
	if len(w.next) == 0 {
		w.begin()
	}
	change := w.next[0]()
	w.next = w.next[1:]
	if err := w.churn.Etcd.Write(ctx, change); err != nil {
		return err
	}
	w.churn.made.Add(1)
	return nil
}

func (w *churner) of(app, replica int) Replica {
	if r, ok := w.replicas[[2]int{app, replica}]; ok {
		return r
	}
	return Replica{App: app, Index: replica}
}

func (w *churner) put(r Replica) func() Change {
	w.replicas[[2]int{r.App, r.Index}] = r
	return func() Change { return Put(w.churn.Fleet.Pod(r)) }
}

// begin decides on a change. As many Pods turn ready as turn unready.
func (w *churner) begin() {
	if w.dice.IntN(10) < 3 {
		w.replace(w.any())
		return
	}
	if len(w.unready) > 20 {
		w.heal()
		return
	}
	r := w.any()
	if !r.Unready.IsZero() {
		w.begin()
		return
	}
	r.Unready = time.Now()
	w.unready = append(w.unready, r)
	w.next = append(w.next, w.put(r))
}

// heal makes the Pod that has been unready for longest Ready.
func (w *churner) heal() {
	r := w.unready[0]
	w.unready = w.unready[1:]
	r.Unready, r.Since = time.Time{}, time.Now()
	w.next = append(w.next, w.put(r))
}

// replace deletes a Pod as the API server does, in two steps, and makes its
// successor. One that is unready is left to heal.
func (w *churner) replace(r Replica) {
	if !r.Unready.IsZero() {
		w.heal()
		return
	}
	fleet := w.churn.Fleet
	r.Leaving = time.Now()
	successor := Replica{App: r.App, Index: r.Index, Round: r.Round + 1, Since: time.Now()}
	w.next = append(w.next,
		func() Change { return Put(fleet.Pod(r)) },
		func() Change { return Delete(fleet.Pod(r)) },
		w.put(successor))
}

// any picks a Pod of the worker's apps.
func (w *churner) any() Replica {
	workers, fleet := len(w.churn.workers), w.churn.Fleet
	for {
		app := w.n + workers*w.dice.IntN((fleet.Apps-w.n+workers-1)/workers)
		if app != w.churn.Spare || fleet.Apps <= workers {
			return w.of(app, w.dice.IntN(fleet.PodsPerApp))
		}
	}
}
