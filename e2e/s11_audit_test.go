package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/hack/rights"

	"evenkeel.dev/evenkeel/e2e/harness"
	"evenkeel.dev/evenkeel/e2e/kindcluster"
)

// serviceAccount is the operator's, as the API server knows it.
const serviceAccount = "system:serviceaccount:evenkeel:evenkeel"

// TestTheRolesGrantWhatTheOperatorDidInThisSuiteAndNothingElse comes last: what
// it looks at is all that was done before.
func TestTheRolesGrantWhatTheOperatorDidInThisSuiteAndNothingElse(t *testing.T) {
	suite.ExplainFailure(t)
	suite.OperatorPods(t)
	manifests, err := suite.Cluster.Kubectl(t.Context(), "kustomize", filepath.Join(suite.Root, "deploy", "base"))
	if err != nil {
		t.Fatal(err)
	}
	grant, err := rights.Read(manifests)
	if err != nil {
		t.Fatal(err)
	}
	// What is granted for the sake of seldom things happens once more, so that
	// this test can run alone.
	namespace := suite.NewNamespace(t)
	suite.Deployment(t, namespace, "web", 2, harness.OnNodes(suite.Workers[2]), harness.SettledSoon)
	suite.StatefulSet(t, namespace, "db", 2, harness.OnNodes(suite.Workers[2]), harness.SettledSoon)
	harness.Eventually(t, time.Minute, func(ctx context.Context) error {
		events, err := suite.Events(ctx, namespace)
		if err == nil && len(harness.Told(events, "NodeFragile")) != 2 {
			err = fmt.Errorf("the Events are %v, want two NodeFragile", said(events))
		}
		return err
	})
	withoutStreaming(t)
	requests := operatorsRequests(t)
	all := len(requests)
	// RBAC knows no role yet when the server begins to serve. What no role
	// grants is no better for that.
	requests = slices.DeleteFunc(requests, func(r rights.Request) bool {
		return r.Decision != "allow" && suite.Outage.Contains(r.At) && grant.Covers(r.Right)
	})
	t.Logf("%d requests by Pods of the operator, %d of them refused by a server that was starting; %d rights", all, all-len(requests), len(grant.Rights))
	if err := rights.Compare(grant, requests).Err(); err != nil {
		t.Error(err)
	}
}

// withoutStreaming has the operator begin as it does with an API server that does
// not stream the first list, as those of the oldest version that it accepts: it
// lists. Then it begins anew as usual.
func withoutStreaming(t *testing.T) {
	t.Helper()
	const feature = "KUBE_FEATURE_WatchListClient" // of client-go's
	for _, variable := range []string{feature + "=false", feature + "-"} {
		for _, args := range [][]string{
			{"set", "env", "deployment/" + harness.OperatorName, variable},
			{"rollout", "status", "deployment/" + harness.OperatorName, "--timeout=2m"},
		} {
			if _, err := suite.Cluster.Kubectl(t.Context(), append([]string{"-n", harness.Namespace}, args...)...); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// operatorsRequests are those in the audit log that Pods of the operator made
// since the suite has installed it. The suite has taken tokens of the
// ServiceAccount too, which no Pod has.
func operatorsRequests(t *testing.T) []rights.Request {
	t.Helper()
	log, err := suite.Cluster.Exec(t.Context(), suite.Cluster.ControlPlane(), "cat", kindcluster.AuditLog)
	if err != nil {
		t.Fatal(err)
	}
	requests, err := rights.ReadAudit(log)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(requests, func(r rights.Request) bool {
		return r.User != serviceAccount || r.Pod == "" || r.At.Before(suite.Began)
	})
}
