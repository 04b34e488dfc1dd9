package metrics

import (
	"context"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requests measures what REST clients send and receive, under the names of
// Kubernetes. Of a request's URL only the host becomes a label: a path would
// make a series for every object.
type requests struct {
	duration, rateLimiter, resolver *prometheus.HistogramVec
	requestSize, responseSize       *prometheus.HistogramVec
	results, retries                *prometheus.CounterVec
}

func newRequests(reg prometheus.Registerer) *requests {
	seconds := []float64{0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0}
	bytes := []float64{64, 256, 512, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rest_client_" + name, Help: help, Buckets: buckets,
		}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rest_client_" + name, Help: help}, labels)
	}
	r := &requests{
		duration: histogram("request_duration_seconds",
			"Request latency in seconds. Broken down by verb, and host.", seconds, "verb", "host"),
		rateLimiter: histogram("rate_limiter_duration_seconds",
			"Client side rate limiter latency in seconds. Broken down by verb, and host.", seconds, "verb", "host"),
		resolver: histogram("dns_resolution_duration_seconds",
			"DNS resolver latency in seconds. Broken down by host.", seconds[:len(seconds)-1], "host"),
		requestSize: histogram("request_size_bytes",
			"Request size in bytes. Broken down by verb and host.", bytes, "verb", "host"),
		responseSize: histogram("response_size_bytes",
			"Response size in bytes. Broken down by verb and host.", bytes, "verb", "host"),
		results: counter("requests_total",
			"Number of HTTP requests, partitioned by status code, method, and host.", "code", "method", "host"),
		retries: counter("request_retries_total",
			"Number of request retries, partitioned by status code, verb, and host.", "code", "verb", "host"),
	}
	reg.MustRegister(r.duration, r.rateLimiter, r.resolver, r.requestSize, r.responseSize, r.results, r.retries)
	return r
}

// The types below are what client-go calls.

type latency struct{ *prometheus.HistogramVec }

func (l latency) Observe(_ context.Context, verb string, u url.URL, took time.Duration) {
	l.WithLabelValues(text(verb), text(u.Host)).Observe(took.Seconds())
}

type resolverLatency struct{ *prometheus.HistogramVec }

func (l resolverLatency) Observe(_ context.Context, host string, took time.Duration) {
	l.WithLabelValues(text(host)).Observe(took.Seconds())
}

type size struct{ *prometheus.HistogramVec }

func (s size) Observe(_ context.Context, verb, host string, bytes float64) {
	s.WithLabelValues(text(verb), text(host)).Observe(bytes)
}

type result struct{ *prometheus.CounterVec }

func (r result) Increment(_ context.Context, code, method, host string) {
	r.WithLabelValues(text(code), text(method), text(host)).Inc()
}

type retry struct{ *prometheus.CounterVec }

func (r retry) IncrementRetry(_ context.Context, code, verb, host string) {
	r.WithLabelValues(text(code), text(verb), text(host)).Inc()
}
