package manners_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// audited is what is read of a line of the audit log.
type audited struct {
	AuditID    string
	Verb       string
	RequestURI string
	User       struct{ Username string }
	ObjectRef  *struct{ Resource, Subresource string }
	Received   time.Time `json:"requestReceivedTimestamp"`
}

// what names the request: "watch pods", or "get /version".
func (a audited) what() string {
	if a.ObjectRef == nil {
		path, _, _ := strings.Cut(a.RequestURI, "?")
		return a.Verb + " " + path
	}
	resource := a.ObjectRef.Resource
	if a.ObjectRef.Subresource != "" {
		resource += "/" + a.ObjectRef.Subresource
	}
	return a.Verb + " " + resource
}

// requests counts what a user has asked of the API server since some time,
// answered or, as a watch, not to the end.
func requests(t *testing.T, user string, since time.Time) map[string]int {
	t.Helper()
	log, err := os.ReadFile(suite.Cluster.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	count := make(map[string]int)
	for line := range bytes.Lines(log) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // being written
		}
		var a audited
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("a line of the audit log: %v\n%s", err, line)
		}
		// A watch stands in it twice: when it begins and when it ends.
		if a.User.Username != user || a.Received.Before(since) || seen[a.AuditID] {
			continue
		}
		seen[a.AuditID] = true
		count[a.what()]++
	}
	return count
}

// total is how many there are of those whose name begins like this.
func total(count map[string]int, prefix string) int {
	n := 0
	for what, times := range count {
		if strings.HasPrefix(what, prefix) {
			n += times
		}
	}
	return n
}

// without leaves some out.
func without(count map[string]int, left ...string) map[string]int {
	rest := maps.Clone(count)
	maps.DeleteFunc(rest, func(what string, _ int) bool { return slices.Contains(left, what) })
	return rest
}
