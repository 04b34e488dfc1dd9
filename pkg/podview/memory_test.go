package podview_test

import (
	"runtime"
	"strings"
	"testing"
	"unsafe"
	"weak"

	corev1 "k8s.io/api/core/v1"
)

// huge is a string of 256 KiB and tells whether it is still there.
func huge() (value string, there func() bool) {
	memory := new([256 << 10]byte)
	copy(memory[:], strings.Repeat("x", len(memory)))
	kept := weak.Make(memory)
	return unsafe.String(&memory[0], len(memory)), func() bool { return kept.Value() != nil }
}

func TestNothingOfThePodIsKeptAlive(t *testing.T) {
	places := map[string]func(*corev1.Pod, string){
		"an annotation of another's": func(p *corev1.Pod, s string) { annotated("example.com/a", s)(p) },
		"an annotation of ours":      func(p *corev1.Pod, s string) { annotated("evenkeel.dev/settle", s)(p) },
		"a label":                    func(p *corev1.Pod, s string) { also("app", s[:63])(p) },
		"the node's name":            func(p *corev1.Pod, s string) { p.Spec.NodeName = s[:63] },
		"a container's environment": func(p *corev1.Pod, s string) {
			p.Spec.Containers = []corev1.Container{{Env: []corev1.EnvVar{{Name: "A", Value: s}}}}
		},
		"its status": func(p *corev1.Pod, s string) { p.Status.Message = s },
	}
	for name, put := range places {
		t.Run(name, func(t *testing.T) {
			value, there := huge()
			p := pod()
			put(p, value)
			whole := weak.Make(p)
			small := transform(t, transformer(), p)
			runtime.GC()
			if there() {
				t.Error("256 KiB are kept")
			}
			if whole.Value() != nil {
				t.Error("the whole Pod is kept")
			}
			runtime.KeepAlive(small)
		})
	}
}
