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
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		var text bytes.Buffer
		s.Explain(context.Background(), &text)
		t.Logf("the cluster:\n%s", text.String())
	})
}

// Explain writes what the nodes, Pods, Events and the operator's logs say.
func (s *Suite) Explain(ctx context.Context, out io.Writer) {
	ctx, cancel := context.WithTimeout(ctx, explainTime)
	defer cancel()
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
