package api

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// guard lets a handler answer those who reached the server on purpose, and not
// a web page that happens to be open in a browser on the same machine.
//
// A browser keeps a page from reading another origin's answers, unless the
// page's own name has been made to resolve to this server (DNS rebinding): its
// requests then count as same-origin, and only their Host header, the page's
// name, tells. An IP address in it can not be rebound, so any will do.
func guard(hosts []string, next http.Handler) http.Handler {
	allowed := map[string]bool{"localhost": true}
	for _, host := range hosts {
		allowed[normal(host)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		switch host := hostOf(r.Host); {
		case !allowed[host] && !isAddress(host):
			respondError(w, http.StatusForbidden, fmt.Sprintf("host %q is not served here: call this server localhost or by its address", r.Host))
		case crossOrigin(r):
			respondError(w, http.StatusForbidden, "requests from other web pages are refused")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// hostOf is the host of a Host header, without a port.
func hostOf(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		return normal(host)
	}
	return normal(strings.TrimSuffix(strings.TrimPrefix(header, "["), "]"))
}

func normal(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// crossOrigin is true for what another origin's page asks for by itself.
// Reading the answer is denied to it anyway, but asking has effects too: a
// profile takes half a minute of work. Following a link is no such request,
// and programs send neither header.
func crossOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "": // an older browser, or none
		origin := r.Header.Get("Origin")
		if origin == "" {
			return false
		}
		from, err := url.Parse(origin)
		return err != nil || from.Host != r.Host
	default:
		link := r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
		return !link || (r.Method != http.MethodGet && r.Method != http.MethodHead)
	}
}
