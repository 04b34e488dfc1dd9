package snapshot_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"evenkeel.dev/evenkeel/pkg/podview"
)

// BenchmarkDecode compares the ways from the wire to the small Pod.
//
//	go test ./pkg/snapshot -run='^$' -bench=Decode
func BenchmarkDecode(b *testing.B) {
	pod := &corev1.Pod{}
	if err := yaml.UnmarshalStrict(podYAML, pod); err != nil {
		b.Fatal(err)
	}
	message, err := pod.Marshal()
	if err != nil {
		b.Fatal(err)
	}
	for name, thin := range map[string]func([]byte) ([]byte, error){
		"whole": func(m []byte) ([]byte, error) { return m, nil },
		"thin":  podview.NewThinner().Pod,
	} {
		b.Run(name, func(b *testing.B) {
			by := podview.NewTransformer(podview.DefaultAppLabels())
			b.ReportAllocs()
			for b.Loop() {
				left, err := thin(slices.Clone(message)) // the copy is the client's, in both
				if err != nil {
					b.Fatal(err)
				}
				decoded := &corev1.Pod{}
				if err := decoded.Unmarshal(left); err != nil {
					b.Fatal(err)
				}
				if _, err := by.Transform(decoded); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
