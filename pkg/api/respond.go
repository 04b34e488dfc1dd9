package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// failure is an error with its HTTP status.
type failure struct {
	status int
	text   string
}

func (f *failure) Error() string { return f.text }

func badRequest(format string, args ...any) error {
	return &failure{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &failure{http.StatusNotFound, fmt.Sprintf(format, args...)}
}

// endpoint gives what a request is answered with, or a failure.
type endpoint func(*http.Request) (any, error)

// known serves an endpoint once the caches have synced.
func (s server) known(answer endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.ready != nil && !s.ready() {
			w.Header().Set("Retry-After", "2")
			respondError(w, http.StatusServiceUnavailable, "the caches have not synced yet: what is known is not complete")
			return
		}
		body, err := answer(r)
		var f *failure
		switch {
		case errors.As(err, &f):
			respondError(w, f.status, f.text)
		case err != nil:
			respondError(w, http.StatusInternalServerError, err.Error())
		default:
			respond(w, http.StatusOK, body)
		}
	})
}

func respondError(w http.ResponseWriter, status int, text string) {
	respond(w, status, struct {
		Error string `json:"error"`
	}{text})
}

// respond writes JSON. Nothing is written before all of it is encoded, so that
// an answer is never cut short by an error.
func respond(w http.ResponseWriter, status int, body any) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // the content type says that it is no HTML
	if err := encoder.Encode(body); err != nil {
		b.Reset()
		b.WriteString(`{"error":"the answer could not be encoded"}`)
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // an error means that the client has gone
}

// routed is a mux that says in JSON what it does not serve.
func routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		// The mux's own answer tells a wrong method from a wrong path.
		refusal := &header{header: make(http.Header)}
		handler.ServeHTTP(refusal, r)
		if refusal.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", refusal.header.Get("Allow"))
			respondError(w, http.StatusMethodNotAllowed, "method "+r.Method+" is not allowed")
			return
		}
		respondError(w, http.StatusNotFound, fmt.Sprintf("no such path: %q", r.URL.Path))
	})
}

// header keeps an answer's status and header, and drops its body.
type header struct {
	header http.Header
	status int
}

func (h *header) Header() http.Header         { return h.header }
func (h *header) WriteHeader(status int)      { h.status = status }
func (h *header) Write(b []byte) (int, error) { return len(b), nil }
