package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"evenkeel.dev/evenkeel/pkg/api"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a cluster and what is known of its apps.
type world struct {
	nodes       nodes
	assessments []placement.Assessment
}

type nodes []api.Node

func (n nodes) Nodes() []api.Node { return n }

func (n nodes) Node(name string) (api.Node, bool) {
	for _, node := range n {
		if node.Name == name {
			return node, true
		}
	}
	return api.Node{}, false
}

func readWorld(t testing.TB) world {
	t.Helper()
	data, err := os.ReadFile("testdata/world.json")
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Nodes       nodes
		Assessments []placement.Assessment
	}
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	return world{read.Nodes, read.Assessments}
}

func (w world) report() *report.Report {
	r := report.New()
	apps := make(map[placement.AppKey][]placement.Assessment)
	for _, a := range w.assessments {
		apps[a.ID.AppKey] = append(apps[a.ID.AppKey], a)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for key, assessments := range apps {
		r.Put(key, assessments, now)
	}
	return r
}

func (w world) handler() http.Handler {
	return api.New(api.Config{Report: w.report(), Cluster: w.nodes, Repair: repairs{}})
}

// repairs is what repair would do, of every kind once.
type repairs struct{}

func (repairs) Plan() api.Plan {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	of := func(name string) placement.WorkloadID {
		return placement.WorkloadID{AppKey: placement.AppKey{Namespace: "shop", App: name}, Kind: "Deployment", Name: name}
	}
	var many []string
	for i := range 25 {
		many = append(many, fmt.Sprintf("node-%02d", i))
	}
	half, all := placement.Loss{Name: "a", Share: .5}, placement.Loss{Name: "a", Share: 1}
	return api.Plan{
		Mode: placement.Enforce, Leads: true, Leader: "evenkeel-0", Suspended: "zone 1 is down",
		Repairs: []api.Planned{
			{
				Plan: placement.Plan{ID: of("web"), Verdict: placement.NodeFragile, Reaches: true, Moves: []placement.Move{{
					Victim: placement.Candidate{Name: "web-1", Node: "a", Zone: "1"}, Reason: "node a carries 2 of 2 ready replicas, of which 1 may be there",
					Before: placement.Losses{Node: all, Zone: all}, After: placement.Losses{Node: half, Zone: half}, Admits: many, MayReturn: true,
				}}},
				Mode: placement.Enforce, Ready: 2, Replicas: 2,
			},
			{
				Plan: placement.Plan{ID: of("moving"), Verdict: placement.Settling, Because: "a workload that is Settling needs no move"},
				Mode: placement.Enforce, Ready: 1, Replicas: 2, UnderWay: "moving-1", WaitsFor: "its successor is not Ready yet",
			},
			{
				Plan: placement.Plan{ID: of("stuck"), Verdict: placement.Uneven, Because: "no node within the limits has room for another"},
				Mode: placement.Shadow, Ready: 3, Replicas: 3, Guard: "given-up", Blocked: "three moves in vain", BlockedSince: at,
				InVain: 3, AvoidedNodes: []string{"a"}, BackOffUntil: at.Add(time.Hour), GivenUp: "three moves in vain",
			},
		},
	}
}

// do asks a handler as a client on the same machine does.
func do(handler http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, target, nil)
	request.Host = "localhost:8081"
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
			continue
		}
		request.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

// errorOf is what an answer tells in its error field.
func errorOf(t *testing.T, answer *httptest.ResponseRecorder) string {
	t.Helper()
	var body struct{ Error string }
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil || body.Error == "" {
		t.Errorf("no error in %q: %v", answer.Body, err)
	}
	return strings.TrimSpace(body.Error)
}
