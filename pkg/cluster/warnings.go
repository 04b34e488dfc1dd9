package cluster

import (
	"context"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// warnings logs each warning that the API server sends once, at V(1).
type warnings struct {
	mu   sync.Mutex
	said map[string]bool
}

var _ rest.WarningHandlerWithContext = (*warnings)(nil)

func newWarnings() *warnings { return &warnings{said: make(map[string]bool)} }

// mostWarnings bounds what is remembered: a warning may quote an object's name.
const mostWarnings = 200

// HandleWarningHeaderWithContext is called for each Warning header; 299 is the
// only code that Kubernetes sends.
func (w *warnings) HandleWarningHeaderWithContext(ctx context.Context, code int, _, text string) {
	if code != 299 || text == "" || !w.first(text) {
		return
	}
	klog.FromContext(ctx).V(1).Info("Warning from the API server", "warning", text)
}

func (w *warnings) first(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.said[text] || len(w.said) >= mostWarnings {
		return false
	}
	w.said[text] = true
	return true
}
