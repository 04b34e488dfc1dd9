package e2e

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
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
	ran := runScript(t, filepath.Join(t.TempDir(), "kubeconfig"), args...)
	if ran.code != 1 {
		t.Fatalf("hack/kind.sh %v ends with %d, want 1\n%s%s", args, ran.code, ran.stdout, ran.stderr)
	}
	why := ran.why(t)
	if strings.Count("\n"+ran.stderr, "\nkind: ") != 1 {
		t.Fatalf("hack/kind.sh %v says more than why:\n%s", args, ran.stderr)
	}
	return why
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
	if left := containersOf(t, foreign); !slices.Equal(left, []string{node}) {
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
	nothingLeft(t, name)
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
	suite.Cleanup(t, func() { setImage(t, kindcluster.OperatorImage) })
	const missing = "localhost/evenkeel/operator:never-loaded"
	setImage(t, missing)
	harness.Eventually(t, 90*time.Second, func(ctx context.Context) error {
		var said strings.Builder
		if err := suite.Cluster.Status(ctx, &said); err == nil {
			return fmt.Errorf("the status says that all is well:\n%s", said.String())
		}
		if !strings.Contains(said.String(), missing) || !strings.Contains(said.String(), "hack/kind.sh load") {
			return fmt.Errorf("the status names neither the image nor what to do:\n%s", said.String())
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
