package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"

	"github.com/oklog/run"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/api"
	"evenkeel.dev/evenkeel/pkg/cluster"
	"evenkeel.dev/evenkeel/pkg/metrics"
)

// operate builds the operator's parts and runs them as a group: the first that
// fails, or the end of ctx, ends the others.
func operate(ctx context.Context, o options) error {
	listeners, err := listen(ctx, o)
	if err != nil {
		return err
	}
	setGC(syncGC)
	config, namespace, err := cluster.Load(cluster.Options{
		Kubeconfig: o.kubeconfig, Context: o.context,
		QPS: o.qps, Burst: o.burst, UserAgent: "evenkeel/" + version,
	})
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	m := metrics.New(registry, metrics.Build{Version: version, Commit: commit, GoVersion: runtime.Version()})
	m.InstallHooks()
	core, err := newCore(ctx, o, config, namespace, m)
	if err != nil {
		return err
	}
	klog.FromContext(ctx).Info("Serving", "version", version, "metrics", listeners.metrics.Addr().String(),
		"api", "http://"+listeners.api.Addr().String()+"/api/v1/apps")

	var group run.Group
	actor(ctx, &group, func(ctx context.Context) error {
		return api.Serve(ctx, listeners.metrics, operations(registry, core))
	})
	actor(ctx, &group, func(ctx context.Context) error {
		return api.Serve(ctx, listeners.api, core.api())
	})
	actor(ctx, &group, core.run)
	actor(ctx, &group, func(ctx context.Context) error { return keepSmall(ctx, core.judged) })
	return group.Run()
}

// actor adds a part that runs until its context ends.
func actor(ctx context.Context, group *run.Group, part func(context.Context) error) {
	ctx, cancel := context.WithCancel(ctx)
	group.Add(func() error { return part(ctx) }, func(error) { cancel() })
}

// listeners are open before anything else is done: a port in use is to be
// known at once.
type listeners struct {
	metrics, api net.Listener
}

func listen(ctx context.Context, o options) (l listeners, err error) {
	var config net.ListenConfig
	if l.metrics, err = config.Listen(ctx, "tcp", o.metricsAddr); err != nil {
		return l, fmt.Errorf("--metrics-addr: %w", err)
	}
	if l.api, err = config.Listen(ctx, "tcp", o.apiAddr); err != nil {
		_ = l.metrics.Close()
		return l, fmt.Errorf("--api-addr: %w", err)
	}
	return l, nil
}

// operations serves metrics and probes.
func operations(registry *prometheus.Registry, core *core) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	mux.Handle("/", api.Probes(core.live, core.ready))
	return mux
}
