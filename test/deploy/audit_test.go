package deploy_test

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// entry is what is read of a line of the API server's audit log.
type entry struct {
	Verb      string `json:"verb"`
	User      struct{ Username string }
	ObjectRef *struct {
		APIGroup, Resource, Namespace, Name string
	} `json:"objectRef"`
	Annotations map[string]string `json:"annotations"`
}

// requested are the rights that a user's requests so far took. One that was
// refused fails the test.
func requested(t *testing.T, user string) rights {
	t.Helper()
	log, err := os.Open(suite.Cluster.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	used := make(rights)
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.User.Username != user {
			continue
		}
		if decision := e.Annotations["authorization.k8s.io/decision"]; decision != "allow" {
			t.Errorf("%q: %s", decision, lines.Text())
		}
		if e.ObjectRef != nil && e.ObjectRef.Resource != "selfsubjectaccessreviews" {
			used[e.right()] = true
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return used
}

// right is the one that a request took: of those for leases the one for that
// lease, of all others the one for all objects.
func (e entry) right() right {
	r := right{verb: e.Verb, group: e.ObjectRef.APIGroup, resource: e.ObjectRef.Resource}
	if r.resource == "leases" {
		r.namespace = e.ObjectRef.Namespace
	}
	if r.resource == "leases" && e.Verb != "create" {
		r.name = e.ObjectRef.Name
	}
	return r
}
