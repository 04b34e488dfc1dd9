package deploy_test

import (
	"os"
	"slices"
	"testing"

	"evenkeel.dev/evenkeel/hack/rights"
)

// requested are a user's requests so far.
func requested(t *testing.T, user string) []rights.Request {
	t.Helper()
	log, err := os.ReadFile(suite.Cluster.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	requests, err := rights.ReadAudit(log)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(requests, func(r rights.Request) bool { return r.User != user })
}
