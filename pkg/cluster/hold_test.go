package cluster

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// desk is an API server that answers with what is next, and otherwise well. It
// notes when it is asked for what.
type desk struct {
	begin time.Time
	next  []http.Response
	asked []string
}

func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	d.asked = append(d.asked, time.Since(d.begin).String()+" "+r.Method+" "+r.URL.Path)
	answer := http.Response{StatusCode: http.StatusOK}
	if len(d.next) > 0 {
		answer, d.next = d.next[0], d.next[1:]
	}
	answer.Body = io.NopCloser(strings.NewReader(""))
	return &answer, nil
}

func busy(status int, after string) http.Response {
	return http.Response{StatusCode: status, Header: http.Header{"Retry-After": {after}}}
}

// closing tells whether a request's body was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestARequestIsHeldForAsLongAsTheServerAskedFor(t *testing.T) {
	const create, other = "POST /apis/events.k8s.io/v1/namespaces/shop/events", "POST /apis/events.k8s.io/v1/namespaces/bank/events"
	tests := map[string]struct {
		answer http.Response
		want   []string // the second is asked for at once, the third a second later
	}{
		"429 holds the same request and no other": {busy(429, "15"), []string{"0s " + create, "0s " + other, "15s " + create}},
		"so does 503":                    {busy(503, "15"), []string{"0s " + create, "0s " + other, "15s " + create}},
		"no longer than some minutes":    {busy(429, "86400"), []string{"0s " + create, "0s " + other, "5m0s " + create}},
		"however long that is":           {busy(429, "9223372036854775807"), []string{"0s " + create, "0s " + other, "5m0s " + create}},
		"without a time nothing is held": {busy(429, ""), []string{"0s " + create, "0s " + other, "1s " + create}},
		"nor by a time that is none":     {busy(429, "soon"), []string{"0s " + create, "0s " + other, "1s " + create}},
		"nor by a time that is over":     {busy(429, "-5"), []string{"0s " + create, "0s " + other, "1s " + create}},
		"nor after another answer":       {busy(409, "15"), []string{"0s " + create, "0s " + other, "1s " + create}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{begin: time.Now(), next: []http.Response{test.answer}}
				h := newHolds()
				// Two clients have one patience.
				one, two := h.wrap(d), h.wrap(d)
				ask(t, one, create)
				ask(t, one, other)
				time.Sleep(time.Second)
				ask(t, two, create)
				if !slices.Equal(d.asked, test.want) {
					t.Errorf("asked was\n%q, want\n%q", d.asked, test.want)
				}
				time.Sleep(time.Minute)
				ask(t, one, other)
				if len(h.until) != 0 {
					t.Errorf("%d are held for ever", len(h.until))
				}
			})
		})
	}
}

func TestAHeldRequestEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const create = "POST /apis/events.k8s.io/v1/namespaces/shop/events"
		d := &desk{begin: time.Now(), next: []http.Response{busy(429, "30")}}
		client := newHolds().wrap(d)
		ask(t, client, create)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		body := &closing{Reader: strings.NewReader("{}")}
		response, err := client.RoundTrip(request(t, ctx, create, body))
		if err == nil {
			response.Body.Close()
		}
		if took := time.Since(d.begin); !errors.Is(err, context.DeadlineExceeded) || took != 10*time.Second || len(d.asked) != 1 {
			t.Errorf("after %s: %v; asked was %q", took, err, d.asked)
		}
		if !body.closed {
			t.Error("its body is left open")
		}
	})
}

func request(t *testing.T, ctx context.Context, what string, body io.Reader) *http.Request {
	t.Helper()
	method, path, _ := strings.Cut(what, " ")
	r, err := http.NewRequestWithContext(ctx, method, "https://server"+path+"?timeout=1s", body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func ask(t *testing.T, client http.RoundTripper, what string) {
	t.Helper()
	response, err := client.RoundTrip(request(t, t.Context(), what, nil))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
}
