// Package localcluster runs a Kubernetes control plane on this machine, with
// simulated nodes, for the demo and for tests: real etcd, kube-apiserver,
// kube-controller-manager and kube-scheduler, and kwok in the place of
// kubelets. It needs neither root nor containers nor an image registry.
//
// Everything that a cluster is made of lies in one folder and listens on free
// loopback ports, so that several run side by side. No process of it outlives
// the one that started it, however that one ends.
package localcluster
