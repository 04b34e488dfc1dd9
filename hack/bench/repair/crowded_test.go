package main

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestTheFirstReplicasGoToOneNodeAndTheirSuccessorsToOthers(t *testing.T) {
	c := &crowded{app: app{"n", "a"}, node: nodes - 1}
	for i, want := range []string{"node-20", "node-20", "node-20", "node-1", "node-2"} {
		if c.whole() != (i == replicas) {
			t.Errorf("before Pod %d the crowd is whole: %t", i, c.whole())
		}
		if got := c.next("pod"); got != want {
			t.Errorf("Pod %d goes to %s, want %s", i, got, want)
		}
	}
}

func TestAnAppIsPlacedWhenTheLastOfItsFirstReplicasIs(t *testing.T) {
	noon := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	bound := func(name string, at time.Time, status corev1.ConditionStatus) *corev1.Pod {
		return &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Status: corev1.PodStatus{Conditions: []corev1.PodCondition{
				{Type: corev1.PodScheduled, Status: status, LastTransitionTime: metav1.NewTime(at)},
			}},
		}
	}
	c := &crowded{pods: []string{"a", "b"}}
	c.saw(bound("a", noon.Add(time.Second), corev1.ConditionTrue))
	c.saw(bound("b", noon, corev1.ConditionTrue))
	c.saw(bound("b", noon.Add(2*time.Second), corev1.ConditionFalse))
	c.saw(bound("successor", noon.Add(9*time.Second), corev1.ConditionTrue))
	if want := noon.Add(time.Second); !c.placed.Equal(want) {
		t.Errorf("placed at %s, want %s", c.placed, want)
	}
}
