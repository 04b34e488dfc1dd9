package snapshot_test

import (
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestTheNamespaceAndTheNewestPodSayHowFarOneMayGo(t *testing.T) {
	w := newWorld(t)
	w.sources.NamespacePolicy = func(namespace string) map[string]string {
		return map[string]string{placement.ModeAnnotation: "in " + namespace}
	}
	id := placement.WorkloadID{AppKey: web(), Kind: "Deployment", Name: "web"}
	if got, want := w.sources.Consent(id), (placement.Consent{Namespace: "in shop"}); got != want {
		t.Errorf("without Pods: %+v, want %+v", got, want)
	}
	w.put(
		pod("old", "a", saying(placement.ModeAnnotation, "shadow")),
		pod("new", "a", revised("2", time.Minute), saying(placement.ModeAnnotation, "enforce")),
	)
	if got, want := w.sources.Consent(id), (placement.Consent{Namespace: "in shop", Pods: "enforce"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
