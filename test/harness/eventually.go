package harness

import (
	"testing"
	"time"
)

// Eventually asks until the answer is nil. It fails the test with the last
// answer when the time is over.
func Eventually(t *testing.T, within time.Duration, ask func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %v", within, err)
		}
		<-tick.C
	}
}

// Always asks for as long as the given time, and fails the test at the first
// answer that is not nil.
func Always(t *testing.T, during time.Duration, ask func() error) {
	t.Helper()
	deadline := time.Now().Add(during)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(deadline) {
		if err := ask(); err != nil {
			t.Fatalf("not for %s: %v", during, err)
		}
		<-tick.C
	}
}
