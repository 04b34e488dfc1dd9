package api

import (
	"io"
	"net/http"
)

// Probes serves /livez and /readyz: 200 and "ok", or 503 and the reason why
// not. The functions are called for each request, and must be fast and safe
// for concurrent use; nil stands for one that always succeeds.
func Probes(live, ready func() error) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /livez", probe(live))
	mux.Handle("GET /readyz", probe(ready))
	return mux
}

func probe(check func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		text := "ok"
		if check != nil {
			if err := check(); err != nil {
				text = err.Error()
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}
		_, _ = io.WriteString(w, text+"\n") // an error means that the client has gone
	})
}
