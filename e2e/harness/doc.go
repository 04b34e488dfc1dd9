// Package harness runs the end-to-end suite: it makes the cluster, installs what
// lies in deploy/, looks at the operator as its users do, and tells what was
// going on where a test fails.
package harness
