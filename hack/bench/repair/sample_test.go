package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// line is one of the audit log's, of a request so many milliseconds after noon.
func line(user, verb, resource, subresource, name string, code, at int) string {
	noon := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	received := noon.Add(time.Duration(at) * time.Millisecond)
	return fmt.Sprintf(`{"stage":"ResponseComplete","verb":%q,"user":{"username":%q},"objectRef":{"resource":%q,"subresource":%q,"namespace":"n","name":%q},"responseStatus":{"code":%d},"requestReceivedTimestamp":%q}`,
		verb, user, resource, subresource, name, code, received.Format(time.RFC3339Nano))
}

func TestAnEvictionIsMeasuredFromWhenItWasDue(t *testing.T) {
	noon := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	kwok := "system:kwok"
	for name, test := range map[string]struct {
		log                      []string
		raw, reaction, permitted time.Duration
	}{
		"ready before the settle time's end: the end counts": {
			log: []string{
				line(kwok, "patch", "pods", "status", "a-1", 200, 500),
				line(kwok, "patch", "pods", "status", "a-2", 200, 700),
				line("controller", "update", "poddisruptionbudgets", "status", "a", 200, 800),
				line(operatorUser, "create", "pods", "eviction", "a-1", 201, 2030),
			},
			raw: -670 * time.Millisecond, reaction: 30 * time.Millisecond, permitted: 30 * time.Millisecond,
		},
		"ready after the settle time's end: the readiness counts, and the budget": {
			log: []string{
				line(kwok, "patch", "pods", "status", "a-2", 200, 3000),
				line(operatorUser, "create", "pods", "eviction", "a-2", 201, 3040),
				line("controller", "update", "poddisruptionbudgets", "status", "a", 200, 3010), // answered later
			},
			raw: -1960 * time.Millisecond, reaction: 40 * time.Millisecond, permitted: 30 * time.Millisecond,
		},
		"what comes after the first eviction, fails, or is another's, counts for nothing": {
			log: []string{
				line(kwok, "patch", "pods", "status", "a-1", 200, 500),
				line(kwok, "patch", "pods", "status", "b-1", 200, 900),
				line(kwok, "patch", "pods", "status", "a-1", 409, 1000),
				line("somebody", "create", "pods", "eviction", "a-1", 429, 1500),
				line(operatorUser, "create", "pods", "eviction", "a-1", 429, 2010),
				line(kwok, "patch", "pods", "status", "a-2", 200, 2100),
				line(operatorUser, "create", "pods", "eviction", "a-2", 201, 2900),
			},
			raw: -490 * time.Millisecond, reaction: 10 * time.Millisecond, permitted: 10 * time.Millisecond,
		},
	} {
		t.Run(name, func(t *testing.T) {
			requests, err := requestsIn([]byte(strings.Join(test.log, "\n")+"\n"), noon)
			if err != nil {
				t.Fatal(err)
			}
			c := &crowded{app: app{"n", "a"}, pods: []string{"a-1", "a-2"}, placed: noon}
			samples := samplesOf([]*crowded{c}, requests)
			if len(samples) != 1 {
				t.Fatalf("%d samples, want one", len(samples))
			}
			s := samples[0]
			if s.raw() != test.raw || s.reaction() != test.reaction || s.permitted() != test.permitted {
				t.Errorf("raw %s, reaction %s, permitted %s; want %s, %s, %s", s.raw(), s.reaction(), s.permitted(), test.raw, test.reaction, test.permitted)
			}
		})
	}
}

func TestAnAppOfWhichNothingWasEvictedIsNoSample(t *testing.T) {
	c := &crowded{app: app{"n", "a"}, pods: []string{"a-1"}}
	if samples := samplesOf([]*crowded{c}, nil); len(samples) != 0 {
		t.Errorf("samples: %v", samples)
	}
}

func TestRequestsAreThoseOfOneUserButWatchesAndLeases(t *testing.T) {
	log := strings.Join([]string{
		line(operatorUser, "get", "deployments", "", "a", 200, 1),
		line(operatorUser, "watch", "pods", "", "", 200, 2),
		line(operatorUser, "update", "leases", "", "evenkeel", 200, 3),
		line(operatorUser, "create", "pods", "eviction", "a-1", 201, 4),
		line(operatorUser, "create", "pods", "eviction", "a-2", 429, 5),
		line(deschedulerUser, "create", "pods", "eviction", "a-1", 201, 6),
		`{"stage":"ResponseComp`,
	}, "\n")
	requests, err := requestsIn([]byte(log), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	asked := of(operatorUser, requests)
	if len(asked) != 3 {
		t.Errorf("%d requests, want 3: %v", len(asked), asked)
	}
	if made, refused := evictionsIn(asked); made != 1 || refused != 1 {
		t.Errorf("%d evictions made and %d refused, want one each", made, refused)
	}
}
