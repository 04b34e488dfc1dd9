package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"evenkeel.dev/evenkeel/pkg/api"
)

var update = flag.Bool("update", false, "write the golden files")

func TestEveryRequestIsAnsweredAsItsGoldenFileSays(t *testing.T) {
	files, err := filepath.Glob("testdata/*.request")
	if err != nil || len(files) == 0 {
		t.Fatalf("no requests: %v", err)
	}
	handler := readWorld(t).handler()
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".request"), func(t *testing.T) {
			line, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			method, target, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
			answer := do(handler, method, target)
			golden(t, strings.TrimSuffix(file, ".request")+".golden", told(t, answer))
		})
	}
}

// told is an answer's status, the header that depends on it, and its body.
func told(t *testing.T, answer *httptest.ResponseRecorder) string {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintln(&b, answer.Code)
	if allow := answer.Header().Get("Allow"); allow != "" {
		fmt.Fprintln(&b, "Allow:", allow)
	}
	if err := json.Indent(&b, answer.Body.Bytes(), "", "  "); err != nil {
		t.Errorf("%v in %q", err, answer.Body)
	}
	return b.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestEveryAnswerIsJSONThatNobodyGuessesAtOrKeeps(t *testing.T) {
	handler := readWorld(t).handler()
	for _, answer := range []*httptest.ResponseRecorder{
		do(handler, "GET", "/api/v1/apps"),
		do(handler, "GET", "/api/v1/apps?limit=x"),
		do(handler, "GET", "/nowhere"),
		do(handler, "POST", "/api/v1/apps"),
		do(handler, "GET", "/api/v1/apps", "Host", "evil.example"),
	} {
		for name, want := range map[string]string{
			"Content-Type":                 "application/json; charset=utf-8",
			"X-Content-Type-Options":       "nosniff",
			"Cache-Control":                "no-store",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := answer.Header().Get(name); got != want {
				t.Errorf("%d: %s is %q, want %q", answer.Code, name, got, want)
			}
		}
		if !json.Valid(answer.Body.Bytes()) {
			t.Errorf("%d: no JSON: %q", answer.Code, answer.Body)
		}
	}
}

func TestUntilTheCachesHaveSyncedNothingIsTaken(t *testing.T) {
	w := readWorld(t)
	ready := false
	handler := api.New(api.Config{
		Report: w.report(), Cluster: w.nodes, Ready: func() bool { return ready },
		Also: map[string]http.Handler{"GET /api/v1/pipeline": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{}`)
		})},
	})
	for _, path := range []string{"apps", "apps/shop/cart", "nodes", "nodes/a1", "zones", "zones/a", "what-if?node=a1"} {
		answer := do(handler, "GET", "/api/v1/"+path)
		if answer.Code != 503 || answer.Header().Get("Retry-After") == "" || !strings.Contains(errorOf(t, answer), "not synced") {
			t.Errorf("%s: %d %v %s", path, answer.Code, answer.Header(), answer.Body)
		}
	}
	for path, want := range map[string]int{"/nowhere": 404, "/api/v1/pipeline": 200, "/debug/pprof/cmdline": 200} {
		if got := do(handler, "GET", path).Code; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	ready = true
	if got := do(handler, "GET", "/api/v1/apps").Code; got != 200 {
		t.Errorf("synced: %d", got)
	}
}

func TestHeadTellsTheLengthAndSendsNoBody(t *testing.T) {
	server := httptest.NewServer(readWorld(t).handler())
	defer server.Close()
	var got []int64
	for _, method := range []string{"GET", "HEAD"} {
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/api/v1/apps?limit=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(answer.Body); err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if method == "HEAD" && body.Len() > 0 {
			t.Errorf("HEAD sent %q", body.String())
		}
		got = append(got, answer.ContentLength)
	}
	if got[0] != got[1] || got[0] <= 0 {
		t.Errorf("lengths %v", got)
	}
}

func TestProfilesAreServed(t *testing.T) {
	handler := readWorld(t).handler()
	for path, want := range map[string]string{
		"/debug/pprof/":                  "goroutine",
		"/debug/pprof/goroutine?debug=1": "goroutine profile",
		"/debug/pprof/cmdline":           "api.test",
	} {
		if answer := do(handler, "GET", path); answer.Code != 200 || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%s: %d %.200s", path, answer.Code, answer.Body)
		}
	}
}
