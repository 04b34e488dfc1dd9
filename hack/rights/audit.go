package rights

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Request is one line of an audit log.
type Request struct {
	User string
	// Pod is the one to which the requester's token is bound, if any.
	Pod string
	// Right is what the request took; its zero value for a URL that is no
	// resource.
	Right Right
	URL   string
	At    time.Time
	// Decision is what RBAC said, "allow" or "forbid", and Reason why. Both are
	// empty where it was not asked.
	Decision, Reason string
	Code             int
}

func (r Request) String() string {
	return fmt.Sprintf("%s %s %s (%d, %q, %s)", r.At.UTC().Format(time.RFC3339), r.Right.Verb, r.URL, r.Code, r.Decision, r.Reason)
}

// podExtra is what the API server adds to a user whose token is bound to a Pod.
const podExtra = "authentication.kubernetes.io/pod-name"

// ReadAudit reads an audit log of lines of JSON. A last line that has not been
// written to its end is left out.
func ReadAudit(log []byte) ([]Request, error) {
	if end := bytes.LastIndexByte(log, '\n'); end >= 0 {
		log = log[:end+1]
	}
	var requests []Request
	lines := bufio.NewScanner(bytes.NewReader(log))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		request, err := parseRequest(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("reading the audit log: %w: %s", err, lines.Text())
		}
		requests = append(requests, request)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	return requests, nil
}

func parseRequest(line []byte) (Request, error) {
	var e struct {
		Verb, RequestURI string
		User             struct {
			Username string
			Extra    map[string][]string
		}
		ObjectRef                *struct{ APIGroup, Resource, Subresource, Namespace, Name string }
		ResponseStatus           struct{ Code int }
		RequestReceivedTimestamp time.Time
		Annotations              map[string]string
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return Request{}, err
	}
	r := Request{
		User: e.User.Username, URL: e.RequestURI, At: e.RequestReceivedTimestamp, Code: e.ResponseStatus.Code,
		Decision: e.Annotations["authorization.k8s.io/decision"],
		Reason:   e.Annotations["authorization.k8s.io/reason"],
	}
	if pods := e.User.Extra[podExtra]; len(pods) > 0 {
		r.Pod = pods[0]
	}
	r.Right.Verb = e.Verb
	if ref := e.ObjectRef; ref != nil {
		r.Right = Right{Verb: e.Verb, Group: ref.APIGroup, Resource: ref.Resource, Namespace: ref.Namespace, Name: ref.Name}
		if ref.Subresource != "" {
			r.Right.Resource += "/" + ref.Subresource
		}
	}
	return r, nil
}
