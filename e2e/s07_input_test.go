package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/e2e/harness"
	"evenkeel.dev/evenkeel/e2e/kindcluster"
)

// refusal runs hack/kind.sh, sees it end with exit code 1, and returns the one
// line that says why.
func refusal(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", append([]string{filepath.Join(suite.Root, "hack", "kind.sh")}, args...)...)
	// Whatever it does, not to the user's own kubeconfig.
	cmd.Env = append(os.Environ(), "KUBECONFIG="+filepath.Join(t.TempDir(), "kubeconfig"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &stdout, &stderr, 5*time.Second
	err := cmd.Run()
	if ended := (&exec.ExitError{}); !errors.As(err, &ended) || ended.ExitCode() != 1 {
		t.Fatalf("hack/kind.sh %v: %v, want exit code 1\n%s%s", args, err, stdout.String(), stderr.String())
	}
	lines := regexp.MustCompile(`(?m)^kind: .*$`).FindAllString(stderr.String(), -1)
	if len(lines) != 1 || !strings.HasSuffix(strings.TrimSpace(stderr.String()), lines[0]) {
		t.Fatalf("hack/kind.sh %v does not end with one line of why:\n%s", args, stderr.String())
	}
	return lines[0]
}

// engine runs the container engine.
func engine(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, os.Getenv("ENGINE"), args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", os.Getenv("ENGINE"), args, err)
	}
	return strings.TrimSpace(string(out))
}

// containersOf are the names of a cluster's containers.
func containersOf(t *testing.T, cluster string) string {
	t.Helper()
	return engine(t, "ps", "-a", "--filter", "label=io.x-k8s.kind.cluster="+cluster, "--format", "{{.Names}}")
}

func TestAClusterThatSomethingElseMadeIsNamedAndLeftAlone(t *testing.T) {
	const foreign = "evenkeel-foreign"
	node := foreign + "-control-plane"
	engine(t, "create", "--name", node, "--label", "io.x-k8s.kind.cluster="+foreign, "--label", "io.x-k8s.kind.role=control-plane", kindcluster.OperatorImage)
	t.Cleanup(func() { engine(t, "rm", "--force", node) })
	for _, command := range []string{"up", "load", "deploy", "status", "down"} {
		if said := refusal(t, command, "--name", foreign); !strings.Contains(said, foreign) || !strings.Contains(said, "did not make") {
			t.Errorf("%s says %q", command, said)
		}
	}
	if left := containersOf(t, foreign); left != node {
		t.Errorf("its containers are now %q", left)
	}
}

func TestAPortInUseIsNamedAndNothingIsLeftBehind(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	const name = "evenkeel-busy"
	if said := refusal(t, "up", "--name", name, "--api-port", port); !strings.Contains(said, port) {
		t.Errorf("it does not name the port %s: %s", port, said)
	}
	if left := containersOf(t, name); left != "" {
		t.Errorf("it has left %s", left)
	}
}

func TestAClusterThatIsNotThereIsNamed(t *testing.T) {
	for _, command := range []string{"load", "deploy", "status"} {
		if said := refusal(t, command, "--name", "evenkeel-none"); !strings.Contains(said, "evenkeel-none") || !strings.Contains(said, "hack/kind.sh up") {
			t.Errorf("%s says %q", command, said)
		}
	}
}

func TestAnImageThatWasNotLoadedIsNamedAndTheOldReplicasStay(t *testing.T) {
	suite.ExplainFailure(t)
	before := harness.Names(suite.OperatorPods(t))
	t.Cleanup(func() { setImage(t, kindcluster.OperatorImage) })
	const missing = "localhost/evenkeel/operator:never-loaded"
	setImage(t, missing)
	harness.Eventually(t, 90*time.Second, func(ctx context.Context) error {
		var said strings.Builder
		err := suite.Cluster.Status(ctx, &said)
		if err == nil || !strings.Contains(said.String(), missing) || !strings.Contains(said.String(), "hack/kind.sh load") {
			return fmt.Errorf("the status says (%w)\n%s", err, said.String())
		}
		return nil
	})
	ready := 0
	pods, err := suite.Pods(t.Context(), harness.Namespace, harness.OperatorName)
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range pods {
		if harness.Ready(pod) {
			ready++
		}
	}
	if ready != harness.Replicas {
		t.Errorf("%d replicas are ready meanwhile, want %d", ready, harness.Replicas)
	}

	setImage(t, kindcluster.OperatorImage)
	if after := harness.Names(suite.OperatorPods(t)); !slices.Equal(before, after) {
		t.Errorf("the Pods were %v and are %v", before, after)
	}
}

// setImage has the operator run an image, also when the test has ended.
func setImage(t *testing.T, image string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	_, err := suite.Cluster.Kubectl(ctx, "-n", harness.Namespace, "set", "image", "deployment/"+harness.OperatorName, "operator="+image)
	if err != nil {
		t.Errorf("setting the operator's image: %v", err)
	}
}
