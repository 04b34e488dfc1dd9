package scale

import (
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// NamespaceNamed makes a namespace.
func (f Fleet) NamespaceNamed(name string) *corev1.Namespace {
	return &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, UID: types.UID(uid("namespace", name)), CreationTimestamp: metav1.NewTime(f.Now.Add(-f.Age)),
			Labels: map[string]string{corev1.LabelMetadataName: name},
		},
		Spec:   corev1.NamespaceSpec{Finalizers: []corev1.FinalizerName{corev1.FinalizerKubernetes}},
		Status: corev1.NamespaceStatus{Phase: corev1.NamespaceActive},
	}
}

// Owners makes an app's Deployment and ReplicaSet.
func (f Fleet) Owners(app int) (*appsv1.Deployment, *appsv1.ReplicaSet) {
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/name": AppName(app)}}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: f.labels(app, false)}, Spec: f.podSpec(app)}
	meta := metav1.ObjectMeta{
		Namespace: f.Namespace(app), Name: AppName(app), UID: types.UID(uid("deployment", f.Prefix, app)),
		CreationTimestamp: metav1.NewTime(f.Now.Add(-f.Age)), Generation: 1, Labels: f.labels(app, false),
	}
	replicas := new(int32(f.PodsPerApp))
	deployment := &appsv1.Deployment{
		ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Replicas: replicas, Selector: selector, Template: template},
	}
	meta.Name, meta.UID = AppName(app)+"-"+revision(app), types.UID(uid("replicaset", f.Prefix, app))
	meta.Labels = f.labels(app, true)
	meta.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: "apps/v1", Kind: "Deployment", Name: deployment.Name, UID: deployment.UID,
		Controller: new(true), BlockOwnerDeletion: new(true),
	}}
	return deployment, &appsv1.ReplicaSet{
		ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Replicas: replicas, Selector: selector, Template: template},
	}
}

// Node makes the nth node, with a heartbeat at beat. It is Ready unless lost,
// which is since when it is not; then it has the taint that
// kube-controller-manager would give it.
func (f Fleet) Node(n int, beat, lost time.Time) *corev1.Node {
	name := NodeName(n)
	ready, since := corev1.ConditionTrue, f.Now.Add(-f.Age)
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, UID: types.UID(uid("node", n)), CreationTimestamp: metav1.NewTime(f.Now.Add(-f.Age)),
			Labels: map[string]string{
				corev1.LabelHostname: name, corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64",
				corev1.LabelTopologyZone: ZoneOf(n), corev1.LabelTopologyRegion: "region-1",
				corev1.LabelInstanceTypeStable: "m7.8xlarge", "node.kubernetes.io/lifecycle": "on-demand",
			},
			Annotations: map[string]string{"node.alpha.kubernetes.io/ttl": "0", "csi.volume.kubernetes.io/nodeid": `{"csi.example.com":"` + name + `"}`},
		},
		Spec: corev1.NodeSpec{ProviderID: "example:///" + ZoneOf(n) + "/" + name, PodCIDR: "10.128.0.0/24"},
	}
	if !lost.IsZero() {
		ready, since = corev1.ConditionUnknown, lost
		at := metav1.NewTime(lost.Truncate(time.Second))
		node.Spec.Taints = []corev1.Taint{{Key: corev1.TaintNodeUnreachable, Effect: corev1.TaintEffectNoExecute, TimeAdded: &at}}
	}
	condition := func(kind corev1.NodeConditionType, status corev1.ConditionStatus, since time.Time) corev1.NodeCondition {
		return corev1.NodeCondition{
			Type: kind, Status: status, Reason: "Kubelet" + string(kind), Message: "kubelet is posting its status",
			LastHeartbeatTime: metav1.NewTime(beat.Truncate(time.Second)), LastTransitionTime: metav1.NewTime(since.Truncate(time.Second)),
		}
	}
	old := f.Now.Add(-f.Age)
	node.Status = corev1.NodeStatus{
		Capacity: nodeResources(), Allocatable: nodeResources(),
		Conditions: []corev1.NodeCondition{
			condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, old), condition(corev1.NodeDiskPressure, corev1.ConditionFalse, old),
			condition(corev1.NodePIDPressure, corev1.ConditionFalse, old), condition(corev1.NodeReady, ready, since),
		},
		Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "10.0.12.34"}, {Type: corev1.NodeHostName, Address: name}},
		NodeInfo:  corev1.NodeSystemInfo{OperatingSystem: "linux", Architecture: "amd64", KubeletVersion: "v1.37.2", ContainerRuntimeVersion: "containerd://2.2.0"},
	}
	for i := range 20 {
		image := fmt.Sprintf("registry.example/shop/image-%02d", i)
		node.Status.Images = append(node.Status.Images, corev1.ContainerImage{
			Names: []string{image + "@sha256:" + strings.Repeat("0a1b2c3d", 8), image + ":v2.14.3"}, SizeBytes: 123456789,
		})
	}
	return node
}

func nodeResources() corev1.ResourceList {
	r := quantities("64", "512Gi")
	r[corev1.ResourcePods] = resource.MustParse("250")
	r[corev1.ResourceEphemeralStorage] = resource.MustParse("200Gi")
	return r
}
