package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/clientcmd"

	"evenkeel.dev/evenkeel/e2e/harness"
	"evenkeel.dev/evenkeel/e2e/kindcluster"
)

// done runs hack/kind.sh for the suite's cluster and sees it end with 0.
func done(t *testing.T, kubeconfig, command string) ran {
	t.Helper()
	r := runScript(t, kubeconfig, command, "--name", suite.Cluster.Name())
	if r.code != 0 {
		t.Fatalf("hack/kind.sh %s ends with %d\n%s%s", command, r.code, r.stdout, r.stderr)
	}
	return r
}

func TestTheScriptOnAClusterThatIsWellSaysSoAndChangesNothing(t *testing.T) {
	suite.ExplainFailure(t)
	before := suite.OperatorPods(t)
	image := operatorImageID(t)
	kubeconfig, status := filepath.Join(t.TempDir(), "kubeconfig"), regexp.MustCompile(`(?m)^(nodes|operator|leader|prometheus) .+$`)

	up := done(t, kubeconfig, "up")
	if !strings.Contains(up.stderr, "is there already") || !strings.Contains(up.stdout, "hack/kind.sh deploy --name "+suite.Cluster.Name()) {
		t.Errorf("up says neither that the cluster is there nor what is next:\n%s%s", up.stderr, up.stdout)
	}
	currentContextIs(t, kubeconfig, suite.Cluster.Context())
	for _, command := range []string{"status", "deploy", "status"} {
		r := done(t, kubeconfig, command)
		switch parts := status.FindAllString(r.stdout, -1); {
		case command == "status" && (len(parts) != 4 || strings.Contains(r.stdout, "NOT WELL")):
			t.Errorf("the status is\n%s", r.stdout)
		case command == "deploy" && !strings.Contains(r.stdout, "-n "+harness.PrometheusNamespace+" port-forward svc/"+harness.PrometheusName):
			t.Errorf("deploy does not say how to reach Prometheus:\n%s", r.stdout)
		}
	}

	if now := operatorImageID(t); now != image {
		t.Errorf("the checkout has not changed, and its image was %s and is %s", image, now)
	}
	if a, b := incarnations(before), incarnations(suite.OperatorPods(t)); !slices.Equal(a, b) {
		t.Errorf("the operator's Pods were %v and are %v", a, b)
	}
}

func operatorImageID(t *testing.T) string {
	t.Helper()
	return engine(t, "image", "inspect", "--format", "{{.Id}}", kindcluster.OperatorImage)
}

// incarnations tell Pods and the runs of their containers apart.
func incarnations(pods []corev1.Pod) []string {
	var all []string
	for _, pod := range pods {
		all = append(all, fmt.Sprintf("%s %s restarted %d times", pod.Name, pod.UID, harness.Restarts([]corev1.Pod{pod})))
	}
	slices.Sort(all)
	return all
}

// currentContextIs looks at a kubeconfig that the script was given.
func currentContextIs(t *testing.T, kubeconfig, want string) {
	t.Helper()
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if config.CurrentContext != want || config.Contexts[want] == nil {
		t.Errorf("the kubeconfig's current context is %q, want %q", config.CurrentContext, want)
	}
}

// hasNoContext looks at a kubeconfig of which the script has taken all away that
// it had added.
func hasNoContext(t *testing.T, kubeconfig string) {
	t.Helper()
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if config.CurrentContext != "" || len(config.Contexts)+len(config.Clusters)+len(config.AuthInfos) > 0 {
		t.Errorf("the kubeconfig still has %d contexts", len(config.Contexts))
	}
}
