package repair_test

import (
	"maps"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

func TestNothingIsRepairedWhileTheClusterIsUnwellWhichIsSaidOnce(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "c")
	names := []string{"web", "api"}
	for _, name := range names {
		crowded(t, w, name, 2, 3)
	}
	before := podsOf(t, w, names...)
	toldBefore := timesTold(t, corev1.NamespaceDefault, corev1.NamespaceDefault, "RepairSuspended")
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	silence(t, w, 3)
	o := operator(t, "enforce")

	suspended(t, o, "1 of 3 nodes are not ready", w, names)
	addNodes(t, w, 4, 13, "a") // one of 13 is not too many, but it is a whole zone
	suspended(t, o, "no node is ready in zone c", w, names)
	stays(t, w, before, names...)
	wantAsked(t, w.Namespace, 0)
	if n := timesTold(t, corev1.NamespaceDefault, corev1.NamespaceDefault, "RepairSuspended") - toldBefore; n != 1 {
		t.Errorf("told %d times that repair is suspended", n)
	}

	if err := suite.Cluster.ResumeHeartbeat(t.Context(), w.Node(3)); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		says(t, o, w.Namespace, name, "Healthy")
	}
	var p plan
	if o.GetJSON(t, "/api/v1/plan", &p); p.Suspended != "" {
		t.Errorf("still suspended: %s", p.Suspended)
	}
}

// suspended waits until the plan says why, of all and of each.
func suspended(t *testing.T, o *harness.Operator, why string, w *harness.World, names []string) {
	t.Helper()
	for _, name := range names {
		planOf(t, o, w.Namespace, name, blockedAs("cluster-unwell", why))
	}
	var p plan
	if o.GetJSON(t, "/api/v1/plan", &p); !strings.Contains(p.Suspended, why) {
		t.Errorf("suspended: %q, want %q", p.Suspended, why)
	}
}

// silence has a node not be heard of any more, until it is not ready.
func silence(t *testing.T, w *harness.World, n int) {
	t.Helper()
	if err := suite.Cluster.StopHeartbeat(t.Context(), w.Node(n)); err != nil {
		t.Fatal(err)
	}
	w.WaitNode(t, n, false)
}

// addNodes adds the world's nodes from one to another at once.
func addNodes(t *testing.T, w *harness.World, from, to int, zone string) {
	t.Helper()
	var nodes []*corev1.Node
	for n := from; n <= to; n++ {
		node := localcluster.Node(w.Node(n), zone)
		maps.Copy(node.Labels, w.NodeSelector())
		nodes = append(nodes, node)
	}
	if err := suite.Cluster.AddNodes(t.Context(), nodes...); err != nil {
		t.Fatal(err)
	}
	for n := from; n <= to; n++ {
		w.WaitNode(t, n, true)
	}
}
