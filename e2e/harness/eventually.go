package harness

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// pollTime is how often a cluster is asked for what is awaited.
const pollTime = 250 * time.Millisecond

// Eventually asks until the answer is nil. It fails the test with the last
// answer when the time is over.
func Eventually(t *testing.T, within time.Duration, ask func(context.Context) error) {
	t.Helper()
	if err := poll(t.Context(), within, ask); err != nil {
		t.Fatal(err)
	}
}

// Always asks for as long as the given time, and fails the test at the first
// answer that is not nil.
func Always(t *testing.T, during time.Duration, ask func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), during)
	defer cancel()
	tick := time.NewTicker(pollTime)
	defer tick.Stop()
	for {
		// The last answer comes from a context that has just ended.
		if err := ask(ctx); err != nil && ctx.Err() == nil {
			t.Fatalf("not for %s: %v", during, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// poll asks until the answer is nil, the time is over or ctx has ended.
func poll(ctx context.Context, within time.Duration, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(pollTime)
	defer tick.Stop()
	var last error
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		// What only says that the time is up does not tell what was wrong.
		if last == nil || ctx.Err() == nil || !errors.Is(err, context.DeadlineExceeded) {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", within, last)
		case <-tick.C:
		}
	}
}
