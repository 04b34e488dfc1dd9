// Package process_test sees the operator's process start, stop, refuse and
// take turns on a real API server.
package process_test

import (
	"os"
	"testing"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

var suite *harness.Suite

// Users whose rights a test grants as it goes.
const (
	nobody   = "nobody"
	watcher  = "watcher"
	observer = "observer"
)

func TestMain(m *testing.M) {
	options := localcluster.Options{Users: []localcluster.User{{Name: nobody}, {Name: watcher}, {Name: observer}}}
	os.Exit(harness.Run(m, options, func(s *harness.Suite) { suite = s }))
}
