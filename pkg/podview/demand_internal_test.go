package podview

import (
	"fmt"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"
)

// anyPod draws a Pod of which parts are often as simple as most Pods are.
func anyPod(t *rapid.T) *corev1.Pod {
	quantity := rapid.SampledFrom([]string{"0", "1u", "999999n", "100m", "1500m", "1", "3", "1Gi", "12E"})
	requests := func(label string) corev1.ResourceList {
		names := []corev1.ResourceName{"cpu", "memory", "ephemeral-storage", "cpu", "memory"}
		if rapid.IntRange(0, 4).Draw(t, "more of "+label) == 0 {
			names = append(names, "example.com/gpu", "hugepages-2Mi", "storage")
		}
		list := corev1.ResourceList{}
		for range rapid.IntRange(0, 3).Draw(t, label) {
			list[rapid.SampledFrom(names).Draw(t, "resource")] = resource.MustParse(quantity.Draw(t, "quantity"))
		}
		return list
	}
	rarely := func(label string) bool { return rapid.IntRange(0, 5).Draw(t, label) == 0 }
	p := &corev1.Pod{}
	for i := range rapid.IntRange(0, 3).Draw(t, "containers") {
		c := corev1.Container{Name: fmt.Sprint("c", i), Resources: corev1.ResourceRequirements{Requests: requests("requests")}}
		p.Spec.Containers = append(p.Spec.Containers, c)
		status := corev1.ContainerStatus{Name: c.Name}
		switch rapid.IntRange(0, 4).Draw(t, "status") {
		case 0:
			status.AllocatedResources = requests("allocated")
		case 1:
			status.Resources = &corev1.ResourceRequirements{Requests: requests("actual")}
		case 2:
			status.AllocatedResources, status.Resources = c.Resources.Requests.DeepCopy(), c.Resources.DeepCopy()
		case 3:
			status.Name = "another"
			status.AllocatedResources = requests("allocated")
		}
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, status)
	}
	if rarely("init container") {
		p.Spec.InitContainers = []corev1.Container{{Name: "init", Resources: corev1.ResourceRequirements{Requests: requests("init")}}}
		if rarely("sidecar") {
			p.Spec.InitContainers[0].RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
		}
	}
	if rarely("overhead") {
		p.Spec.Overhead = requests("overhead")
	}
	if rarely("whole") {
		p.Spec.Resources = &corev1.ResourceRequirements{Requests: requests("whole")}
	}
	if rarely("status of the whole") {
		p.Status.AllocatedResources, p.Status.Resources = requests("allocated"), &corev1.ResourceRequirements{Requests: requests("actual")}
	}
	if rarely("infeasible") {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodResizePending, Reason: corev1.PodReasonInfeasible}}
	}
	return p
}

func TestTheShortWayToADemandEndsWhereTheLongOneDoes(t *testing.T) {
	short := 0
	rapid.Check(t, func(t *rapid.T) {
		p := anyPod(t)
		got, ok := plainRequests(p)
		if !ok {
			return
		}
		short++
		if want := countedOf(allRequests(p)); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
	if short == 0 {
		t.Error("no Pod took the short way")
	}
}
