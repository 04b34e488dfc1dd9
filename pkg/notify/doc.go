// Package notify tells people of changes of verdict by Kubernetes Events that
// stand on a workload's top owner, where "kubectl describe" shows them.
//
// An Event is created once per change and its name follows from what it says.
// So another operator, or the same one after a restart, that has the same to
// say gets AlreadyExists for an answer, which means: said. A recorder of
// client-go would name by time and so say it twice, and drops what goes beyond
// a thousand queued Events, which is when a zone dies.
package notify
