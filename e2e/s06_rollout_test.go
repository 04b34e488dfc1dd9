package e2e

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/e2e/harness"
)

func TestARollingUpdateLeavesNoGapInReadyz(t *testing.T) {
	suite.ExplainFailure(t)
	before := harness.Names(suite.OperatorPods(t))
	probing := startProbing(t)
	for _, args := range [][]string{
		{"rollout", "restart", "deployment", harness.OperatorName},
		{"rollout", "status", "deployment", harness.OperatorName, "--timeout=3m"},
	} {
		if _, err := suite.Cluster.Kubectl(t.Context(), append([]string{"-n", harness.Namespace}, args...)...); err != nil {
			t.Fatal(err)
		}
	}
	pods := suite.OperatorPods(t) // the old ones have gone
	answers, failures := probing.end()
	t.Logf("%d probes", answers)
	// Many more than the seconds that it takes.
	if answers < 50 {
		t.Errorf("only %d probes were answered: that is no proof", answers)
	}
	for _, failure := range failures {
		t.Errorf("no ready replica answered: %s", failure)
	}
	after := harness.Names(pods)
	if slices.ContainsFunc(after, func(name string) bool { return slices.Contains(before, name) }) {
		t.Errorf("the Pods were %v and are %v: they were not replaced", before, after)
	}
	if pods[0].Spec.NodeName == pods[1].Spec.NodeName {
		t.Errorf("after the update both are on %s", pods[0].Spec.NodeName)
	}
	suite.Leader(t, pods)
}

// probing asks for /readyz all the time, through the Service.
type probing struct {
	cancel   context.CancelFunc
	done     sync.WaitGroup
	answers  int
	failures []string
}

func startProbing(t *testing.T) *probing {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := &probing{cancel: cancel}
	t.Cleanup(cancel)
	p.done.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			p.probe(ctx)
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return p
}

func (p *probing) probe(ctx context.Context) {
	began := time.Now()
	// As a load balancer does: a probe that takes longer has failed.
	once, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := suite.Client.CoreV1().Services(harness.Namespace).
		ProxyGet("http", harness.OperatorName, "metrics", "readyz", nil).DoRaw(once)
	switch {
	case err == nil:
		p.answers++
	case ctx.Err() == nil: // and not that it was to end
		p.failures = append(p.failures, fmt.Sprintf("%s, after %s: %v", began.Format(time.TimeOnly), time.Since(began).Round(time.Millisecond), err))
	}
}

func (p *probing) end() (answers int, failures []string) {
	p.cancel()
	p.done.Wait()
	return p.answers, p.failures
}
