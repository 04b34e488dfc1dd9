package main

import (
	"fmt"
	"io"
	"net/http"

	eventsclient "k8s.io/client-go/kubernetes/typed/events/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"

	"evenkeel.dev/evenkeel/pkg/notify"
)

// events is a client that writes Events only while this replica is the leader
// for sure. It shares the limit of requests with the other.
func (c *core) events(config *rest.Config) (*eventsclient.EventsV1Client, error) {
	own := guarded(config, c.mayWrite, notify.ErrNotSure)
	own.RateLimiter = c.client.EventsV1().RESTClient().GetRateLimiter()
	client, err := eventsclient.NewForConfig(own)
	if err != nil {
		return nil, fmt.Errorf("make the client that writes Events: %w", err)
	}
	return client, nil
}

// guarded is a config whose clients send what changes something only while may
// is true, and fail by the refusal otherwise. A caller that asks by itself asks
// too early: after it come the limiter, what the server has put off, and
// retries, and this process may be frozen in each of them.
func guarded(config *rest.Config, may func() bool, refusal error) *rest.Config {
	own := rest.CopyConfig(config)
	// The first is the innermost: nothing is waited for after it but a connection.
	own.WrapTransport = transport.Wrappers(func(next http.RoundTripper) http.RoundTripper {
		return &guard{next: next, may: may, refusal: refusal}
	}, config.WrapTransport)
	return own
}

type guard struct {
	next    http.RoundTripper
	may     func() bool
	refusal error
}

// RoundTrip asks before it passes a request on, and again when the request has
// a connection and its body is read: without its body it changes nothing.
func (g *guard) RoundTrip(request *http.Request) (*http.Response, error) {
	switch request.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return g.next.RoundTrip(request)
	}
	if !g.may() {
		if request.Body != nil {
			_ = request.Body.Close() // as a RoundTripper must
		}
		return nil, g.refusal
	}
	return g.next.RoundTrip(g.withBodyGuarded(request))
}

// WrappedRoundTripper lets client-go find the transport within.
func (g *guard) WrappedRoundTripper() http.RoundTripper { return g.next }

func (g *guard) withBodyGuarded(request *http.Request) *http.Request {
	if request.Body == nil || request.Body == http.NoBody {
		return request
	}
	own := *request // a RoundTripper must not change the caller's
	own.Body = &guardedBody{ReadCloser: request.Body, guard: g}
	if again := request.GetBody; again != nil {
		own.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			if err != nil {
				return nil, err
			}
			return &guardedBody{ReadCloser: body, guard: g}, nil
		}
	}
	return &own
}

// guardedBody is a request's, which is read for being sent only.
type guardedBody struct {
	io.ReadCloser
	guard *guard
}

func (b *guardedBody) Read(p []byte) (int, error) {
	if !b.guard.may() {
		return 0, b.guard.refusal
	}
	return b.ReadCloser.Read(p)
}
