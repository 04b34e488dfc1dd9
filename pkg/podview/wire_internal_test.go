package podview

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// telling are Pods in which, taken together, each field that is read decides
// something.
func telling() map[string]*corev1.Pod {
	pods := make(map[string]*corev1.Pod)
	add := func(name string, change func(*corev1.Pod)) {
		pod := ordinary()
		change(pod)
		pods[name] = pod
	}
	at := metav1.NewTime(time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC))
	add("ordinary", func(*corev1.Pod) {})
	add("being deleted", func(p *corev1.Pod) {
		p.DeletionTimestamp, p.DeletionGracePeriodSeconds = &at, new(int64(30))
	})
	add("finished", func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded })
	add("meant to end", func(p *corev1.Pod) { p.Spec.RestartPolicy = corev1.RestartPolicyNever })
	add("critical by its class", func(p *corev1.Pod) { p.Spec.PriorityClassName = "system-node-critical" })
	add("critical by its priority", func(p *corev1.Pod) { p.Spec.Priority = new(int32(systemCritical)) })
	add("on the host's network", func(p *corev1.Pod) {
		p.Spec.HostNetwork = true
		p.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80}}
	})
	add("with a sidecar", func(p *corev1.Pod) {
		always := corev1.ContainerRestartPolicyAlways
		p.Spec.InitContainers = []corev1.Container{{
			Name: "side", RestartPolicy: &always, Resources: requests("2"), Ports: []corev1.ContainerPort{{HostPort: 90}},
		}}
	})
	for name, status := range map[string]corev1.ContainerStatus{
		"as allocated": {AllocatedResources: cpu("7"), Resources: new(requests("1"))},
		"as it runs":   {AllocatedResources: cpu("1"), Resources: new(requests("7"))},
	} {
		add("being resized, "+name, func(p *corev1.Pod) {
			status.Name = "main"
			p.Status.ContainerStatuses = []corev1.ContainerStatus{status}
		})
		add("with a sidecar that is being resized, "+name, func(p *corev1.Pod) {
			always := corev1.ContainerRestartPolicyAlways
			status.Name = "side"
			p.Spec.InitContainers = []corev1.Container{{Name: "side", RestartPolicy: &always, Resources: requests("2")}}
			p.Status.InitContainerStatuses = []corev1.ContainerStatus{status}
		})
	}
	add("resized in vain", func(p *corev1.Pod) {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", AllocatedResources: cpu("5"), Resources: new(requests("6"))}}
		p.Spec.Containers[0].Resources = requests("9")
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
			Type: corev1.PodResizePending, Status: corev1.ConditionTrue, Reason: corev1.PodReasonInfeasible,
		})
	})
	add("with overhead", func(p *corev1.Pod) { p.Spec.Overhead = cpu("1") })
	add("with resources of its own", func(p *corev1.Pod) { p.Spec.Resources = new(requests("7")) })
	add("with resources of its own that are resized", func(p *corev1.Pod) {
		p.Spec.Resources = new(requests("7"))
		p.Status.AllocatedResources, p.Status.Resources = cpu("8"), new(requests("9"))
	})
	add("with resources of its own that are allocated", func(p *corev1.Pod) {
		p.Spec.Resources = new(requests("7"))
		p.Status.AllocatedResources, p.Status.Resources = cpu("9"), new(requests("8"))
	})
	add("with a device", func(p *corev1.Pod) { p.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "gpu"}} })
	return pods
}

// ordinary is a replica that says what an ordinary one can say.
func ordinary() *corev1.Pod {
	at := func(minute int) metav1.Time {
		return metav1.NewTime(time.Date(2026, time.March, 1, 10, minute, 0, 0, time.UTC))
	}
	apart := corev1.PodAffinityTerm{TopologyKey: corev1.LabelHostname, LabelSelector: metav1.SetAsLabelSelector(map[string]string{"app": "web"})}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "web-0", UID: "0a1b2c3d-4e5f-4a6b-8c7d-000000000001", ResourceVersion: "12345",
			CreationTimestamp: at(0), Labels: map[string]string{"app": "web"},
			Annotations:     map[string]string{"evenkeel.dev/settle": "1m", corev1.PodDeletionCost: "5"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "web", UID: "u", Controller: new(true)}},
			ManagedFields:   []metav1.ManagedFieldsEntry{{Manager: "nobody reads this"}}, Finalizers: []string{"nor/this"},
		},
		Spec: corev1.PodSpec{
			NodeName: "a", RestartPolicy: corev1.RestartPolicyAlways, Hostname: "not read",
			NodeSelector: map[string]string{"disk": "ssd"}, Tolerations: []corev1.Toleration{{Key: "spot"}},
			Affinity: &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{apart}}},
			TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{
				MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: apart.LabelSelector,
			}},
			Containers: []corev1.Container{{
				Name: "main", Image: "not read", Resources: requests("3"), Ports: []corev1.ContainerPort{{HostPort: 80}},
			}},
			Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data-web-0"},
			}}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "not read", Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: at(1), Message: "not read"},
			{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: at(2)},
		}},
	}
}

func cpu(cores string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cores)}
}

func requests(cores string) corev1.ResourceRequirements {
	return corev1.ResourceRequirements{Requests: cpu(cores)}
}

func TestEveryFieldThatIsKeptIsReadAndNothingThatIsReadIsDropped(t *testing.T) {
	by := NewTransformer(DefaultAppLabels())
	whole, messages := make(map[string]*Pod), make(map[string][]byte)
	for name, pod := range telling() {
		message, err := pod.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		messages[name], whole[name] = message, by.Pod(pod)
		if got := made(t, by, NewThinner(), message); !reflect.DeepEqual(got, whole[name]) {
			t.Errorf("of a thin Pod that is %s is made\n%+v, of\n%+v\nof the whole one\n%+v, of\n%+v", name, got, got.Template, whole[name], whole[name].Template)
		}
	}
	for path, less := range without(NewThinner().pod) {
		differs := slices.ContainsFunc(slices.Collect(maps.Keys(messages)), func(name string) bool {
			return !reflect.DeepEqual(made(t, by, Thinner{pod: less}, messages[name]), whole[name])
		})
		if !differs {
			t.Errorf("field%s is kept, and nothing is another without it", path)
		}
	}
}

func made(t *testing.T, by *Transformer, thinner Thinner, message []byte) *Pod {
	t.Helper()
	left, err := thinner.Pod(slices.Clone(message))
	if err != nil {
		t.Fatal(err)
	}
	pod := &corev1.Pod{}
	if err := pod.Unmarshal(left); err != nil {
		t.Fatal(err)
	}
	return by.Pod(pod)
}

// without gives, for each field that is kept whole or empty, what would be kept
// without it.
func without(keep numbers) map[string]numbers {
	all := make(map[string]numbers)
	for number, inner := range keep {
		if len(inner) == 0 {
			less := maps.Clone(keep)
			delete(less, number)
			all[fmt.Sprint(" ", number)] = less
			continue
		}
		for path, lessInner := range without(inner) {
			less := maps.Clone(keep)
			less[number] = lessInner
			all[fmt.Sprint(" ", number, path)] = less
		}
	}
	return all
}
