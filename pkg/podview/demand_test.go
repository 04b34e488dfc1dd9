package podview_test

import (
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/podview"
)

func running(containers ...corev1.Container) option {
	return func(p *corev1.Pod) { p.Spec.Containers = containers }
}

// before adds init containers, of which those that restart always are sidecars.
func before(containers ...corev1.Container) option {
	return func(p *corev1.Pod) { p.Spec.InitContainers = containers }
}

func sidecar(c corev1.Container) corev1.Container {
	c.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	return c
}

func offering(ports ...corev1.ContainerPort) corev1.Container { return corev1.Container{Ports: ports} }

func TestWhatAPodTakesIsCountedAsTheSchedulerCounts(t *testing.T) {
	onHost := func(p *corev1.Pod) { p.Spec.HostNetwork = true }
	named := func(c corev1.Container) corev1.Container { c.Name = "main"; return c }
	tests := map[string]struct {
		pod  []option
		want podview.Demand
	}{
		"the sum of its containers": {
			[]option{running(requesting("cpu", "250m", "memory", "1Ki"), requesting("cpu", "1", "ephemeral-storage", "2"))},
			podview.Demand{CPU: 1250, Memory: 1024, Storage: 2},
		},
		"a part of a thousandth of a core is a whole one": {
			[]option{running(requesting("cpu", "100u"))}, podview.Demand{CPU: 1},
		},
		"an init container that asks for more counts while it runs": {
			[]option{running(requesting("cpu", "1", "memory", "9")), before(requesting("cpu", "3", "memory", "1"))},
			podview.Demand{CPU: 3000, Memory: 9},
		},
		"a sidecar is added to the others": {
			[]option{running(requesting("cpu", "1")), before(sidecar(requesting("cpu", "2")))}, podview.Demand{CPU: 3000},
		},
		"and to the init containers after it": {
			[]option{running(requesting("cpu", "1")), before(sidecar(requesting("cpu", "2")), requesting("cpu", "3"))}, podview.Demand{CPU: 5000},
		},
		"the overhead is added": {
			[]option{running(requesting("cpu", "1")), func(p *corev1.Pod) { p.Spec.Overhead = resources("cpu", "1", "memory", "7") }},
			podview.Demand{CPU: 2000, Memory: 7},
		},
		"what is asked for the whole Pod comes before its containers": {
			[]option{running(requesting("cpu", "1", "memory", "3")), func(p *corev1.Pod) {
				p.Spec.Resources = &corev1.ResourceRequirements{Requests: resources("cpu", "4")}
			}},
			podview.Demand{CPU: 4000, Memory: 3},
		},
		"devices and huge pages, by name": {
			[]option{running(requesting("hugepages-2Mi", "4Mi", "example.com/gpu", "2"))},
			podview.Demand{Extended: []podview.Amount{{Resource: "example.com/gpu", Units: 2}, {Resource: "hugepages-2Mi", Units: 4 << 20}}},
		},
		"what no node counts is not counted": {
			[]option{running(requesting("storage", "1Gi", "cpu", "1", "example.com/gpu", "0"))}, podview.Demand{CPU: 1000},
		},
		"one that shrinks still has what it had": {
			[]option{running(named(requesting("cpu", "1"))), func(p *corev1.Pod) {
				p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", AllocatedResources: resources("cpu", "2")}}
			}},
			podview.Demand{CPU: 2000},
		},
		"one that grows is to have what it asks for": {
			[]option{running(named(requesting("cpu", "3"))), func(p *corev1.Pod) {
				p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", Resources: &corev1.ResourceRequirements{Requests: resources("cpu", "2")}}}
			}},
			podview.Demand{CPU: 3000},
		},
		"one whose growth is not feasible has what it had": {
			[]option{running(named(requesting("cpu", "3"))), func(p *corev1.Pod) {
				p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", AllocatedResources: resources("cpu", "2")}}
				p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodResizePending, Status: corev1.ConditionTrue, Reason: corev1.PodReasonInfeasible}}
			}},
			podview.Demand{CPU: 2000},
		},
		"a host's port, of all addresses and TCP where nothing is said": {
			[]option{running(offering(corev1.ContainerPort{HostPort: 80, ContainerPort: 8080}, corev1.ContainerPort{ContainerPort: 9090}))},
			podview.Demand{Ports: []podview.HostPort{{IP: "0.0.0.0", Protocol: "TCP", Port: 80}}},
		},
		"ports of one address and another protocol": {
			[]option{running(offering(corev1.ContainerPort{HostPort: 53, HostIP: "10.0.0.1", Protocol: corev1.ProtocolUDP}))},
			podview.Demand{Ports: []podview.HostPort{{IP: "10.0.0.1", Protocol: "UDP", Port: 53}}},
		},
		"on the host's network every port is the host's": {
			[]option{running(offering(corev1.ContainerPort{ContainerPort: 9090})), onHost},
			podview.Demand{Ports: []podview.HostPort{{IP: "0.0.0.0", Protocol: "TCP", Port: 9090}}},
		},
		"a sidecar's ports count and an init container's do not": {
			[]option{before(sidecar(offering(corev1.ContainerPort{HostPort: 1})), offering(corev1.ContainerPort{HostPort: 2}))},
			podview.Demand{Ports: []podview.HostPort{{IP: "0.0.0.0", Protocol: "TCP", Port: 1}}},
		},
	}
	for name, test := range tests {
		for _, whose := range []option{ownedBy("ReplicaSet", "web-5d8f"), ownedBy("DaemonSet", "agent"), ownedBy("", "")} {
			t.Run(name, func(t *testing.T) {
				got := view(t, append(test.pod, whose)...).Demand
				if got == nil || !reflect.DeepEqual(*got, test.want) {
					t.Errorf("got %+v, want %+v", got, test.want)
				}
			})
		}
	}
}

func TestAPodThatAsksForNothingDemandsNothing(t *testing.T) {
	if got := view(t, running(corev1.Container{}, requesting("cpu", "0"))).Demand; got != nil {
		t.Errorf("got %+v", got)
	}
}

func TestTemplatesThatDemandTheSameShareIt(t *testing.T) {
	by := transformer()
	one := transform(t, by, pod(running(requesting("cpu", "1"))))
	two := transform(t, by, pod(running(requesting("cpu", "500m"), requesting("cpu", "0.5")), labelled("app", "db")))
	if one.Template == two.Template || one.Demand != two.Demand {
		t.Errorf("%p and %p", one.Demand, two.Demand)
	}
}

func TestPortsClash(t *testing.T) {
	all := podview.HostPort{IP: "0.0.0.0", Protocol: "TCP", Port: 80}
	change := func(f func(*podview.HostPort)) podview.HostPort {
		p := all
		f(&p)
		return p
	}
	one := change(func(p *podview.HostPort) { p.IP = "10.0.0.1" })
	tests := map[string]struct {
		a, b podview.HostPort
		want bool
	}{
		"with itself":                         {one, one, true},
		"all addresses with one":              {all, one, true},
		"two addresses do not":                {one, change(func(p *podview.HostPort) { p.IP = "10.0.0.2" }), false},
		"two protocols do not":                {all, change(func(p *podview.HostPort) { p.Protocol = "UDP" }), false},
		"two ports do not":                    {all, change(func(p *podview.HostPort) { p.Port = 81 }), false},
		"all addresses with all, as a matter": {all, all, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.a.Clashes(test.b) != test.want || test.b.Clashes(test.a) != test.want {
				t.Errorf("%v and %v clash: %t, want %t", test.a, test.b, test.a.Clashes(test.b), test.want)
			}
		})
	}
}
