package observe_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

// events returns the reasons of Evenkeel's Events on an object, in their order.
func events(t *testing.T, w *harness.World, kind, name string) []string {
	t.Helper()
	list, err := w.Client.EventsV1().Events(w.Namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(list.Items, func(a, b eventsv1.Event) int { return a.EventTime.Compare(b.EventTime.Time) })
	var reasons []string
	for _, e := range list.Items {
		if e.ReportingController == "evenkeel.dev/operator" && e.Regarding.Kind == kind && e.Regarding.Name == name {
			reasons = append(reasons, e.Reason)
		}
	}
	return reasons
}

// told waits until these and no other Events stand on an object.
func told(t *testing.T, w *harness.World, kind, name string, want ...string) {
	t.Helper()
	harness.Eventually(t, soon, func() error {
		if got := events(t, w, kind, name); !slices.Equal(got, want) {
			return fmt.Errorf("Events on %s %s: %v, want %v", kind, name, got, want)
		}
		return nil
	})
}

// toldInTurn waits until the Events on a Deployment are these, of which the last
// two may have come several times in turn.
func toldInTurn(t *testing.T, w *harness.World, name string, want ...string) {
	t.Helper()
	harness.Eventually(t, soon, func() error {
		got := events(t, w, "Deployment", name)
		folded := slices.Clone(got)
		for last := want[len(want)-2:]; len(folded) > len(want) && slices.Equal(folded[len(folded)-2:], last); {
			folded = folded[:len(folded)-2]
		}
		if !slices.Equal(folded, want) {
			return fmt.Errorf("Events on %s: %v, want %v", name, got, want)
		}
		return nil
	})
}

// quiet sees that nothing is said of an object for a while.
func quiet(t *testing.T, w *harness.World, kind, name string, during time.Duration) {
	t.Helper()
	harness.Always(t, during, func() error {
		if got := events(t, w, kind, name); len(got) > 0 {
			return fmt.Errorf("Events on %s %s: %v, want none", kind, name, got)
		}
		return nil
	})
}
