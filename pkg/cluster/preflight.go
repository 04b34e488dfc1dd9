package cluster

import (
	"context"
	"fmt"
	"math"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
)

// Needs is what the program needs of a cluster.
type Needs struct {
	// Server is the API server's address, for messages.
	Server string
	// Namespace limits what is watched; empty for all namespaces.
	Namespace string
	// Lease is the leader election's; its zero value means no election.
	Lease Lease
	// Permissions are those needed besides the ones that watching and writing
	// Events take.
	Permissions []Permission
}

// Lease names a lease.
type Lease struct{ Namespace, Name string }

func (n Needs) election() bool { return n.Lease != Lease{} }

const (
	// tryTimeout bounds one attempt, which is some twenty small requests.
	tryTimeout = 20 * time.Second
	firstDelay = 500 * time.Millisecond
	mostDelay  = 15 * time.Second
)

// Preflight returns nil when the cluster is of a known version and has and
// allows what is needed. Its errors are one line that names what is missing.
//
// While the API server can not be reached or can not answer, it keeps trying,
// until the context ends; it logs when that begins and when it is over. It
// writes nothing to the cluster but access reviews, which are not stored.
func Preflight(ctx context.Context, client kubernetes.Interface, needs Needs) error {
	p := preflight{client: client, needs: needs}
	backoff := wait.Backoff{Duration: firstDelay, Factor: 2, Jitter: 0.3, Steps: math.MaxInt32, Cap: mostDelay}
	logger := klog.FromContext(ctx)
	var down time.Time
	var last error
	for {
		err := p.try(ctx)
		if err == nil || !retriable(err) {
			if !down.IsZero() {
				logger.Info("API server is back", "server", needs.Server, "after", time.Since(down).Round(time.Millisecond))
			}
			return p.explain(err)
		}
		if ctx.Err() != nil {
			if last != nil {
				err = last // this try's tells no more than that the time was up
			}
			return fmt.Errorf("API server %s: %w before it could be checked: %w", needs.Server, context.Cause(ctx), onOneLine(err))
		}
		last = err
		if down.IsZero() {
			down = time.Now()
			logger.Info("API server is not reachable, will keep trying", "server", needs.Server, "err", onOneLine(err))
		} else {
			logger.V(2).Info("API server is still not reachable", "server", needs.Server, "err", onOneLine(err))
		}
		sleep(ctx, backoff.Step())
	}
}

// sleep waits for d or the context's end, whichever is first.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

type preflight struct {
	client kubernetes.Interface
	needs  Needs
}

// try makes every check once.
func (p preflight) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	for _, check := range []func(context.Context) error{
		p.checkVersion, p.checkResources, p.checkNamespace, p.checkPermissions,
	} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}
