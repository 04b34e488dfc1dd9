package podview_test

import (
	"fmt"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/podview"
)

// everything fills all that is kept of a Pod.
func everything() []option {
	seconds := int64(30)
	return []option{
		also("tier", "front", "statefulset.kubernetes.io/pod-name", "web-0", "topology.kubernetes.io/zone", "a"),
		annotated("evenkeel.dev/settle", "1m"), annotated("evenkeel.dev/mode", "observe"),
		selectingNodes("disk", "ssd", "arch", "arm64"), requiringNodes("disk", "ssd"),
		func(p *corev1.Pod) {
			p.Spec.Tolerations = []corev1.Toleration{{Key: "gone", Effect: corev1.TaintEffectNoExecute, TolerationSeconds: &seconds}}
		},
		spread(host, corev1.DoNotSchedule, selecting("app", "web")),
		mustKeepApart(far()), mustStandWith(far()),
		func(p *corev1.Pod) {
			p.Spec.Containers = []corev1.Container{requesting("cpu", "1", "example.com/gpu", "2")}
			p.Spec.Containers[0].Ports = []corev1.ContainerPort{{HostPort: 80}}
		},
		mounting("data"), annotated("controller.kubernetes.io/pod-deletion-cost", "5"), annotated("karpenter.sh/do-not-disrupt", "true"),
		having(corev1.PodReady, corev1.ConditionTrue, noon()),
		deletedAt(noon(), 30),
	}
}

// far is a term about Pods of a namespace by name and of others by their labels.
func far() corev1.PodAffinityTerm {
	t := term(zone, selecting("app", "web"))
	t.Namespaces, t.NamespaceSelector = []string{"bank"}, selecting("team", "a")
	return t
}

func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

func TestACopyIsEqualAndSharesNothing(t *testing.T) {
	tests := map[string]*podview.Pod{
		"of a Pod with everything": view(t, everything()...),
		"of a Pod with nothing":    transform(t, transformer(), &corev1.Pod{}),
	}
	for name, original := range tests {
		t.Run(name, func(t *testing.T) {
			copied := original.DeepCopyObject()
			if !equal(original, copied) {
				t.Errorf("the copy differs: %+v, %+v", original, copied)
			}
			for _, path := range shared("Pod", reflect.ValueOf(original), reflect.ValueOf(copied)) {
				t.Errorf("%s is shared", path)
			}
		})
	}
}

func TestEverythingIsEverything(t *testing.T) {
	for _, path := range empty("Pod", reflect.ValueOf(view(t, everything()...)).Elem()) {
		t.Errorf("%s is empty: the tests of copies do not see it", path)
	}
}

// shared lists what two values of one shape both point to.
func shared(path string, a, b reflect.Value) []string {
	var found []string
	switch a.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if a.IsNil() || b.IsNil() {
			return nil
		}
		if a.Pointer() == b.Pointer() && (a.Kind() != reflect.Slice || a.Cap() > 0) {
			found = append(found, path)
		}
	}
	switch a.Kind() {
	case reflect.Pointer:
		found = append(found, shared(path, a.Elem(), b.Elem())...)
	case reflect.Slice:
		for i := range min(a.Len(), b.Len()) {
			found = append(found, shared(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i))...)
		}
	case reflect.Map:
		for _, k := range a.MapKeys() {
			if v := b.MapIndex(k); v.IsValid() {
				found = append(found, shared(fmt.Sprintf("%s[%v]", path, k), a.MapIndex(k), v)...)
			}
		}
	case reflect.Struct:
		for i := range a.NumField() {
			found = append(found, shared(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))...)
		}
	}
	return found
}

// empty lists the pointers, maps and slices that hold nothing, in structs of
// this package.
func empty(path string, v reflect.Value) []string {
	var found []string
	for i := range v.NumField() {
		field, name := v.Field(i), path+"."+v.Type().Field(i).Name
		switch field.Kind() {
		case reflect.Map, reflect.Slice:
			if field.Len() == 0 {
				found = append(found, name)
			}
		case reflect.Pointer:
			if field.IsNil() {
				found = append(found, name)
			} else if field.Elem().Type().PkgPath() == v.Type().PkgPath() {
				found = append(found, empty(name, field.Elem())...)
			}
		}
	}
	return found
}
