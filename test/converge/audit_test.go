package converge_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"
)

// request is what the audit log says of one.
type request struct {
	Verb string
	User struct{ Username string }
	// Object has no resource where a path was asked for.
	Object   struct{ Resource, Subresource, Namespace, Name string } `json:"objectRef"`
	Response struct{ Code int }                                      `json:"responseStatus"`
	Received time.Time                                               `json:"requestReceivedTimestamp"`
}

// audited are the requests of users that the API server has answered since.
func audited(t *testing.T, since time.Time, users ...string) []request {
	t.Helper()
	log, err := os.ReadFile(suite.Cluster.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	var requests []request
	for line := range bytes.Lines(log) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // being written
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("the audit log: %v: %s", err, line)
		}
		if !r.Received.Before(since) && slices.Contains(users, r.User.Username) {
			requests = append(requests, r)
		}
	}
	return requests
}

// evicted are the names of the Pods of a namespace that users have evicted.
func evicted(t *testing.T, since time.Time, namespace string, users ...string) []string {
	t.Helper()
	var pods []string
	for _, r := range audited(t, since, users...) {
		o := r.Object
		if o.Resource == "pods" && o.Subresource == "eviction" && o.Namespace == namespace && r.Response.Code == http.StatusCreated {
			pods = append(pods, o.Name)
		}
	}
	return pods
}

// tally counts requests by what they ask for.
func tally(requests []request) map[string]int {
	count := make(map[string]int)
	for _, r := range requests {
		what := r.Verb + " " + r.Object.Resource
		if r.Object.Subresource != "" {
			what += "/" + r.Object.Subresource
		}
		count[what]++
	}
	return count
}
