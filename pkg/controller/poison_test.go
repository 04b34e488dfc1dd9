package controller

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// TestPodsThatMakeReconcilePanicHarmNoOtherApp has three hundred apps panic, for
// as long as one of their Pods is on a certain node.
func TestPodsThatMakeReconcilePanicHarmNoOtherApp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bad = 300
		r := newRig(t, smaller(), append(tenNodes(), pod("web", "web-1", "n0"), pod("web", "web-2", "n1"))...)
		defer r.stop()
		r.poison(func() {})
		for i := range bad {
			app := fmt.Sprint("bad-", i)
			r.put(pod(app, app, "poison", in("bad")))
		}
		r.pass(time.Minute)
		if n := r.meter.count("panic"); n < bad {
			t.Errorf("%d panics are counted, want %d or more", n, bad)
		}
		r.put(pod("web", "web-2", "n1", unready))
		r.pass(0) // no time passes: it does not wait behind those that are retried
		r.expectApp("web", 2, 1, placement.NodeFragile)
		r.clear()
		r.pass(quiet())
		r.isEmpty()
	})
}

func TestAPodThatMakesReconcilePanicIsRetriedWithBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, smaller(), tenNodes()...)
		defer r.stop()
		var mu sync.Mutex
		var tries []time.Time
		r.poison(func() {
			mu.Lock()
			defer mu.Unlock()
			tries = append(tries, time.Now())
		})
		bad := pod("bad", "bad-1", "poison")
		r.put(bad)
		r.pass(10 * time.Minute)
		for i, d := 1, 5*time.Millisecond; i < len(tries); i, d = i+1, min(2*d, time.Minute) {
			if waited := tries[i].Sub(tries[i-1]); waited != d {
				t.Errorf("try %d came after %s, want %s", i, waited, d)
			}
		}
		if n := r.meter.count("panic"); n != len(tries) || n < 20 {
			t.Errorf("%d panics are counted of %d, want more than 20", n, len(tries))
		}
		// It changes, and harms no longer; then it harms again, from the beginning.
		r.put(pod("bad", "bad-1", "n0"))
		r.pass(10 * time.Minute)
		r.expectApp("bad", 1, 1, placement.Single)
		begin := len(tries)
		r.put(bad)
		r.pass(12 * time.Millisecond)
		if n := len(tries) - begin; n != 2 {
			t.Errorf("%d tries within 12 ms, want one at once and one after 5 ms", n)
		}
		r.clear()
		r.pass(quiet())
		r.isEmpty()
	})
}

// poison makes Gather panic for the apps of a namespace with a Pod on the node
// "poison". Each time it calls first.
func (r *rig) poison(first func()) {
	r.pass(0) // no worker reads what changes here
	inner := r.sources.NamespacePolicy
	r.sources.NamespacePolicy = func(namespace string) map[string]string {
		for p := range r.pods.OnNode("poison") {
			if p.Namespace == namespace {
				first()
				panic("a Pod that makes reconcile panic")
			}
		}
		return inner(namespace)
	}
}
