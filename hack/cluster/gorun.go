package main

import (
	"context"
	"os"
	"strings"
	"time"
)

// withGoRun returns a context that also ends with the go command, if this is
// run by "go run": that dies of a SIGTERM or SIGKILL without a word to what it
// runs, which whoever sent it means to end.
func withGoRun(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	path, err := os.Executable()
	if err != nil || !strings.Contains(path, "go-build") {
		return ctx, cancel
	}
	go func() {
		parent := os.Getppid()
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for os.Getppid() == parent {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
		cancel()
	}()
	return ctx, cancel
}
