// Package scale makes clusters of any size up, for the benchmark and the soak:
// Pods, nodes and apps as real clusters hold them, written into the local
// cluster's etcd as its API server stores them, and the processes that are
// measured on them.
package scale
