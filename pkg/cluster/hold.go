package cluster

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// holds keeps a request back for as long as the server has asked for. client-go
// waits out a Retry-After too, within one call; where that call has to end
// before, the caller's next one would come too early. It is safe for concurrent
// use.
type holds struct {
	mu    sync.Mutex
	until map[held]time.Time
}

// held is what the server asked to come later with. Other requests go out: the
// server weighs each by itself, and a lease does not wait for an Event.
type held struct{ method, path string }

func newHolds() *holds { return &holds{until: make(map[held]time.Time)} }

// wrap is a transport.WrapperFunc.
func (h *holds) wrap(next http.RoundTripper) http.RoundTripper { return &holding{h, next} }

type holding struct {
	holds *holds
	next  http.RoundTripper
}

func (h *holding) RoundTrip(request *http.Request) (*http.Response, error) {
	key := held{request.Method, request.URL.Path}
	if err := h.holds.wait(request, key); err != nil {
		if request.Body != nil {
			_ = request.Body.Close() // as a RoundTripper must
		}
		return nil, err
	}
	response, err := h.next.RoundTrip(request)
	if err == nil {
		h.holds.note(key, retryAfter(response))
	}
	return response, err
}

// WrappedRoundTripper lets client-go find the transport within.
func (h *holding) WrappedRoundTripper() http.RoundTripper { return h.next }

// wait returns when the request may go out, or why it is not wanted any more.
func (h *holds) wait(request *http.Request, key held) error {
	h.mu.Lock()
	until := h.until[key]
	h.mu.Unlock()
	if d := time.Until(until); d > 0 {
		sleep(request.Context(), d)
	}
	return request.Context().Err()
}

// note takes down for how long the server does not want to be asked, zero for
// no time, and forgets what is over.
func (h *holds) note(key held, d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	for other, until := range h.until {
		if !now.Before(until) {
			delete(h.until, other)
		}
	}
	if d > 0 {
		h.until[key] = now.Add(d)
	}
}

// longestHold bounds what a server, or whatever answers in its place, may ask for:
// a watch that is not to come back for a day is one that is lost.
const longestHold = 5 * time.Minute

// retryAfter is what the answer asks to wait, by the measure of client-go: zero
// where it does not.
func retryAfter(response *http.Response) time.Duration {
	if code := response.StatusCode; code != http.StatusTooManyRequests && code < http.StatusInternalServerError {
		return 0
	}
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil {
		return 0
	}
	return min(time.Duration(min(seconds, 1<<20))*time.Second, longestHold)
}
