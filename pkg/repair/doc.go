// Package repair is everything between a plan and an eviction: the guards that
// can say no, the one evictor with its ledger, the memory of what was done and
// the verification of what came of it.
//
// The data flows one way. A step looks at one workload, verifies the move that
// is under way, plans, asks the guards, reads the server, asks the guards again,
// writes down what it is about to do, and does it. One step is done at a time.
//
// What decides is pure and takes the time as a value: guards, outcomes, ledger,
// memory and verification. Repairer alone has a queue, Client and Store alone
// speak with the API server.
package repair
