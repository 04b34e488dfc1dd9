package faults_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"
)

// wroteNothing sees that a user has asked for no Event and no lease to be
// written from a moment on, whatever came of it.
func (s *stage) wroteNothing(t *testing.T, user string, from time.Time) {
	t.Helper()
	requests := audited(t, user) // those before count as well
	if len(requests) == 0 {
		t.Errorf("the audit log knows nothing of %s", user)
	}
	for _, r := range requests {
		if !r.Received.Before(from) {
			t.Errorf("%s after it had come to, %s: %s %s %s %d", r.Received.Sub(from), user, r.Verb, r.Object.Resource, r.Object.Name, r.Response.Code)
		}
	}
}

// request is what the audit log says of one.
type request struct {
	Verb string
	User struct{ Username string }
	// Object has no name where one was to be made.
	Object   struct{ Resource, Namespace, Name string } `json:"objectRef"`
	Response struct{ Code int }                         `json:"responseStatus"`
	Received time.Time                                  `json:"requestReceivedTimestamp"`
}

// audited are a user's requests that the API server has noted.
func audited(t *testing.T, user string) []request {
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
		if r.User.Username == user {
			requests = append(requests, r)
		}
	}
	return requests
}
