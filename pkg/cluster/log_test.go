package cluster

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr/funcr"
	"go.uber.org/goleak"
	"k8s.io/klog/v2"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lines keeps what is logged up to a verbosity.
type lines struct {
	mu   sync.Mutex
	said []string
}

func logged(ctx context.Context, verbosity int) (context.Context, *lines) {
	l := &lines{}
	logger := funcr.New(func(_, args string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.said = append(l.said, args)
	}, funcr.Options{Verbosity: verbosity})
	return klog.NewContext(ctx, logger), l
}

func logger(ctx context.Context) klog.Logger { return klog.FromContext(ctx) }

// with gives the lines that contain a text.
func (l *lines) with(text string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(func(yield func(string) bool) {
		for _, line := range l.said {
			if strings.Contains(line, text) && !yield(line) {
				return
			}
		}
	})
}

func TestAWarningIsLoggedOnceAndNotByDefault(t *testing.T) {
	for verbosity, want := range []int{0, 1, 1} {
		w := newWarnings()
		ctx, log := logged(t.Context(), verbosity)
		for range 3 {
			w.HandleWarningHeaderWithContext(ctx, 299, "-", "v1 Endpoints is deprecated")
		}
		if got := len(log.with("deprecated")); got != want {
			t.Errorf("verbosity %d: said %d times, want %d", verbosity, got, want)
		}
	}
}
