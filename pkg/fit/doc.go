// Package fit tells which nodes could take a Pod's successor now, by the rules
// that kube-scheduler goes by: free resources, host ports, required Pod affinity
// and anti-affinity, hard spread constraints and the nodes of bound volumes. Taints
// and node selectors are pkg/eligibility's.
//
// The rules are in Question, which takes plain values. Not among them is what
// limits how many volumes a node can mount, who else may mount one, and what a
// scheduler other than kube-scheduler would heed. Where a Pod claims devices it
// says so, and no node admits its successor.
package fit
