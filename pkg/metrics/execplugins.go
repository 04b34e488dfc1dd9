package metrics

import (
	"math"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// execPlugins measures the credential plugins that a kubeconfig may name, under
// the names of Kubernetes. Inside a cluster there are none.
type execPlugins struct {
	expiry   *expiry
	rotation prometheus.Histogram
	calls    *prometheus.CounterVec
}

func newExecPlugins(reg prometheus.Registerer) *execPlugins {
	e := &execPlugins{
		expiry: &expiry{},
		rotation: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "rest_client_exec_plugin_certificate_rotation_age",
			Help: "Histogram of the number of seconds the last auth exec plugin client certificate lived " +
				"before being rotated. If auth exec plugin client certificates are unused, histogram will contain no data.",
			// 10 minutes, 30, 1 hour, 4; 1 day, a week, 1 month, 3, 6; 1 year, 4.
			Buckets: []float64{600, 1800, 3600, 14400, 86400, 604800, 2592000, 7776000, 15552000, 31104000, 124416000},
		}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rest_client_exec_plugin_call_total",
			Help: "Number of calls to an exec plugin, partitioned by the type of event encountered " +
				"(no_error, plugin_execution_error, plugin_not_found_error, client_internal_error) and an optional " +
				"exit code. The exit code will be set to 0 if and only if the plugin call was successful.",
		}, []string{"code", "call_status"}),
	}
	ttl := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "rest_client_exec_plugin_ttl_seconds",
		Help: "Gauge of the shortest TTL (time-to-live) of the client certificate(s) managed by the auth exec plugin. " +
			"The value is in seconds until certificate expiry (negative if already expired). If auth exec plugins are " +
			"unused or manage no TLS certificates, the value will be +INF.",
	}, e.expiry.seconds)
	reg.MustRegister(ttl, e.rotation, e.calls)
	return e
}

// The types below are what client-go calls.

// expiry is when the certificate that expires first does so. A scrape may read
// it while a plugin's answer sets it.
type expiry struct{ at atomic.Pointer[time.Time] }

func (e *expiry) Set(at *time.Time) { e.at.Store(at) }

func (e *expiry) seconds() float64 {
	at := e.at.Load()
	if at == nil {
		return math.Inf(1)
	}
	return time.Until(*at).Seconds()
}

type rotationAge struct{ prometheus.Histogram }

func (r rotationAge) Observe(age time.Duration) { r.Histogram.Observe(age.Seconds()) }

type execCalls struct{ *prometheus.CounterVec }

func (c execCalls) Increment(exitCode int, status string) {
	c.WithLabelValues(strconv.Itoa(exitCode), text(status)).Inc()
}
