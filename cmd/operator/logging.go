package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strconv"

	"k8s.io/klog/v2"
)

// withLogging sets the process's log up as the options ask and puts its logger
// into the context.
func withLogging(ctx context.Context, o options) (context.Context, error) {
	fs := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(fs)
	if err := fs.Set("v", strconv.Itoa(o.verbosity)); err != nil {
		return ctx, fmt.Errorf("set the log's verbosity: %w", err)
	}
	if o.logFormat == "json" {
		// logr's V(n) is slog's level -n.
		level := slog.Level(-o.verbosity)
		klog.SetSlogLogger(slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
	}
	return klog.NewContext(ctx, klog.Background()), nil
}
