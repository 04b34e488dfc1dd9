package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// request is what the API server's audit log says of one, when it has been
// answered.
type request struct {
	Stage, Verb string
	URI         string `json:"requestURI"`
	User        struct{ Username string }
	Object      struct{ Resource, Subresource, Namespace, Name string } `json:"objectRef"`
	Response    struct{ Code int }                                      `json:"responseStatus"`
	Received    time.Time                                               `json:"requestReceivedTimestamp"`
}

// what is verb and resource, or path where it is about none.
func (r request) what() string {
	switch path, _, _ := strings.Cut(r.URI, "?"); {
	case r.Object.Resource == "":
		return r.Verb + " " + path
	case r.Object.Subresource == "":
		return r.Verb + " " + r.Object.Resource
	default:
		return r.Verb + " " + r.Object.Resource + "/" + r.Object.Subresource
	}
}

// evicts tells whether it is an eviction, made or refused.
func (r request) evicts() bool { return r.what() == "create pods/eviction" }

// counts tells whether it is one of those that a repair causes: a watch and the
// renewals of a Lease are there anyway.
func (r request) counts() bool { return r.Verb != "watch" && r.Object.Resource != "leases" }

// audited reads the audit log from some time on, in the order in which requests
// came in.
func (w *world) audited(since time.Time) ([]request, error) {
	log, err := os.ReadFile(w.cluster.AuditLog())
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	return requestsIn(log, since)
}

func requestsIn(log []byte, since time.Time) ([]request, error) {
	// The last line may be in the middle of being written.
	log = log[:bytes.LastIndexByte(log, '\n')+1]
	var requests []request
	lines := bufio.NewScanner(bytes.NewReader(log))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		if r.Stage == "ResponseComplete" && !r.Received.Before(since) {
			requests = append(requests, r)
		}
	}
	slices.SortStableFunc(requests, func(a, b request) int { return a.Received.Compare(b.Received) })
	return requests, lines.Err()
}

// of picks one user's requests that count.
func of(user string, requests []request) []request {
	var found []request
	for _, r := range requests {
		if r.User.Username == user && r.counts() {
			found = append(found, r)
		}
	}
	return found
}

// evictionsIn counts the evictions that were made, and those that were refused.
func evictionsIn(requests []request) (made, refused int) {
	for _, r := range requests {
		switch {
		case !r.evicts():
		case r.Response.Code < 300:
			made++
		default:
			refused++
		}
	}
	return made, refused
}
