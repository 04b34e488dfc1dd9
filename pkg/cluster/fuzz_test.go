package cluster

import (
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/randfill"
)

// FuzzTransforms makes Nodes and Namespaces of any shape small. Pods have a
// transform of their own, with a target of its own.
func FuzzTransforms(f *testing.F) {
	for _, seed := range []string{"", "a", "Nodes of any shape", "\x00\xff\x80\x01", "0123456789abcdefghijklmnopqrstuvwxyz"} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, node bool) {
		var original runtime.Object = &corev1.Namespace{}
		if node {
			original = &corev1.Node{}
		}
		randfill.NewFromGoFuzz(data).NilChance(0.3).NumElements(0, 3).Fill(original)
		original.(metav1.Object).SetNamespace("") // neither is in one
		before := original.DeepCopyObject()
		transform := Transforms{}.Func()
		small, err := transform(original)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(before, original) {
			t.Error("the original is changed")
		}
		if again, err := transform(small); err != nil || !reflect.DeepEqual(again, small) {
			t.Errorf("a second transform gives %+v, %v; want %+v", again, err, small)
		}
		want, _ := cache.MetaNamespaceKeyFunc(before)
		if key, err := cache.MetaNamespaceKeyFunc(small); err != nil || key != want {
			t.Errorf("its key is %q, %v; want %q", key, err, want)
		}
	})
}
