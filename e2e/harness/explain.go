package harness

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// explainTime is how long telling what was going on may take.
const explainTime = 30 * time.Second

// ExplainFailure has the test tell at its end, if it fails, what was going on in
// the cluster.
func (s *Suite) ExplainFailure(t *testing.T) {
	t.Helper()
	t.Cleanup(func() { s.ExplainIfFailed(t) })
}

// Cleanup has f run when the test ends, and before it the explanation of a
// failure: f may mend what that is to show.
func (s *Suite) Cleanup(t *testing.T, f func()) {
	t.Helper()
	t.Cleanup(func() {
		s.ExplainIfFailed(t)
		f()
	})
}

// ExplainIfFailed tells, if the test has failed by now, what is going on in the
// cluster, once in a test.
func (s *Suite) ExplainIfFailed(t *testing.T) {
	t.Helper()
	if !t.Failed() || s.explained == t {
		return
	}
	s.explained = t
	var text bytes.Buffer
	s.Explain(context.WithoutCancel(t.Context()), &text)
	t.Logf("the cluster:\n%s", text.String())
}

// Explain writes what the nodes and their containers, Pods, Events and the
// operator's logs say.
func (s *Suite) Explain(ctx context.Context, out io.Writer) {
	ctx, cancel := context.WithTimeout(ctx, explainTime)
	defer cancel()
	containers, err := Engine(ctx, "ps", "-a", "--filter", "label=io.x-k8s.kind.cluster="+s.Cluster.Name(), "--format", "{{.Names}} {{.Status}}")
	if err != nil {
		containers = err.Error()
	}
	_, _ = fmt.Fprintf(out, "--- containers\n%s\n", containers)
	for _, args := range [][]string{
		{"get", "nodes", "-o", "wide"},
		{"get", "pods", "-A", "-o", "wide"},
		{"-n", Namespace, "get", "lease", OperatorName, "-o", "yaml"},
		{"get", "events.events.k8s.io", "-A", "--sort-by=.metadata.creationTimestamp"},
		{"-n", Namespace, "logs", "-l", "app.kubernetes.io/name=evenkeel", "--prefix", "--tail=60", "--ignore-errors"},
		{"-n", Namespace, "logs", "-l", "app.kubernetes.io/name=evenkeel", "--prefix", "--tail=20", "--previous", "--ignore-errors"},
	} {
		said, err := s.Cluster.Kubectl(ctx, append([]string{"--request-timeout=10s"}, args...)...)
		if err != nil {
			said = append(said, err.Error()...)
		}
		_, _ = fmt.Fprintf(out, "--- kubectl %s\n%s\n", strings.Join(args, " "), last(string(said), 80))
	}
}

// last are the last lines of a text.
func last(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
