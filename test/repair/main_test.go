// Package repair_test sees the operator repair real Deployments: with a real API
// server, scheduler, controller manager and its controller of budgets.
package repair_test

import (
	"os"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

var suite *harness.Suite

func TestMain(m *testing.M) {
	options := localcluster.Options{AuditLog: true, Users: []localcluster.User{{Name: nobody}, {Name: repairer}}}
	os.Exit(harness.Run(m, options, func(s *harness.Suite) { suite = s }))
}

// Users whose rights a test grants as it goes, if at all.
const (
	nobody   = "nobody"
	repairer = "repairer"
)

// soon is how long a repair may take, on a busy machine.
const soon = time.Minute

// lull is for how long nothing must happen where nothing may.
const lull = 3 * time.Second

// operator starts the operator with a settle time that a test can wait for, and
// without heed to what the tests before have moved within the last minute.
func operator(t *testing.T, mode string, args ...string) *harness.Operator {
	t.Helper()
	return suite.Operator(t, append([]string{"--settle", "2s", "--moves-per-minute", "1000", "--mode", mode}, args...)...)
}
