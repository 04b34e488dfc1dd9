package controller

import (
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestTheClusterAndItsClockSayHowLongAPlacementHasStood(t *testing.T) {
	for name, ahead := range map[string]time.Duration{
		"where this machine's says the same":  0,
		"where this machine's is behind":      10 * time.Minute,
		"where this machine's is ahead of it": -10 * time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 0)
				w.ahead = ahead
				w.add(three()...)
				w.start()
				defer w.stop()
				there := func() time.Time { return time.Now().Add(ahead) }
				w.add(pod("web", "web-4", "a", func(p *corev1.Pod) {
					p.CreationTimestamp = metav1.NewTime(there())
					for i := range p.Status.Conditions {
						p.Status.Conditions[i].LastTransitionTime = p.CreationTimestamp
					}
				}))
				w.pass(28 * time.Second)
				w.expectVerdict("web", placement.Settling)
				w.pass(3 * time.Second)
				w.expectVerdict("web", placement.Healthy)
				// What no timestamp tells of is seen by the same clock.
				w.remove(pod("web", "web-1", "a"))
				w.pass(28 * time.Second)
				w.expectVerdict("web", placement.Settling)
				w.pass(3 * time.Second)
				w.expectVerdict("web", placement.Healthy)
				for _, item := range w.report.Items() {
					if item.Since.After(there()) {
						t.Errorf("%s since %s, and it is %s", item.Verdict, item.Since, there())
					}
				}
			})
		})
	}
}
