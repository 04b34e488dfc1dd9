package api_test

import (
	"encoding/json"
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
	return api.New(api.Config{Report: w.report(), Cluster: w.nodes})
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
