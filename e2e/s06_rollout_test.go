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
	probing.end()
	t.Logf("%d probes, the longest time without an answer was %s", probing.answers, probing.longest.Round(time.Millisecond))
	// Many more than the seconds that it takes.
	if probing.answers < 50 {
		t.Errorf("only %d probes were answered: that is no proof", probing.answers)
	}
	if probing.longest > mostBetweenAnswers {
		t.Errorf("there was no answer for %s", probing.longest)
	}
	for _, failure := range probing.failures {
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

// A probe goes through the API server, which is busy on a small machine, and
// comes 100 ms after the answer to the last.
const (
	probeTime          = 2 * time.Second
	mostBetweenAnswers = 3 * time.Second
)

// probing asks for /readyz all the time, through the Service.
type probing struct {
	cancel   context.CancelFunc
	done     sync.WaitGroup
	answers  int
	failures []string
	// answered is when the last answer came, longest the longest time between
	// two of them.
	answered time.Time
	longest  time.Duration
}

func startProbing(t *testing.T) *probing {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := &probing{cancel: cancel, answered: time.Now()}
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
	once, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	_, err := suite.Client.CoreV1().Services(harness.Namespace).
		ProxyGet("http", harness.OperatorName, "metrics", "readyz", nil).DoRaw(once)
	switch {
	case err == nil:
		p.answers++
		p.noteGap()
	case ctx.Err() == nil: // and not that it was to end
		p.failures = append(p.failures, fmt.Sprintf("%s, after %s: %v", began.Format(time.TimeOnly), time.Since(began).Round(time.Millisecond), err))
	}
}

func (p *probing) noteGap() {
	now := time.Now()
	p.longest = max(p.longest, now.Sub(p.answered))
	p.answered = now
}

// end ends the probes; the time since the last answer counts too.
func (p *probing) end() {
	p.cancel()
	p.done.Wait()
	p.noteGap()
}
