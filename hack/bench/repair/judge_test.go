package main

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestAnAppIsJudgedByWhereItsReadyReplicasAre(t *testing.T) {
	// The nodes' zones are a, b, c, a, … and the fourth is in that of the first.
	for name, test := range map[string]struct {
		nodes []int // of the replicas that are ready
		going bool  // one more is being deleted
		want  standing
	}{
		"spread over nodes and zones":      {nodes: []int{1, 2, 3}, want: standing{healthy: 1, safe: 1}},
		"all on one node":                  {nodes: []int{1, 1, 1}, want: standing{}},
		"two of three on one node":         {nodes: []int{1, 1, 2}, want: standing{safe: 1}},
		"on two nodes, but in one zone":    {nodes: []int{1, 4, 7}, want: standing{safe: 1}},
		"spread, but a replica is away":    {nodes: []int{1, 2}, want: standing{safe: 1}},
		"spread, but one is being deleted": {nodes: []int{1, 2, 3}, going: true, want: standing{safe: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &sight{
				pods:  cache.NewSharedIndexInformer(&cache.ListWatch{}, &corev1.Pod{}, 0, nil),
				nodes: cache.NewSharedIndexInformer(&cache.ListWatch{}, &corev1.Node{}, 0, nil),
			}
			for _, n := range localcluster.Nodes(nodes, zones) {
				n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
				put(t, s.nodes, n)
			}
			for i, n := range test.nodes {
				put(t, s.pods, replica(i, n))
			}
			if test.going {
				p := replica(len(test.nodes), 9)
				p.DeletionTimestamp = new(metav1.Now())
				put(t, s.pods, p)
			}
			if got := s.standing(placement.DefaultPolicy()); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}

func put(t *testing.T, informer cache.SharedIndexInformer, object any) {
	t.Helper()
	if err := informer.GetStore().Add(object); err != nil {
		t.Fatal(err)
	}
}

// replica is a ready one of an app, on the n-th node, counted from 1.
func replica(i, n int) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: fmt.Sprint("a-", i), Labels: map[string]string{appLabel: "a"}},
		Spec:       corev1.PodSpec{NodeName: node(n - 1)},
		Status:     corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
	}
}
