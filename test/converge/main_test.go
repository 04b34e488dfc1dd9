// Package converge_test sees the repair of whole clusters to its end, whatever
// goes wrong meanwhile: what can be made well is, by no more evictions than that
// takes; what can not is let alone; and no app is below its budget at any time.
package converge_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

var suite *harness.Suite

// The users that operators are, for the audit log to tell them apart.
const (
	operatorA = "operator-a"
	operatorB = "operator-b"
)

// auditPolicy has the audit log hold what the operators ask for, but for what
// they do at rest as well.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  verbs: [watch]
- level: None
  resources: [{group: coordination.k8s.io, resources: [leases]}]
- level: Metadata
  users: [` + operatorA + `, ` + operatorB + `]
- level: None
`

// nodeGrace is longer than the API server is away in any test, so that no node is
// lost with it.
const nodeGrace = 40 * time.Second

// soon is how long what is about to happen may take, on a very busy machine.
const soon = 3 * time.Minute

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "evenkeel-converge-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	policy := filepath.Join(dir, "audit-policy.yaml")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	all := []string{"system:masters"}
	return harness.Run(m, localcluster.Options{
		Users:           []localcluster.User{{Name: operatorA, Groups: all}, {Name: operatorB, Groups: all}},
		AuditLog:        true,
		APIServerArgs:   []string{"--audit-policy-file=" + policy},
		NodeGracePeriod: nodeGrace,
	}, func(s *harness.Suite) { suite = s })
}

// operator starts an operator as a user, with a settle time that a test can wait
// for.
func operator(t *testing.T, user, mode string, args ...string) *harness.Operator {
	t.Helper()
	kubeconfig, err := suite.Cluster.KubeconfigFor(user)
	if err != nil {
		t.Fatal(err)
	}
	return suite.Operator(t, append([]string{"--kubeconfig", kubeconfig, "--settle", "2s", "--mode", mode}, args...)...)
}

// atOnce are the flags that allow so many moves at once, wherever they are.
func atOnce(n int) []string {
	most := strconv.Itoa(n)
	return []string{"--moves-per-minute", "2000", "--moves-at-once", most, "--moves-at-once-in-namespace", most, "--moves-at-once-off-node", most}
}

// memoryNamespace is that of the kubeconfigs' context, and so the operators' own;
// memoryName is the ConfigMap that repair remembers in.
const (
	memoryNamespace = metav1.NamespaceDefault
	memoryName      = "evenkeel-repair"
)

// noMemory takes away what operators before have left.
func noMemory(t *testing.T) {
	t.Helper()
	err := suite.Client.CoreV1().ConfigMaps(memoryNamespace).Delete(t.Context(), memoryName, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
}
