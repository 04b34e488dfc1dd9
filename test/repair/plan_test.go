package repair_test

import (
	"fmt"
	"strings"
	"testing"

	"evenkeel.dev/evenkeel/test/harness"
)

// says waits until the operator gives a Deployment this verdict.
func says(t *testing.T, o *harness.Operator, namespace, name, verdict string) {
	t.Helper()
	harness.Eventually(t, soon, func() error {
		for _, item := range o.Apps(t, namespace) {
			if item.Workload.Name == name && item.Verdict == verdict {
				return nil
			}
		}
		return fmt.Errorf("%s is not %s: %+v", name, verdict, o.Apps(t, namespace))
	})
}

// plan is GET /api/v1/plan.
type plan struct {
	Mode, Leader, Suspended string
	Leads                   bool
	Items                   []planned
}

type planned struct {
	Namespace, App, Mode, Verdict string
	Workload                      struct{ Kind, Name string }
	Moves                         []struct {
		Pod, Node, Reason, Predicted string
		Admits                       []string
		MayReturn                    bool
	}
	Because  string
	Blocked  struct{ Guard, Reason string }
	UnderWay struct{ Pod, WaitsFor string }
	Memory   struct {
		InVain  int
		GivenUp string
	}
}

// planOf waits until repair has an entry for a Deployment that is as wanted.
func planOf(t *testing.T, o *harness.Operator, namespace, name string, want func(planned) error) planned {
	t.Helper()
	var found planned
	harness.Eventually(t, soon, func() error {
		var p plan
		o.GetJSON(t, "/api/v1/plan", &p)
		for _, item := range p.Items {
			if item.Namespace == namespace && item.Workload.Name == name {
				found = item
				return want(item)
			}
		}
		return fmt.Errorf("there is no entry for %s: %+v", name, p)
	})
	return found
}

// blockedBy is what keeps a Deployment from being repaired.
func blockedBy(guard string) func(planned) error {
	return func(p planned) error {
		if p.Blocked.Guard != guard {
			return fmt.Errorf("blocked by %q (%s), not %q", p.Blocked.Guard, p.Blocked.Reason, guard)
		}
		return nil
	}
}

// blockedAs is the same with words of the reason.
func blockedAs(guard, words string) func(planned) error {
	return func(p planned) error {
		if err := blockedBy(guard)(p); err != nil {
			return err
		}
		if !strings.Contains(p.Blocked.Reason, words) {
			return fmt.Errorf("blocked by %s as %q, which is not %q", guard, p.Blocked.Reason, words)
		}
		return nil
	}
}

// told waits until an Event of that reason stands on a Deployment.
func told(t *testing.T, namespace, name, reason string) string {
	t.Helper()
	var note string
	harness.Eventually(t, soon, func() error {
		for _, e := range suite.Events(t, namespace) {
			if e.Regarding.Kind == "Deployment" && e.Regarding.Name == name && e.Reason == reason {
				note = e.Note
				return nil
			}
		}
		return fmt.Errorf("no Event %s on %s", reason, name)
	})
	return note
}

// timesTold is how many Events of that reason stand on an object.
func timesTold(t *testing.T, namespace, name, reason string) int {
	t.Helper()
	n := 0
	for _, e := range suite.Events(t, namespace) {
		if e.Regarding.Name == name && e.Reason == reason {
			n++
		}
	}
	return n
}

// sample is a sample of the operator's metrics, as it is written.
func sample(t *testing.T, o *harness.Operator, series string) string {
	t.Helper()
	_, body := o.Get(t, o.Metrics+"/metrics")
	for line := range strings.Lines(body) {
		if value, ok := strings.CutPrefix(line, series+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("there is no %s", series)
	return ""
}
