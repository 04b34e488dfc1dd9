package main

import (
	"os"
	"runtime/debug"
)

// restGC is GOGC after the first sync: the heap then grows by that share of what
// lives before it is collected.
const restGC = 40

// giveMemoryBack returns to the system what the first sync needed and nothing
// will need again, and has the collector keep it so; see
// docs/decisions/0009-the-first-sync-has-a-heap-of-its-own.md. Whoever sets GOGC
// has decided otherwise. It does not wait.
func giveMemoryBack() {
	go func() {
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(restGC)
		}
		debug.FreeOSMemory()
	}()
}
