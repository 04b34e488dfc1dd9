// Package placement is Evenkeel's pure core: it decides what one workload's
// placement means. Plain values go in, an Assessment or a Blast comes out.
//
// It imports the standard library alone and has no clock, log, metric or lock:
// the caller passes the time in, and equal inputs give equal results in any
// order of their elements, save Eligible.Excluded, which is told as it stands.
// All functions are safe for concurrent use on distinct inputs.
package placement
