package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/e2e/harness"
)

// scriptTime is how long a run of hack/kind.sh may take that makes no cluster.
const scriptTime = 5 * time.Minute

// ran is what a run of hack/kind.sh has come to.
type ran struct {
	args           []string
	stdout, stderr string
	code           int
}

// scriptCommand is a run of hack/kind.sh to come. Whatever it does, it does not
// to the user's own kubeconfig.
func scriptCommand(ctx context.Context, kubeconfig string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", append([]string{filepath.Join(suite.Root, "hack", "kind.sh")}, args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

func runScript(t *testing.T, kubeconfig string, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), scriptTime)
	defer cancel()
	cmd := scriptCommand(ctx, kubeconfig, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil || !cmd.ProcessState.Exited() {
		t.Fatalf("hack/kind.sh %v: %v\n%s%s", args, err, stdout.String(), stderr.String())
	}
	return ran{args, stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// why returns the one line with which it ends that says what is wrong.
func (r ran) why(t *testing.T) string {
	t.Helper()
	line := lastLine(r.stderr)
	if !strings.HasPrefix(line, "kind: ") {
		t.Fatalf("hack/kind.sh %v does not end with one line of why:\n%s", r.args, r.stderr)
	}
	return line
}

// engine runs the container engine, also when the test has ended.
func engine(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	said, err := harness.Engine(ctx, args...)
	if err != nil {
		t.Fatal(err)
	}
	return said
}

// containersOf are the names of a cluster's containers.
func containersOf(t *testing.T, cluster string) []string {
	t.Helper()
	names, err := harness.Containers(t.Context(), cluster)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// nothingLeft fails the test if there is anything of a cluster.
func nothingLeft(t *testing.T, cluster string) {
	t.Helper()
	left, err := suite.Left(t.Context(), cluster)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range left {
		t.Errorf("of cluster %s there is still %s", cluster, what)
	}
}
