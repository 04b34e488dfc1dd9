package podview

import corev1 "k8s.io/api/core/v1"

// OptOuts are the annotations by which a Pod asks movers not to move it, each as
// its own tool reads it.
type OptOuts uint8

// Karpenter heeds its annotation where it is true, and newer versions a
// duration too; only false says nothing. The autoscaler heeds its own where it
// is false (HasNotSafeToEvictAnnotation in its utils/drain). The descheduler asks
// whether its annotation is there and not for its value (HaveNoEvictionAnnotation
// in pkg/descheduler/evictions/utils).
const (
	DoNotDisrupt OptOuts = 1 << iota
	NotSafeToEvict
	PreferNoEviction
)

const (
	doNotDisrupt     = "karpenter.sh/do-not-disrupt"
	safeToEvict      = "cluster-autoscaler.kubernetes.io/safe-to-evict"
	preferNoEviction = "descheduler.alpha.kubernetes.io/prefer-no-eviction"
)

func optOutsOf(annotations map[string]string) OptOuts {
	var o OptOuts
	if v := annotations[doNotDisrupt]; v != "" && v != "false" {
		o |= DoNotDisrupt
	}
	if annotations[safeToEvict] == "false" {
		o |= NotSafeToEvict
	}
	if _, ok := annotations[preferNoEviction]; ok {
		o |= PreferNoEviction
	}
	return o
}

// Annotations names those that are set, with what each says.
func (o OptOuts) Annotations() []string {
	var names []string
	if o&DoNotDisrupt != 0 {
		names = append(names, doNotDisrupt)
	}
	if o&NotSafeToEvict != 0 {
		names = append(names, safeToEvict+": false")
	}
	if o&PreferNoEviction != 0 {
		names = append(names, preferNoEviction)
	}
	return names
}

// systemCritical is the least priority of the classes that are the system's
// own.
const systemCritical = 2_000_000_000

// critical tells whether the system needs the Pod.
func critical(spec *corev1.PodSpec) bool {
	switch spec.PriorityClassName {
	case "system-cluster-critical", "system-node-critical":
		return true
	}
	return spec.Priority != nil && *spec.Priority >= systemCritical
}
