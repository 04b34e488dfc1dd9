package scale

import (
	"bytes"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

// Put is the change that makes or replaces an object, as the API server would
// store it: protobuf, under /registry.
func Put(object runtime.Object) Change {
	key, kind := keyOf(object)
	// The API server writes the type next to the object, not into it.
	object.GetObjectKind().SetGroupVersionKind(kind)
	var value bytes.Buffer
	if err := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme).Encode(object, &value); err != nil {
		panic(fmt.Sprintf("scale: encode %s: %v", key, err)) // every kind here has protobuf
	}
	return Change{Key: key, Value: value.Bytes()}
}

// Delete is the change that removes an object at once.
func Delete(object runtime.Object) Change {
	key, _ := keyOf(object)
	return Change{Key: key}
}

func keyOf(object runtime.Object) (string, schema.GroupVersionKind) {
	core, apps := corev1.SchemeGroupVersion, appsv1.SchemeGroupVersion
	switch o := object.(type) {
	case *corev1.Pod:
		return "/registry/pods/" + o.Namespace + "/" + o.Name, core.WithKind("Pod")
	case *corev1.Node:
		return "/registry/minions/" + o.Name, core.WithKind("Node") // their name of old
	case *corev1.Namespace:
		return "/registry/namespaces/" + o.Name, core.WithKind("Namespace")
	case *appsv1.ReplicaSet:
		return "/registry/replicasets/" + o.Namespace + "/" + o.Name, apps.WithKind("ReplicaSet")
	case *appsv1.Deployment:
		return "/registry/deployments/" + o.Namespace + "/" + o.Name, apps.WithKind("Deployment")
	default:
		panic(fmt.Sprintf("scale: no key for a %T", object))
	}
}
