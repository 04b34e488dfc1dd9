package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
)

// How long a connection may take for what; a profile's own time is added to
// writeTimeout by its handler.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	// shutdownTimeout is what requests get to end once the context has.
	shutdownTimeout = 3 * time.Second
	mostHeaderBytes = 64 << 10
)

// Serve answers on the listener, which it closes, until the context ends. Then
// requests have three seconds before their connections are cut; their contexts
// end at once. It returns nil then, and else the error that ended it; nothing
// that it started is left. The context's logger is told what goes wrong.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	logger := klog.LoggerWithValues(klog.FromContext(ctx), "address", listener.Addr().String())
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    mostHeaderBytes,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(logr.ToSlogHandler(logger), slog.LevelError),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		logger.Info("Connections are cut: requests did not end in time", "timeout", shutdownTimeout)
		_ = server.Close() // what it could tell is that the listener is closed
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	}
	return nil
}
