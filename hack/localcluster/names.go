package localcluster

// Name names a component of the control plane. It is also the name of its
// program.
type Name string

// The components of a cluster, in the order in which they start.
const (
	Etcd              Name = "etcd"
	APIServer         Name = "kube-apiserver"
	ControllerManager Name = "kube-controller-manager"
	Scheduler         Name = "kube-scheduler"
	Kwok              Name = "kwok"
)

// names returns the components that the options ask for, in the order in
// which they start.
func (o Options) names() []Name {
	names := []Name{Etcd, APIServer}
	if !o.WithoutControllerManager {
		names = append(names, ControllerManager)
	}
	if !o.WithoutScheduler {
		names = append(names, Scheduler)
	}
	if !o.WithoutKwok {
		names = append(names, Kwok)
	}
	return names
}
