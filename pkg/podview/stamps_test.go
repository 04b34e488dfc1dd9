package podview_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/podview"
)

// deletedAt is for a Pod whose deletion was asked for so many seconds before
// the time that the API server puts down.
func deletedAt(end time.Time, grace int64) option {
	return func(p *corev1.Pod) {
		deadline := metav1.NewTime(end)
		p.DeletionTimestamp, p.DeletionGracePeriodSeconds = &deadline, &grace
	}
}

func createdAt(at time.Time) option {
	return func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(at) }
}

func TestTimestampsAreThePodsOwn(t *testing.T) {
	later := noon().Add(7 * time.Second)
	created := func(p *podview.Pod) podview.Stamp { return p.Created }
	placed := func(p *podview.Pod) podview.Stamp { return p.Placed }
	changed := func(p *podview.Pod) podview.Stamp { return p.Changed }
	deleted := func(p *podview.Pod) podview.Stamp { return p.Deleted }
	tests := map[string]struct {
		pod  []option
		of   func(*podview.Pod) podview.Stamp
		want time.Time
	}{
		"it was created when it says":   {nil, created, noon()},
		"a Pod without a time has none": {[]option{createdAt(time.Time{})}, created, time.Time{}},
		"a time before 1970 is none":    {[]option{createdAt(time.Unix(-5, 0))}, created, time.Time{}},
		"a time past what is kept is the last that is": {
			[]option{createdAt(noon().AddDate(1000, 0, 0))}, created, time.Unix(1<<32-1, 0).UTC(),
		},
		"it was placed when PodScheduled became true":     {[]option{having(corev1.PodScheduled, corev1.ConditionTrue, later)}, placed, later},
		"without PodScheduled it was placed when created": {nil, placed, noon()},
		"a PodScheduled without a time says nothing": {
			[]option{having(corev1.PodScheduled, corev1.ConditionTrue, time.Time{})}, placed, noon(),
		},
		"on a node, a PodScheduled that is false is not believed": {
			[]option{having(corev1.PodScheduled, corev1.ConditionFalse, later)}, placed, noon(),
		},
		"without a node it has not been placed": {
			[]option{on(""), having(corev1.PodScheduled, corev1.ConditionTrue, later)}, placed, time.Time{},
		},
		"it changed when Ready became true":  {[]option{having(corev1.PodReady, corev1.ConditionTrue, later)}, changed, later},
		"it changed when Ready became false": {[]option{having(corev1.PodReady, corev1.ConditionFalse, later)}, changed, later},
		"without Ready it never changed":     {nil, changed, time.Time{}},
		"its deletion was asked for its grace period before it ends": {
			[]option{deletedAt(noon().Add(30*time.Second), 30)}, deleted, noon(),
		},
		"a deletion without grace ends when it was asked for": {[]option{deletedAt(noon(), 0)}, deleted, noon()},
		"a deletion of unknown grace counts from its end": {
			[]option{deletedAt(noon(), 0), func(p *corev1.Pod) { p.DeletionGracePeriodSeconds = nil }}, deleted, noon(),
		},
		"a Pod that stays was not deleted": {nil, deleted, time.Time{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.of(view(t, test.pod...)).Time(); !got.Equal(test.want) || got.IsZero() != test.want.IsZero() {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestReadyIsTheCondition(t *testing.T) {
	tests := map[string]struct {
		pod   []option
		ready bool
	}{
		"true is ready":         {[]option{having(corev1.PodReady, corev1.ConditionTrue, noon())}, true},
		"false is not":          {[]option{having(corev1.PodReady, corev1.ConditionFalse, noon())}, false},
		"unknown is not":        {[]option{having(corev1.PodReady, corev1.ConditionUnknown, noon())}, false},
		"none at all is not":    {nil, false},
		"containers are not it": {[]option{having(corev1.ContainersReady, corev1.ConditionTrue, noon())}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := view(t, test.pod...).Ready; got != test.ready {
				t.Errorf("ready %t, want %t", got, test.ready)
			}
		})
	}
}
