package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"
)

// How far, in percent of what lives, the heap grows before it is collected:
// during the first sync and after it. See
// docs/decisions/0009-the-first-sync-has-a-heap-of-its-own.md.
const (
	syncGC = 50
	restGC = 30
)

// tidyEvery is how often memory is given back. Go collects an idle heap as often
// of its own accord, and then keeps a good part of what it has freed.
const tidyEvery = 2 * time.Minute

// setGC sets how far the heap may grow, unless GOGC says so.
func setGC(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// keepSmall returns to the system what the first sync needed and nothing will
// need again, and from then on what has been freed. It returns when ctx ends.
func keepSmall(ctx context.Context, judged <-chan struct{}) error {
	select {
	case <-judged:
	case <-ctx.Done():
		return nil
	}
	setGC(restGC)
	tidy := time.NewTicker(tidyEvery)
	defer tidy.Stop()
	for {
		debug.FreeOSMemory()
		select {
		case <-tidy.C:
		case <-ctx.Done():
			return nil
		}
	}
}
