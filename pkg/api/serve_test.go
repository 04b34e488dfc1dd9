package api_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/klog/v2/ktesting"

	"evenkeel.dev/evenkeel/pkg/api"
)

// serving starts Serve on a free port; stop ends it and gives its error.
func serving(t *testing.T, handler http.Handler) (url string, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, ctx := ktesting.NewTestContext(t)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- api.Serve(ctx, listener, handler) }()
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return "http://" + listener.Addr().String(), func() error { cancel(); return <-done }
}

func fetch(t *testing.T, url string) (int, string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

func TestItServesUntilTheContextEnds(t *testing.T) {
	url, stop := serving(t, readWorld(t).handler())
	if status, body, err := fetch(t, url+"/api/v1/apps/shop/cart"); status != 200 || !strings.Contains(body, `"cart"`) {
		t.Errorf("%d %s %v", status, body, err)
	}
	if err := stop(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if _, _, err := fetch(t, url); err == nil {
		t.Error("it still answers")
	}
}

func TestARequestThatHasBegunIsAnsweredToItsEnd(t *testing.T) {
	begun := make(chan struct{})
	url, stop := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done() // which ends with the server's
		_, _ = io.WriteString(w, "whole")
	}))
	answered := make(chan string, 1)
	go func() {
		_, body, _ := fetch(t, url)
		answered <- body
	}()
	<-begun
	if err := stop(); err != nil {
		t.Error(err)
	}
	if body := <-answered; body != "whole" {
		t.Errorf("got %q", body)
	}
}

func TestARequestThatDoesNotEndIsCutOff(t *testing.T) {
	release, begun := make(chan struct{}), make(chan struct{})
	url, stop := serving(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-release
	}))
	failed := make(chan error, 1)
	go func() {
		_, _, err := fetch(t, url)
		failed <- err
	}()
	<-begun
	started := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	if <-failed == nil {
		t.Error("the request was answered")
	}
	close(release)
}

func TestAListenerThatFailsEndsIt(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	if err := api.Serve(t.Context(), listener, http.NotFoundHandler()); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

func TestProbesSayOKOrWhyNot(t *testing.T) {
	handler := api.Probes(nil, func() error { return errors.New("the pods cache has not synced") })
	for path, want := range map[string]string{
		"/livez":  "200 ok\n",
		"/readyz": "503 the pods cache has not synced\n",
	} {
		answer := do(handler, "GET", path)
		if got := answer.Result().Status[:3] + " " + answer.Body.String(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if got := do(handler, "GET", "/").Code; got != 404 {
		t.Errorf("another path: %d", got)
	}
}
