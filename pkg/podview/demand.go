package podview

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	resourcehelper "k8s.io/component-helpers/resource"
)

// Demand is what a Pod takes of a node, as kube-scheduler counts it: sidecars,
// init containers, overhead and resources of the whole Pod are in it. Templates
// that ask for the same share it.
type Demand struct {
	// CPU is in thousandths of a core, Memory and Storage (ephemeral) in bytes.
	CPU, Memory, Storage int64
	// Extended are the other resources that a node counts, sorted by name; mostly
	// nil.
	Extended []Amount
	// Ports are the host's ports that the Pod holds; mostly nil.
	Ports []HostPort
}

// Amount is so much of an extended resource.
type Amount struct {
	Resource string
	Units    int64
}

// HostPort is a port of the node. IP is 0.0.0.0 for all of the node's addresses.
type HostPort struct {
	IP       string
	Protocol string
	Port     int32
}

// anyIP and the protocol TCP are what is meant where nothing is said.
const anyIP = "0.0.0.0"

// Clashes is true where one node can not give both ports.
func (p HostPort) Clashes(q HostPort) bool {
	return p.Port == q.Port && p.Protocol == q.Protocol && (p.IP == q.IP || p.IP == anyIP || q.IP == anyIP)
}

// demandOf is what a Pod takes, nil for nothing but its slot.
func demandOf(pod *corev1.Pod) *Demand {
	d, ok := plainRequests(pod)
	if !ok {
		d = countedOf(allRequests(pod))
	}
	d.Ports = hostPorts(&pod.Spec)
	if d.CPU == 0 && d.Memory == 0 && d.Storage == 0 && d.Extended == nil && d.Ports == nil {
		return nil
	}
	return &d
}

// allRequests are those of a Pod of any shape. One that is being resized takes
// the most of what it has and what it is to have.
func allRequests(pod *corev1.Pod) corev1.ResourceList {
	return resourcehelper.PodRequests(pod, resourcehelper.PodResourcesOptions{
		UseStatusResources: true, InPlacePodLevelResourcesVerticalScalingEnabled: true,
	})
}

func countedOf(requests corev1.ResourceList) (d Demand) {
	for name, quantity := range requests {
		switch {
		case quantity.IsZero():
		case name == corev1.ResourceCPU:
			d.CPU = quantity.MilliValue()
		case name == corev1.ResourceMemory:
			d.Memory = quantity.Value()
		case name == corev1.ResourceEphemeralStorage:
			d.Storage = quantity.Value()
		case counted(string(name)):
			d.Extended = append(d.Extended, Amount{Resource: intern(string(name)), Units: quantity.Value()})
		}
	}
	slices.SortFunc(d.Extended, func(a, b Amount) int { return cmp.Compare(a.Resource, b.Resource) })
	return d
}

// plainRequests adds up what the containers ask for, and is false where that is
// not all there is to it. Most Pods are as simple as that, and each is counted at
// every change: allRequests makes a dozen maps.
func plainRequests(pod *corev1.Pod) (d Demand, ok bool) {
	if len(pod.Spec.InitContainers) > 0 || pod.Spec.Overhead != nil || pod.Spec.Resources != nil || resized(pod) {
		return Demand{}, false
	}
	var cpu, memory, storage resource.Quantity
	for i := range pod.Spec.Containers {
		for name, quantity := range pod.Spec.Containers[i].Resources.Requests {
			switch name {
			case corev1.ResourceCPU:
				cpu.Add(quantity)
			case corev1.ResourceMemory:
				memory.Add(quantity)
			case corev1.ResourceEphemeralStorage:
				storage.Add(quantity)
			default:
				return Demand{}, false
			}
		}
	}
	return Demand{CPU: cpu.MilliValue(), Memory: memory.Value(), Storage: storage.Value()}, true
}

// resized is true where a status tells of other resources than the spec does, or
// may.
func resized(pod *corev1.Pod) bool {
	status := &pod.Status
	return status.Resources != nil || status.AllocatedResources != nil || len(status.InitContainerStatuses) > 0 ||
		resourcehelper.IsPodResizeInfeasible(pod) ||
		slices.ContainsFunc(status.ContainerStatuses, func(s corev1.ContainerStatus) bool {
			return !asSpecified(&s, pod.Spec.Containers)
		})
}

func asSpecified(s *corev1.ContainerStatus, containers []corev1.Container) bool {
	if s.Resources == nil && s.AllocatedResources == nil {
		return true
	}
	i := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == s.Name })
	if i < 0 {
		return false
	}
	asked := containers[i].Resources.Requests
	return (s.Resources == nil || sameAmounts(s.Resources.Requests, asked)) &&
		(s.AllocatedResources == nil || sameAmounts(s.AllocatedResources, asked))
}

func sameAmounts(a, b corev1.ResourceList) bool {
	return maps.EqualFunc(a, b, func(x, y resource.Quantity) bool { return x.Cmp(y) == 0 })
}

// counted is true for a resource that the scheduler counts besides the native
// ones: an extended one, huge pages and attachable volumes.
func counted(name string) bool {
	return strings.Contains(name, "/") || strings.HasPrefix(name, corev1.ResourceHugePagesPrefix) ||
		strings.HasPrefix(name, corev1.ResourceAttachableVolumesPrefix)
}

// hostPorts are those of the containers that run as long as the Pod does,
// sorted.
func hostPorts(spec *corev1.PodSpec) []HostPort {
	var ports []HostPort
	for i := range spec.InitContainers {
		if p := spec.InitContainers[i].RestartPolicy; p != nil && *p == corev1.ContainerRestartPolicyAlways {
			ports = addHostPorts(ports, spec.InitContainers[i].Ports, spec.HostNetwork)
		}
	}
	for i := range spec.Containers {
		ports = addHostPorts(ports, spec.Containers[i].Ports, spec.HostNetwork)
	}
	slices.SortFunc(ports, func(a, b HostPort) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.IP, b.IP))
	})
	return slices.Clip(slices.Compact(ports))
}

func addHostPorts(ports []HostPort, all []corev1.ContainerPort, hostNetwork bool) []HostPort {
	for _, p := range all {
		port := p.HostPort
		if port == 0 && hostNetwork {
			port = p.ContainerPort // as the API server sets it
		}
		if port <= 0 {
			continue
		}
		ports = append(ports, HostPort{
			IP: intern(cmp.Or(p.HostIP, anyIP)), Protocol: intern(cmp.Or(string(p.Protocol), string(corev1.ProtocolTCP))), Port: port,
		})
	}
	return ports
}

func (d *Demand) deepCopy() *Demand {
	if d == nil {
		return nil
	}
	c := *d
	c.Extended, c.Ports = slices.Clone(d.Extended), slices.Clone(d.Ports)
	return &c
}
