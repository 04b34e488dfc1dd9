// Package cluster connects to a Kubernetes cluster: the client configuration,
// a check before the start that what is needed is there and allowed, and the
// informers, whose lists and watches are counted and whose outages are said
// once.
//
// Nothing here keeps state of its own outside the values that its constructors
// return.
package cluster
