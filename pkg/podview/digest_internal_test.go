package podview

import (
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestTheDigestKnowsEveryField(t *testing.T) {
	// AppIndex follows from Workload.
	for what, fields := range map[reflect.Type]int{
		reflect.TypeFor[Template]():             9,
		reflect.TypeFor[Scheduling]():           3,
		reflect.TypeFor[placement.WorkloadID](): 3,
		reflect.TypeFor[placement.AppKey]():     2,
		reflect.TypeFor[placement.Template]():   5,
		reflect.TypeFor[placement.Constraint](): 3,
		reflect.TypeFor[corev1.Toleration]():    5,
	} {
		if what.NumField() != fields {
			t.Errorf("%v has %d fields, and the digest is of %d: bring digest.go up to date", what, what.NumField(), fields)
		}
	}
}

func TestValuesDoNotRunIntoEachOther(t *testing.T) {
	seconds := func(n int64) *int64 { return &n }
	tolerating := func(all ...corev1.Toleration) *Scheduling { return &Scheduling{Tolerations: all} }
	seen := make(map[string]string)
	for name, s := range map[string]*Scheduling{
		"none":                       {},
		"a selector":                 {NodeSelector: map[string]string{"a": "b"}},
		"its key and value moved":    {NodeSelector: map[string]string{"ab": ""}},
		"two":                        {NodeSelector: map[string]string{"a": "b", "c": "d"}},
		"an empty affinity":          {Affinity: &corev1.NodeSelector{}},
		"any toleration":             tolerating(corev1.Toleration{}),
		"two of them":                tolerating(corev1.Toleration{}, corev1.Toleration{}),
		"a key":                      tolerating(corev1.Toleration{Key: "a"}),
		"a value":                    tolerating(corev1.Toleration{Value: "a"}),
		"an operator":                tolerating(corev1.Toleration{Operator: "a"}),
		"an effect":                  tolerating(corev1.Toleration{Effect: "a"}),
		"no seconds at all":          tolerating(corev1.Toleration{TolerationSeconds: seconds(0)}),
		"less than no seconds":       tolerating(corev1.Toleration{TolerationSeconds: seconds(-1)}),
		"a key in another's place":   tolerating(corev1.Toleration{}, corev1.Toleration{Key: "a"}),
		"seconds in another's place": tolerating(corev1.Toleration{}, corev1.Toleration{TolerationSeconds: seconds(0)}),
	} {
		class := classOf(s)
		if other, ok := seen[class]; ok {
			t.Errorf("%q and %q are of one class", name, other)
		}
		seen[class] = name
	}
}
