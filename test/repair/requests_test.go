package repair_test

import (
	"os"
	"slices"
	"testing"

	"evenkeel.dev/evenkeel/hack/rights"
)

// noPod is the name of a Pod that never is, for requests that find out how things
// stand.
const noPod = "no-such-pod"

// asked are the evictions that were asked for in a namespace, as the API server
// has them in its audit log.
func asked(t *testing.T, namespace string) []rights.Request {
	t.Helper()
	log, err := os.ReadFile(suite.Cluster.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	requests, err := rights.ReadAudit(log)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(requests, func(r rights.Request) bool {
		return r.Right.Resource != "pods/eviction" || r.Right.Namespace != namespace || r.Right.Name == noPod
	})
}

// wantAsked fails the test where not so many evictions were asked for.
func wantAsked(t *testing.T, namespace string, want int) {
	t.Helper()
	if requests := asked(t, namespace); len(requests) != want {
		t.Errorf("%d evictions were asked for, want %d: %v", len(requests), want, requests)
	}
}
