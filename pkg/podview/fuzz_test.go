package podview_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/randfill"
)

func FuzzTransform(f *testing.F) {
	for _, seed := range []string{"", "a", "Pods of any shape", "\x00\xff\x80\x01", "0123456789abcdefghijklmnopqrstuvwxyz"} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, owned bool) {
		original := &corev1.Pod{}
		randfill.NewFromGoFuzz(data).NilChance(0.3).NumElements(0, 3).Fill(original)
		if owned {
			for i := range original.OwnerReferences {
				original.OwnerReferences[i].Controller = &owned
			}
			original.Spec.RestartPolicy = corev1.RestartPolicyAlways
		}
		by := transformer()
		twin := original.DeepCopy()
		small := transform(t, by, original)

		if again, err := by.Transform(small); err != nil || again != any(small) {
			t.Errorf("a second transform gives %v, %v", again, err)
		}
		if other := transform(t, by, twin); other.Template != small.Template || !other.SameFor(small) {
			t.Error("equal Pods are told apart")
		}
		if copied := small.DeepCopyObject(); !equal(copied, small) {
			t.Error("its copy differs")
		}
		want, _ := cache.MetaNamespaceKeyFunc(original)
		if key, err := cache.MetaNamespaceKeyFunc(small); err != nil || key != want {
			t.Errorf("its key is %q, %v; want %q", key, err, want)
		}
		// An index entry of an app that nobody judges would be waited for.
		if judged := small.Template.Judged(); judged != (len(small.Template.AppIndex) == 1) {
			t.Errorf("judged %t, and indexed as %q", judged, small.Template.AppIndex)
		}
	})
}
