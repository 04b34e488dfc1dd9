package scale

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Replica is one of a fleet's Pods.
type Replica struct {
	App, Index int
	// Round counts how often the Pod has been replaced by another.
	Round int
	// Unready is since when it is not Ready; zero where it is. Since is when it
	// last became Ready; zero for the fleet's age ago.
	Unready, Since time.Time
	// Leaving is when its deletion was asked for; zero where it was not.
	Leaving time.Time
}

func revision(app int) string { return word(10, "revision", app) }

// PodName names a replica.
func (f Fleet) PodName(r Replica) string {
	return fmt.Sprintf("%s-%s-%s", AppName(r.App), revision(r.App), word(5, "pod", f.Prefix, r.App, r.Index, r.Round))
}

// Pod makes a replica as kube-controller-manager, the scheduler and a kubelet
// leave it: two containers with twelve variables each, volumes, probes,
// statuses and managed fields.
func (f Fleet) Pod(r Replica) *corev1.Pod {
	begun := metav1.NewTime(f.Now.Add(-f.Age).Truncate(time.Second))
	if r.Round > 0 && !r.Since.IsZero() {
		begun = metav1.NewTime(r.Since.Truncate(time.Second))
	}
	app, namespace := AppName(r.App), f.Namespace(r.App)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: f.PodName(r), GenerateName: app + "-" + revision(r.App) + "-",
			UID: types.UID(uid("pod", f.Prefix, r.App, r.Index, r.Round)), CreationTimestamp: begun, Generation: 1,
			Labels: f.labels(r.App, true),
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "apps/v1", Kind: "ReplicaSet", Name: app + "-" + revision(r.App),
				UID: types.UID(uid("replicaset", f.Prefix, r.App)), Controller: new(true), BlockOwnerDeletion: new(true),
			}},
		},
		Spec:   f.podSpec(r.App),
		Status: corev1.PodStatus{Phase: corev1.PodRunning, QOSClass: corev1.PodQOSBurstable},
	}
	pod.Spec.NodeName = NodeName(f.place(r.App, r.Index, r.Round))
	f.addStatus(pod, r, begun)
	if !r.Leaving.IsZero() {
		// The API server's timestamp is when the grace period ends.
		end := metav1.NewTime(r.Leaving.Add(30 * time.Second).Truncate(time.Second))
		pod.DeletionTimestamp, pod.DeletionGracePeriodSeconds = &end, new(int64(30))
	}
	if !f.Lean {
		f.fatten(pod, begun)
	}
	return pod
}

func (f Fleet) labels(app int, hashed bool) map[string]string {
	labels := map[string]string{
		"app.kubernetes.io/name":       AppName(app),
		"app.kubernetes.io/instance":   AppName(app) + "-production",
		"app.kubernetes.io/component":  "server",
		"app.kubernetes.io/version":    "v2.14.3",
		"app.kubernetes.io/managed-by": "Helm",
	}
	if hashed {
		labels["pod-template-hash"] = revision(app)
	}
	return labels
}

// podSpec is that of an app's template as far as a verdict reads it.
func (f Fleet) podSpec(app int) corev1.PodSpec {
	spec := corev1.PodSpec{
		RestartPolicy: corev1.RestartPolicyAlways,
		Containers:    []corev1.Container{{Name: "server", Image: "registry.example/shop/" + AppName(app) + ":v2.14.3"}},
		Tolerations: []corev1.Toleration{
			{Key: corev1.TaintNodeNotReady, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: new(int64(300))},
			{Key: corev1.TaintNodeUnreachable, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: new(int64(300))},
		},
	}
	if app%5 == 1 {
		spec.NodeSelector = map[string]string{corev1.LabelOSStable: "linux"}
	}
	if app%2 == 1 {
		spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
			MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.ScheduleAnyway,
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/name": AppName(app)}},
		}}
	}
	return spec
}

func (f Fleet) addStatus(pod *corev1.Pod, r Replica, begun metav1.Time) {
	ready, since := corev1.ConditionTrue, begun
	switch {
	case !r.Unready.IsZero():
		ready, since = corev1.ConditionFalse, metav1.NewTime(r.Unready.Truncate(time.Second))
	case !r.Since.IsZero():
		since = metav1.NewTime(r.Since.Truncate(time.Second))
	}
	condition := func(kind corev1.PodConditionType, status corev1.ConditionStatus, at metav1.Time) corev1.PodCondition {
		return corev1.PodCondition{Type: kind, Status: status, LastTransitionTime: at, ObservedGeneration: 1}
	}
	pod.Status.Conditions = []corev1.PodCondition{
		condition(corev1.PodReadyToStartContainers, corev1.ConditionTrue, begun),
		condition(corev1.PodInitialized, corev1.ConditionTrue, begun),
		condition(corev1.PodReady, ready, since),
		condition(corev1.ContainersReady, ready, since),
		condition(corev1.PodScheduled, corev1.ConditionTrue, begun),
	}
	pod.Status.StartTime = &begun
}

func quantities(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
}
