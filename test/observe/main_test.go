// Package observe_test sees the operator judge real Deployments on a real API
// server.
package observe_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

var suite *harness.Suite

func TestMain(m *testing.M) {
	os.Exit(harness.Run(m, localcluster.Options{}, func(s *harness.Suite) { suite = s }))
}

// soon is how long a verdict may take that time alone brings about, on a busy
// machine.
const soon = 20 * time.Second

// operator starts the operator with a settle time that a test can wait for. The
// cluster's times are whole seconds, so that up to one of it may be missing.
func operator(t *testing.T, args ...string) *harness.Operator {
	t.Helper()
	return suite.Operator(t, append([]string{"--settle", "2s"}, args...)...)
}

// says waits until the operator gives a workload this verdict, and returns
// what it says of it.
func says(t *testing.T, o *harness.Operator, namespace, name, verdict string) harness.Item {
	t.Helper()
	var found harness.Item
	harness.Eventually(t, soon, func() error {
		for _, item := range o.Apps(t, namespace) {
			if item.Workload.Name != name {
				continue
			}
			if found = item; item.Verdict == verdict {
				return nil
			}
			return fmt.Errorf("%s is %s (%d of %d ready), not %s", name, item.Verdict, item.Ready, item.Replicas, verdict)
		}
		return fmt.Errorf("%s has no verdict, not %s", name, verdict)
	})
	return found
}
