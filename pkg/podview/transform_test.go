package podview_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/tools/cache"
)

func TestTransformLeavesWhatIsNoPodAsItIs(t *testing.T) {
	by := transformer()
	small := transform(t, by, pod())
	tombstone := cache.DeletedFinalStateUnknown{Key: "shop/web", Obj: small}
	for name, object := range map[string]any{
		"a small Pod": small, "a Node": &corev1.Node{}, "a tombstone": tombstone, "nothing": nil,
	} {
		got, err := by.Transform(object)
		if err != nil || got != object {
			t.Errorf("%s becomes %v, %v", name, got, err)
		}
	}
}

func TestTheStoreFindsKeyAndVersion(t *testing.T) {
	small := view(t, named("web-5d8f-x"))
	key, err := cache.MetaNamespaceKeyFunc(small)
	if err != nil || key != "shop/web-5d8f-x" {
		t.Errorf("key %q, %v", key, err)
	}
	object, err := meta.Accessor(small)
	if err != nil {
		t.Fatal(err)
	}
	if object.GetResourceVersion() != "42" || object.GetUID() != "uid of web-5d8f-x" {
		t.Errorf("version %q, UID %q", object.GetResourceVersion(), object.GetUID())
	}
	if small.GetName() != object.GetName() || small.GetNamespace() != object.GetNamespace() {
		t.Errorf("%s/%s is %s/%s to the store", small.GetNamespace(), small.GetName(), object.GetNamespace(), object.GetName())
	}
}

func TestTheTransformDoesNotChangeThePod(t *testing.T) {
	original := pod(everything()...)
	copied := original.DeepCopy()
	transform(t, transformer(), original)
	if !equal(original, copied) {
		t.Error("the Pod is not what it was")
	}
}

func TestAnUpdateThatNoVerdictCouldTellIsTheSame(t *testing.T) {
	ready := having(corev1.PodReady, corev1.ConditionTrue, noon())
	tests := map[string]struct {
		change option
		same   bool
	}{
		"a new version alone is":        {func(p *corev1.Pod) { p.ResourceVersion = "43" }, true},
		"another address is":            {func(p *corev1.Pod) { p.Status.PodIP = "10.0.0.1" }, true},
		"a container's restart is":      {func(p *corev1.Pod) { p.Status.ContainerStatuses = []corev1.ContainerStatus{{RestartCount: 3}} }, true},
		"another's annotation is":       {annotated("example.com/a", "b"), true},
		"another condition is":          {having(corev1.PodInitialized, corev1.ConditionTrue, noon()), true},
		"another node is not":           {on("node-2"), false},
		"another UID is not":            {func(p *corev1.Pod) { p.UID = "another" }, false},
		"another label is not":          {also("tier", "front"), false},
		"becoming ready is not":         {ready, false},
		"an end is not":                 {inPhase(corev1.PodFailed), false},
		"a deletion is not":             {deletedAt(noon(), 30), false},
		"another creation is not":       {createdAt(noon().AddDate(0, 0, 1)), false},
		"a change of placing is not":    {having(corev1.PodScheduled, corev1.ConditionTrue, noon().AddDate(0, 0, 1)), false},
		"one of our annotations is not": {annotated("evenkeel.dev/settle", "1m"), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			by := transformer()
			before, after := transform(t, by, pod()), transform(t, by, pod(test.change))
			if before.SameFor(after) != test.same || after.SameFor(before) != test.same {
				t.Errorf("the same: %t, want %t", before.SameFor(after), test.same)
			}
		})
	}
}
