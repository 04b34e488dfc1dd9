package faults_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	// leastRate is what every fault must be seen under, in changes a second.
	leastRate = 200
	// aimedRate leaves room for what the machine does meanwhile, and burst for
	// making up what was missed in a slow moment.
	aimedRate = 260
	burst     = 2 * aimedRate
	// longestChurn bounds it, and with the rate its changes: it is longer than
	// all that any one test waits for.
	longestChurn = 12 * time.Minute
	// patience is how long one change may take: the server may be frozen.
	patience = 5 * time.Second
)

// churn changes Pods all the time: of the apps that move it deletes and makes
// them, of those that stand it changes labels and readiness, never so far that
// the verdict would be another. Each Pod is one worker's own. Beside them the
// apps that swing become fragile and recover.
type churn struct {
	stage   *stage
	client  rest.Interface
	limiter *rate.Limiter
	changes atomic.Int64

	begun time.Time
	// outage is what there was of time without a server, meanwhile the changes in
	// it: the server may be back before the test knows.
	outage    time.Duration
	meanwhile int64
	stop      context.CancelFunc
	done      sync.WaitGroup
}

const (
	movingApps, standingApps, swingingApps = 3, 3, 12
	// churners is how many change Pods at once: each has a Pod of each app.
	churners = 3 * nodes
)

// startChurn makes the apps and begins to change their Pods.
func startChurn(t *testing.T, s *stage) *churn {
	t.Helper()
	return startChurnOf(t, s, swingingApps)
}

// startChurnOf does so with that many apps that swing.
func startChurnOf(t *testing.T, s *stage, swinging int) *churn {
	t.Helper()
	// A connection of its own, which takes no fault but the server's.
	client, err := kubernetes.NewForConfig(suite.Cluster.RESTConfig())
	if err != nil {
		t.Fatal(err)
	}
	c := &churn{stage: s, client: client.CoreV1().RESTClient(), limiter: rate.NewLimiter(aimedRate, burst)}
	for i := range movingApps {
		s.app(t, fmt.Sprintf("moving-%d", i))
	}
	for i := range standingApps {
		s.app(t, fmt.Sprintf("standing-%d", i))
	}
	for i := range swinging {
		s.app(t, fmt.Sprintf("swinging-%d", i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), longestChurn)
	c.stop = cancel
	var placed sync.WaitGroup
	for n := range churners {
		placed.Add(1)
		c.done.Go(func() { c.work(ctx, n, placed.Done) })
	}
	for i := range swinging {
		placed.Add(1)
		c.done.Go(func() { c.swing(ctx, fmt.Sprintf("swinging-%d", i), placed.Done) })
	}
	placed.Wait()
	c.forgive()
	c.changes.Store(0)
	c.begun = time.Now()
	t.Cleanup(func() {
		cancel()
		c.done.Wait()
	})
	return c
}

// without does something that keeps everybody from changing anything. Neither its
// time nor what is changed in it counts.
func (c *churn) without(do func()) {
	begun, before := time.Now(), c.changes.Load()
	do()
	c.forgive()
	c.outage += time.Since(begun)
	c.meanwhile += c.changes.Load() - before
}

// forgive lets what could have been made up for so far be: a change is to be
// counted in the time that it took.
func (c *churn) forgive() {
	if n := int(c.limiter.Tokens()); n > 0 {
		c.limiter.ReserveN(time.Now(), n)
	}
}

// end ends the churn with every Pod there and ready, and sees that it was as
// dense as a fault wants it.
func (c *churn) end(t *testing.T) {
	t.Helper()
	took := time.Since(c.begun)
	n, able := c.changes.Load()-c.meanwhile, took-c.outage
	c.stop()
	c.done.Wait()
	achieved := float64(n) / able.Seconds()
	t.Logf("%d Pod changes in the %s of %s in which the server answered: %.0f a second",
		n, able.Round(time.Millisecond), took.Round(time.Millisecond), achieved)
	if took >= longestChurn {
		t.Errorf("the fault outlasted the churn")
	}
	if achieved < leastRate {
		t.Errorf("%.0f Pod changes a second, want at least %d", achieved, leastRate)
	}
}

// work changes one Pod of each app until ctx ends, and leaves all of them ready.
func (c *churn) work(ctx context.Context, n int, placed func()) {
	var pods []*churned
	for i := range movingApps {
		pods = append(pods, &churned{churn: c, app: fmt.Sprintf("moving-%d", i), worker: n, moves: true})
	}
	for i := range standingApps {
		pods = append(pods, &churned{churn: c, app: fmt.Sprintf("standing-%d", i), worker: n})
	}
	for _, p := range pods {
		p.until(ctx, p.well, p.mend)
	}
	placed()
	for ctx.Err() == nil {
		for _, p := range pods {
			if c.limiter.Wait(ctx) == nil {
				p.do(ctx, p.next)
			}
		}
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), recovery)
	defer cancel()
	for _, p := range pods {
		p.until(end, p.well, p.mend)
	}
}
