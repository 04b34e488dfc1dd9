package repair

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestANodeThatIsAboutToGoIsKnownByItsMarks(t *testing.T) {
	tainted := func(key string) *corev1.Node {
		return &corev1.Node{Spec: corev1.NodeSpec{Taints: []corev1.Taint{{Key: "dedicated", Value: "x"}, {Key: key, Effect: corev1.TaintEffectPreferNoSchedule}}}}
	}
	tests := map[string]struct {
		node *corev1.Node
		want string
	}{
		"nothing":                                {&corev1.Node{}, ""},
		"a taint of no such meaning":             {tainted("node.kubernetes.io/memory-pressure"), ""},
		"cordoned":                               {&corev1.Node{Spec: corev1.NodeSpec{Unschedulable: true}}, "is cordoned"},
		"deleted":                                {&corev1.Node{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: new(metav1.Now())}}, "is being deleted"},
		"the autoscaler deletes it":              {tainted("ToBeDeletedByClusterAutoscaler"), "bears the taint ToBeDeletedByClusterAutoscaler"},
		"the autoscaler may delete it":           {tainted("DeletionCandidateOfClusterAutoscaler"), "bears the taint DeletionCandidateOfClusterAutoscaler"},
		"Karpenter replaces it":                  {tainted("karpenter.sh/disrupted"), "bears the taint karpenter.sh/disrupted"},
		"Karpenter replaces it, in an older way": {tainted("karpenter.sh/disruption"), "bears the taint karpenter.sh/disruption"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Leaving(test.node); got != test.want {
				t.Errorf("it %q, want %q", got, test.want)
			}
		})
	}
}
