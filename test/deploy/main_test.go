// Package deploy_test has a real API server take what lies in deploy/, and runs
// the operator with the rights that it grants there.
package deploy_test

import (
	"os"
	"testing"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

var suite *harness.Suite

// The operator's namespace, and the user that its service account is for RBAC.
const (
	namespace      = "evenkeel"
	serviceAccount = "system:serviceaccount:evenkeel:evenkeel"
)

func TestMain(m *testing.M) {
	options := localcluster.Options{
		AuditLog: true,
		Users:    []localcluster.User{{Name: serviceAccount, Groups: []string{"system:serviceaccounts"}}},
	}
	os.Exit(harness.Run(m, options, func(s *harness.Suite) { suite = s }))
}
