package manners_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

// expectWaits compares the times between requests with what the server asked
// for: never less, and not much more.
func (b *busyServer) expectWaits(t *testing.T) {
	t.Helper()
	waits := b.waits()
	if len(waits) != b.times {
		t.Errorf("asked again %d times (%v), want %d", len(waits), waits, b.times)
	}
	for _, waited := range waits {
		if waited < b.after || waited > b.after+10*time.Second {
			t.Errorf("asked again after %s, the server wanted %s", waited, b.after)
		}
	}
}

func TestAFirstListThatTheServerPutsOffIsAskedForWhenItSays(t *testing.T) {
	b := newBusyServer(t, 2, 3*time.Second, func(r *http.Request) bool { return r.URL.Path == "/api/v1/pods" })
	begin := time.Now()
	o := suite.Operator(t, "--kubeconfig", b.kubeconfig)
	if took := time.Since(begin); took < 2*b.after {
		t.Errorf("ready after %s, before the Pods can have been read", took)
	}
	b.expectWaits(t)
	if n := metric(t, o, "rest_client_requests_total", `code="429"`, `method="GET"`); n != 2 {
		t.Errorf("the metric counts %g answers 429, want 2", n)
	}
	if n := metric(t, o, "rest_client_request_retries_total", `verb="GET"`); n != 2 {
		t.Errorf("the metric counts %g requests again, want 2", n)
	}
}

func TestAnEventThatTheServerPutsOffIsWrittenWhenItSays(t *testing.T) {
	tests := map[string]time.Duration{
		"for a moment": 3 * time.Second,
		"for longer than the operator waits for one answer": 13 * time.Second,
	}
	for name, after := range tests {
		t.Run(name, func(t *testing.T) {
			w := suite.World(t, 1, "a")
			path := "/apis/events.k8s.io/v1/namespaces/" + w.Namespace + "/events"
			b := newBusyServer(t, 1, after, func(r *http.Request) bool {
				return r.Method == http.MethodPost && r.URL.Path == path
			})
			w.Deployment(t, "web", 2, w.OnNode(1))
			w.WaitPods(t, "web", 2)
			o := suite.Operator(t, "--kubeconfig", b.kubeconfig, "--settle", "2s")
			harness.Eventually(t, after+20*time.Second, func() error {
				list, err := w.Client.EventsV1().Events(w.Namespace).List(t.Context(), metav1.ListOptions{FieldSelector: "reason=NodeFragile"})
				if err == nil && len(list.Items) != 1 {
					err = fmt.Errorf("%d Events, want one", len(list.Items))
				}
				return err
			})
			b.expectWaits(t)
			harness.Eventually(t, 5*time.Second, func() error {
				if n := metric(t, o, "evenkeel_events_total", `reason="NodeFragile"`, `result="created"`); n != 1 {
					return fmt.Errorf("the metric counts %g Events created, want 1", n)
				}
				return nil
			})
			if n := metric(t, o, "rest_client_requests_total", `code="429"`, `method="POST"`); n != 1 {
				t.Errorf("the metric counts %g answers 429, want 1", n)
			}
			// The verdict did not wait.
			if items := o.Apps(t, w.Namespace); len(items) != 1 || items[0].Verdict != "NodeFragile" {
				t.Errorf("said is %+v", items)
			}
			if strings.Contains(o.Log(), "DATA RACE") {
				t.Error("the operator's race detector has found something")
			}
		})
	}
}
