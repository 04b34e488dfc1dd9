package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	eventsclient "k8s.io/client-go/kubernetes/typed/events/v1"
	"k8s.io/client-go/rest"
)

var errGuard = errors.New("not now")

// roundTripper is a function as an http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// closing notes that a body was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestOnlyReadsPassTheGuardOfOneThatMayNotWrite(t *testing.T) {
	tests := map[string]struct {
		method string
		may    bool
		passes bool
	}{
		"a read passes":                  {http.MethodGet, false, true},
		"a read of one that may passes":  {http.MethodGet, true, true},
		"a creation is kept":             {http.MethodPost, false, false},
		"a creation by one that may not": {http.MethodPost, true, true},
		"an update is kept":              {http.MethodPut, false, false},
		"a patch is kept":                {http.MethodPatch, false, false},
		"a deletion is kept":             {http.MethodDelete, false, false},
		"a deletion of one that may":     {http.MethodDelete, true, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			passed := false
			g := &guard{may: func() bool { return test.may }, refusal: errGuard, next: roundTripper(func(r *http.Request) (*http.Response, error) {
				passed = true
				if data, err := io.ReadAll(r.Body); err != nil || string(data) != "body" {
					t.Errorf("passed on is %q, %v", data, err)
				}
				return &http.Response{Body: http.NoBody}, nil
			})}
			body := &closing{Reader: strings.NewReader("body")}
			r, err := http.NewRequestWithContext(t.Context(), test.method, "http://server", body)
			if err != nil {
				t.Fatal(err)
			}
			response, err := g.RoundTrip(r)
			if err == nil {
				_ = response.Body.Close()
			}
			if passed != test.passes || (err == nil) != test.passes {
				t.Errorf("passed: %v, answered %v", passed, err)
			}
			if !test.passes && (!errors.Is(err, errGuard) || !body.closed) {
				t.Errorf("refused by %v, and its body closed: %v", err, body.closed)
			}
		})
	}
}

// taker is a server that counts the requests that it has got as a whole.
func taker(t *testing.T, http2 bool) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	whole := &atomic.Int32{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		whole.Add(1)
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(data)
	}))
	server.EnableHTTP2 = http2
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, whole
}

func TestWhatWaitsForAConnectionIsNotSentByOneThatMayNotWriteAnyMore(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			server, whole := taker(t, http2)
			asked := 0
			client := *server.Client()
			client.Transport = &guard{next: client.Transport, refusal: errGuard, may: func() bool {
				asked++
				return asked == 1 // and no more when there is a connection
			}}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("body"))
			if err != nil {
				t.Fatal(err)
			}
			response, err := client.Do(r)
			if err == nil {
				_ = response.Body.Close()
			}
			if !errors.Is(err, errGuard) {
				t.Errorf("answered %v", err)
			}
			server.Close() // and waits for what it is at
			if n := whole.Load(); n != 0 {
				t.Errorf("the server has got %d requests", n)
			}
		})
	}
}

func TestABodyThatIsSentAgainIsGuardedAgain(t *testing.T) {
	may := true
	g := &guard{may: func() bool { return may }, refusal: errGuard}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://server", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := g.withBodyGuarded(r).GetBody()
	if err != nil {
		t.Fatal(err)
	}
	may = false
	if data, err := io.ReadAll(again); !errors.Is(err, errGuard) || len(data) > 0 {
		t.Errorf("read %q, %v", data, err)
	}
}

// TestWhatMakesARequestWaitIsBeforeTheGuard freezes a request where the server
// has put it off, which is where it can wait for longest.
func TestWhatMakesARequestWaitIsBeforeTheGuard(t *testing.T) {
	server, whole := taker(t, true)
	may := true
	config := &rest.Config{Host: server.URL, TLSClientConfig: rest.TLSClientConfig{CAData: certificate(server)}}
	freezes := false
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			may = !freezes
			return next.RoundTrip(r)
		})
	})
	client, err := eventsclient.NewForConfig(guarded(config, func() bool { return may }, errGuard))
	if err != nil {
		t.Fatal(err)
	}
	create := func(ctx context.Context) error {
		event := &eventsv1.Event{ObjectMeta: metav1.ObjectMeta{Name: "e"}}
		_, err := client.Events("shop").Create(ctx, event, metav1.CreateOptions{})
		return err
	}
	if err := create(t.Context()); err != nil || whole.Load() != 1 {
		t.Errorf("one that may write gets %v, the server %d requests", err, whole.Load())
	}
	freezes = true
	if err := create(t.Context()); !errors.Is(err, errGuard) || whole.Load() != 1 {
		t.Errorf("one that was frozen gets %v, the server %d requests", err, whole.Load())
	}
}
