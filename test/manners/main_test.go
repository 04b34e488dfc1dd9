// Package manners_test counts what the operator asks of an API server, and sees
// it wait when the server says so.
package manners_test

import (
	"os"
	"testing"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

var suite *harness.Suite

// Users that an operator is, each in one test: the audit log tells them apart.
const (
	beginner = "beginner"
	steady   = "steady"
)

func TestMain(m *testing.M) {
	masters := []string{"system:masters"}
	options := localcluster.Options{
		AuditLog: true,
		Users:    []localcluster.User{{Name: beginner, Groups: masters}, {Name: steady, Groups: masters}},
	}
	os.Exit(harness.Run(m, options, func(s *harness.Suite) { suite = s }))
}
