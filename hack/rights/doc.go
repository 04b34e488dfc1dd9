// Package rights compares what RBAC roles grant with what an API server's audit
// log says was asked for, both ways: nothing missing, nothing unused.
package rights
