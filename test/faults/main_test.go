// Package faults_test sees the operator through faults of the API server, the
// network, its fellow replicas and the clocks, while Pods change all the time.
//
// The cluster is an API server and its etcd alone: the tests write what the
// controllers, the scheduler and the kubelets would, so that the load is theirs
// to choose and to count.
package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

var suite *harness.Suite

// The users that replicas of the operator are, for the audit log to tell them
// apart.
const (
	replicaA = "replica-a"
	replicaB = "replica-b"
)

// auditPolicy has the audit log hold what the replicas write, and no churn.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: [` + replicaA + `, ` + replicaB + `]
  verbs: [create, update, patch, delete]
  resources:
  - {group: events.k8s.io, resources: [events]}
  - {group: coordination.k8s.io, resources: [leases]}
- level: None
`

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "evenkeel-faults-")
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
	options := localcluster.Options{
		Users:                    []localcluster.User{{Name: replicaA, Groups: all}, {Name: replicaB, Groups: all}},
		AuditLog:                 true,
		APIServerArgs:            []string{"--audit-policy-file=" + policy, "--etcd-compaction-interval=" + compaction.String()},
		WithoutControllerManager: true,
		WithoutScheduler:         true,
		WithoutKwok:              true,
	}
	// Without the race detector, which the other suites run with: with it two
	// replicas take a core for the churn alone.
	return harness.RunBuilt(m, options, nil, func(s *harness.Suite) { suite = s })
}
