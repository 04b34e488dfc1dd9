// Package kindcluster makes a Kubernetes cluster out of containers with kind,
// on an ordinary machine with Docker as well as in a small one with podman, an
// old cgroup hierarchy and no image registry.
//
// What the machine offers is found out (Facts), and what follows from it is
// decided by functions that do nothing else (clusterConfig, planRoutes). The
// container engine is the one that hack/engine.sh chose.
//
// A cluster has one control-plane node and three workers, each in a zone of its
// own, and its API server writes an audit log of what the operator asks of it.
package kindcluster
