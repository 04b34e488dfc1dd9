package controller

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// past is before any bubble's time begins.
func past() metav1.Time { return metav1.Date(1999, time.December, 31, 12, 0, 0, 0, time.UTC) }

type podOption func(*corev1.Pod)

// pod builds a replica of an app in the namespace shop: ready for long, of the
// app's Deployment.
func pod(app, name, node string, options ...podOption) *corev1.Pod {
	yes, old := true, past()
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: types.UID("uid of " + name), CreationTimestamp: old,
			Labels: map[string]string{"app": app, "pod-template-hash": "1"},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "apps/v1", Kind: "ReplicaSet", Name: app + "-1", UID: types.UID("uid of " + app), Controller: &yes,
			}},
		},
		Spec: corev1.PodSpec{NodeName: node, RestartPolicy: corev1.RestartPolicyAlways},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning,
			Conditions: []corev1.PodCondition{
				{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: old},
				{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: old},
			},
		},
	}
	for _, o := range options {
		o(p)
	}
	return p
}

func unready(p *corev1.Pod) { p.Status.Conditions[1].Status = corev1.ConditionFalse }

func finished(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }

// terminating is for a Pod whose deletion was just asked for.
func terminating(p *corev1.Pod) {
	grace := int64(30)
	end := metav1.NewTime(time.Now().Add(30 * time.Second))
	p.DeletionTimestamp, p.DeletionGracePeriodSeconds = &end, &grace
}

func ofDaemonSet(p *corev1.Pod) { p.OwnerReferences[0].Kind = "DaemonSet" }

func in(namespace string) podOption {
	return func(p *corev1.Pod) { p.Namespace = namespace }
}

func withUID(uid types.UID) podOption {
	return func(p *corev1.Pod) { p.UID = uid }
}

func saying(annotation, value string) podOption {
	return func(p *corev1.Pod) { metav1.SetMetaDataAnnotation(&p.ObjectMeta, annotation, value) }
}

func onlyOn(label, value string) podOption {
	return func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{label: value} }
}

func tolerating(key string) podOption {
	return func(p *corev1.Pod) {
		p.Spec.Tolerations = []corev1.Toleration{{Key: key, Operator: corev1.TolerationOpExists}}
	}
}

type nodeOption func(*corev1.Node)

// node builds a node that is Ready and takes any Pod.
func node(name string, options ...nodeOption) *corev1.Node {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid of " + name), Labels: map[string]string{}},
		Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
			{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastTransitionTime: past()},
		}},
	}
	for _, o := range options {
		o(n)
	}
	return n
}

func cordoned(n *corev1.Node) { n.Spec.Unschedulable = true }

func notReady(n *corev1.Node) {
	n.Status.Conditions[0].Status = corev1.ConditionUnknown
	n.Status.Conditions[0].LastTransitionTime = metav1.Now()
}

func labelled(key, value string) nodeOption {
	return func(n *corev1.Node) { n.Labels[key] = value }
}

func inZone(zone string) nodeOption { return labelled(corev1.LabelTopologyZone, zone) }

func tainted(key string) nodeOption {
	return func(n *corev1.Node) {
		n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: key, Effect: corev1.TaintEffectNoSchedule})
	}
}

// namespace builds one with annotations, given in pairs.
func namespace(name string, annotations ...string) *corev1.Namespace {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid of " + name)}}
	for i := 0; i < len(annotations); i += 2 {
		metav1.SetMetaDataAnnotation(&ns.ObjectMeta, annotations[i], annotations[i+1])
	}
	return ns
}

// beating is a node that has just been heard of.
func beating(n *corev1.Node) { n.Status.Conditions[0].LastHeartbeatTime = metav1.Now() }
