package snapshot_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestTheNamespaceAndThePodThatSaysLeastSayHowFarOneMayGo(t *testing.T) {
	shadow, enforce := saying(placement.ModeAnnotation, "shadow"), saying(placement.ModeAnnotation, "enforce")
	later := revised("2", time.Minute)
	cases := map[string]struct {
		pods []*corev1.Pod
		want string
	}{
		"there is none":              {nil, ""},
		"none says anything":         {[]*corev1.Pod{pod("old", "a")}, ""},
		"the newest says more":       {[]*corev1.Pod{pod("old", "a", shadow), pod("new", "a", later, enforce)}, "shadow"},
		"the newest says less":       {[]*corev1.Pod{pod("old", "a", enforce), pod("new", "a", later, shadow)}, "shadow"},
		"the newest says nothing":    {[]*corev1.Pod{pod("old", "a", enforce), pod("new", "a", later)}, "enforce"},
		"one says what nobody knows": {[]*corev1.Pod{pod("old", "a", saying(placement.ModeAnnotation, "maybe")), pod("new", "a", later, enforce)}, "enforce"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.sources.NamespacePolicy = func(namespace string) map[string]string {
				return map[string]string{placement.ModeAnnotation: "in " + namespace}
			}
			w.put(c.pods...)
			id := placement.WorkloadID{AppKey: web(), Kind: "Deployment", Name: "web"}
			if got, want := w.sources.Consent(id), (placement.Consent{Namespace: "in shop", Pods: c.want}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}
