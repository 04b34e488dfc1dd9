package metrics

import (
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	clientmetrics "k8s.io/client-go/tools/metrics"
)

// InstallHooks sets the process-wide hooks of client-go, which measure
// informers, REST clients and leader election. client-go keeps the first that
// it is given and says nothing about the next, and what was built before is not
// measured: call it once, first thing in main.
func (m *Metrics) InstallHooks() {
	cache.SetInformerMetricsProvider(newInformers(m.reg))
	leaderelection.SetProvider(newLeaders(m.reg))
	clientmetrics.Register(hooks(newRequests(m.reg), newTransports(m.reg), newExecPlugins(m.reg)))
}

// hooks puts the hooks of REST clients together. ExecPluginPolicyCalls is left
// out: Kubernetes names a metric for it and never exposes that.
func hooks(r *requests, t *transports, e *execPlugins) clientmetrics.RegisterOpts {
	return clientmetrics.RegisterOpts{
		RequestLatency:               latency{r.duration},
		RateLimiterLatency:           latency{r.rateLimiter},
		ResolverLatency:              resolverLatency{r.resolver},
		RequestSize:                  size{r.requestSize},
		ResponseSize:                 size{r.responseSize},
		RequestResult:                result{r.results},
		RequestRetry:                 retry{r.retries},
		TransportCacheEntries:        entries{t.entries},
		TransportCreateCalls:         byResult{t.creates},
		TransportCAReloads:           caReloads{t.caReloads},
		TransportCertRotationGCCalls: calls{t.certRotationGC},
		TransportCacheGCCalls:        byResult{t.cacheGC},
		ClientCertExpiry:             e.expiry,
		ClientCertRotationAge:        rotationAge{e.rotation},
		ExecPluginCalls:              execCalls{e.calls},
	}
}
