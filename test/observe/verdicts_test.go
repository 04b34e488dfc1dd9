package observe_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/hack/toolchain"
	"evenkeel.dev/evenkeel/test/harness"
)

func TestADeploymentOnOneNodeBecomesNodeFragileAndRecovers(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "c")
	o := operator(t)
	w.Cordon(t, 2, true)
	w.Cordon(t, 3, true)
	w.Deployment(t, "web", 3)
	w.WaitPods(t, "web", 3)

	item := says(t, o, w.Namespace, "web", "NodeFragile")
	if item.Ready != 3 || item.WorstNode.Name != w.Node(1) || item.WorstNode.Loss != 1 || item.WorstZone.Name != "a" {
		t.Errorf("three Pods on %s: %+v", w.Node(1), item)
	}
	if item.Fixable || !strings.Contains(item.Because, "one eligible node only (2 cordoned)") {
		t.Errorf("with one eligible node: fixable %v because %q", item.Fixable, item.Because)
	}
	w.Cordon(t, 2, false)
	w.Cordon(t, 3, false)
	harness.Eventually(t, soon, func() error {
		if item := says(t, o, w.Namespace, "web", "NodeFragile"); !item.Fixable || item.Cure == "" {
			return fmt.Errorf("with three eligible nodes: fixable %v because %q, cure %q", item.Fixable, item.Because, item.Cure)
		}
		return nil
	})
	told(t, w, "Deployment", "web", "NodeFragile")

	for _, pod := range w.Pods(t, "web")[:2] {
		w.Cordon(t, 1, true) // the replacements go elsewhere
		if err := w.Client.CoreV1().Pods(w.Namespace).Delete(t.Context(), pod.Name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	w.Cordon(t, 1, false)
	says(t, o, w.Namespace, "web", "Healthy")
	told(t, w, "Deployment", "web", "NodeFragile", "Recovered")
	described := describe(t, w, "web")
	for _, reason := range []string{"NodeFragile", "Recovered"} {
		if !strings.Contains(described, reason) {
			t.Errorf("kubectl describe deployment does not show %s:\n%s", reason, described)
		}
	}
	o.AgreesWithAFreshOne(t, w.Namespace)
	told(t, w, "Deployment", "web", "NodeFragile", "Recovered")
}

// describe is what kubectl describe deployment prints.
func describe(t *testing.T, w *harness.World, name string) string {
	t.Helper()
	kubectl, err := toolchain.Ensure(t.Context(), "kubectl", t.Output())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, kubectl, "--kubeconfig", w.Cluster.Kubeconfig(), "-n", w.Namespace, "describe", "deployment", name).CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl describe: %v\n%s", err, out)
	}
	return string(out)
}

func TestTwoDeploymentsThatShareAnAppLabelAreJudgedApart(t *testing.T) {
	w := suite.World(t, 2, "a", "b")
	o := operator(t)
	shop := func(d *appsv1.Deployment) { d.Spec.Template.Labels["app"] = "shop" }
	w.Deployment(t, "front", 2, shop, w.OnNode(1))
	w.Deployment(t, "back", 3, shop, spread)
	w.WaitPods(t, "front", 2)
	w.WaitPods(t, "back", 3)
	says(t, o, w.Namespace, "front", "NodeFragile")
	says(t, o, w.Namespace, "back", "Healthy")
	var page struct{ Items []harness.Item }
	o.GetJSON(t, "/api/v1/apps/"+w.Namespace+"/shop", &page)
	if len(page.Items) != 2 || page.Items[0].Workload.Name != "front" || page.Items[0].Nodes[w.Node(1)] != 2 {
		t.Errorf("the app shop: %+v, want front, worst first, and back", page.Items)
	}
	o.AgreesWithAFreshOne(t, w.Namespace)
}

func TestAPodWhoseAppLabelChangesMovesToTheOtherApp(t *testing.T) {
	w := suite.World(t, 2, "a")
	o := operator(t)
	w.Deployment(t, "web", 3, w.OnNode(1))
	w.WaitPods(t, "web", 3)
	says(t, o, w.Namespace, "web", "NodeFragile")

	pod := w.Pods(t, "web")[0]
	pod.Labels["app"] = "other"
	if _, err := w.Client.CoreV1().Pods(w.Namespace).Update(t.Context(), &pod, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, soon, func() error {
		got := make(map[string]string)
		for _, item := range o.Apps(t, w.Namespace) {
			got[item.App] = fmt.Sprintf("%s %d", item.Verdict, item.Replicas)
		}
		if got["web"] != "NodeFragile 2" || got["other"] != "Single 1" {
			return fmt.Errorf("apps: %v, want web NodeFragile 2 and other Single 1", got)
		}
		return nil
	})
	o.AgreesWithAFreshOne(t, w.Namespace)
}

func TestAllInOneZoneIsZoneFragileUntilTheOtherZoneHasNoEligibleNode(t *testing.T) {
	w := suite.World(t, 2, "a", "b")
	o := operator(t)
	w.Cordon(t, 3, true)
	w.Cordon(t, 4, true)
	w.Deployment(t, "web", 2, apart)
	w.WaitPods(t, "web", 2)
	says(t, o, w.Namespace, "web", "Healthy")

	w.Cordon(t, 3, false)
	item := says(t, o, w.Namespace, "web", "ZoneFragile")
	if item.Severity != "warning" || item.WorstZone.Name != "a" || item.WorstZone.Loss != 1 || !item.Fixable {
		t.Errorf("two Pods in zone a, a node eligible in b: %+v", item)
	}
	told(t, w, "Deployment", "web", "ZoneFragile")
	w.PatchNode(t, 3, `{"metadata":{"labels":{"topology.kubernetes.io/zone":"a"}}}`)
	says(t, o, w.Namespace, "web", "Healthy")
	told(t, w, "Deployment", "web", "ZoneFragile", "Recovered")
	o.AgreesWithAFreshOne(t, w.Namespace)
}

// spread has the scheduler put no node more than one Pod ahead of another, the
// Pods of the revision before not counted. A soft constraint would be a wish,
// which it now and then does not grant.
func spread(d *appsv1.Deployment) {
	d.Spec.Template.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
		TopologyKey: corev1.LabelHostname, MaxSkew: 1, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: d.Spec.Selector,
		MatchLabelKeys: []string{appsv1.DefaultDeploymentUniqueLabelKey},
	}}
}

// apart has no node carry two Pods, by no constraint that a verdict knows of.
func apart(d *appsv1.Deployment) {
	d.Spec.Template.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 8080}}
}

func TestACordonChangesWhatCouldBeMendedAndNoReplica(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	o := operator(t)
	w.Cordon(t, 2, true)
	w.Deployment(t, "web", 3)
	w.WaitPods(t, "web", 3)
	says(t, o, w.Namespace, "web", "NodeFragile")
	for _, cordoned := range []bool{false, true} {
		w.Cordon(t, 2, cordoned)
		harness.Eventually(t, soon, func() error {
			item := says(t, o, w.Namespace, "web", "NodeFragile")
			if item.Fixable == cordoned || item.Ready != 3 {
				return fmt.Errorf("the other node's cordon is %v: %+v", cordoned, item)
			}
			var node struct{ Schedulable bool }
			o.GetJSON(t, "/api/v1/nodes/"+w.Node(2), &node)
			if node.Schedulable == cordoned {
				return fmt.Errorf("the other node's cordon is %v: %+v", cordoned, node)
			}
			return nil
		})
	}
	told(t, w, "Deployment", "web", "NodeFragile")
	o.AgreesWithAFreshOne(t, w.Namespace)
}

func TestARiskThatStandsIsSaidOnceThoughAPodIsReplacedAndTheOperatorStartsAnew(t *testing.T) {
	w := suite.World(t, 1, "a")
	o := operator(t)
	w.Deployment(t, "web", 3, w.OnNode(1))
	w.WaitPods(t, "web", 3)
	since := says(t, o, w.Namespace, "web", "NodeFragile").Since
	told(t, w, "Deployment", "web", "NodeFragile")
	if err := w.Client.CoreV1().Pods(w.Namespace).Delete(t.Context(), w.Pods(t, "web")[0].Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	says(t, o, w.Namespace, "web", "Settling")
	if again := says(t, o, w.Namespace, "web", "NodeFragile").Since; !again.Equal(since) {
		t.Errorf("a replaced Pod made the risk begin at %s, not at %s", again, since)
	}
	o.AgreesWithAFreshOne(t, w.Namespace)
	o.Stop(t)
	anew := operator(t)
	if again := says(t, anew, w.Namespace, "web", "NodeFragile").Since; !again.Equal(since) {
		t.Errorf("a restart made the risk begin at %s, not at %s", again, since)
	}
	told(t, w, "Deployment", "web", "NodeFragile")
}

func TestASingleReplicaThatComesBackAfterItsDeletionRecovers(t *testing.T) {
	w := suite.World(t, 1, "a")
	o := operator(t)
	w.Deployment(t, "web", 1, func(d *appsv1.Deployment) {
		d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
		d.Spec.Template.Annotations = map[string]string{localcluster.ReadyAnnotation: localcluster.ReadyNever}
	})
	says(t, o, w.Namespace, "web", "Unavailable")
	w.PatchDeployment(t, "web", map[string]any{"spec": map[string]any{"template": map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{localcluster.ReadyAnnotation: nil}},
	}}})
	says(t, o, w.Namespace, "web", "Single")
	told(t, w, "Deployment", "web", "Unavailable", "Recovered")
	o.AgreesWithAFreshOne(t, w.Namespace)
}

func TestANodesLossTakesExactlyWhatWasForetold(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	o := operator(t)
	w.Deployment(t, "pinned", 2, w.OnNode(1))
	w.Deployment(t, "alone", 1, w.OnNode(1))
	w.Deployment(t, "spread", 2, spread)
	w.Deployment(t, "elsewhere", 2, w.OnNode(2))
	for name, n := range map[string]int{"pinned": 2, "alone": 1, "spread": 2, "elsewhere": 2} {
		w.WaitPods(t, name, n)
	}
	says(t, o, w.Namespace, "pinned", "NodeFragile")
	says(t, o, w.Namespace, "alone", "Single")
	says(t, o, w.Namespace, "spread", "Healthy")
	says(t, o, w.Namespace, "elsewhere", "NodeFragile")
	var blast struct{ Lost, Degraded []harness.Item }
	o.GetJSON(t, "/api/v1/what-if?node="+w.Node(1), &blast)
	lost, degraded := names(blast.Lost), names(blast.Degraded)
	if lost != "alone pinned" && lost != "pinned alone" || degraded != "spread" {
		t.Errorf("what-if says lost %q, degraded %q", lost, degraded)
	}
	var node struct{ Lost, Degraded []harness.Item }
	o.GetJSON(t, "/api/v1/nodes/"+w.Node(1), &node)
	if names(node.Lost) != lost || names(node.Degraded) != degraded {
		t.Errorf("the node says lost %q, degraded %q", names(node.Lost), names(node.Degraded))
	}

	if err := w.Cluster.StopHeartbeat(t.Context(), w.Node(1)); err != nil {
		t.Fatal(err)
	}
	w.WaitNode(t, 1, false)
	says(t, o, w.Namespace, "pinned", "Unavailable")
	says(t, o, w.Namespace, "alone", "Unavailable")
	says(t, o, w.Namespace, "spread", "NodeFragile") // one of two is ready
	says(t, o, w.Namespace, "elsewhere", "NodeFragile")
	if err := w.Cluster.ResumeHeartbeat(t.Context(), w.Node(1)); err != nil {
		t.Fatal(err)
	}
	says(t, o, w.Namespace, "spread", "Healthy")
	// A node that comes back may make its Pods ready, unready and ready again.
	toldInTurn(t, w, "pinned", "NodeFragile", "Unavailable", "NodeFragile")
	toldInTurn(t, w, "alone", "Unavailable", "Recovered")
	o.AgreesWithAFreshOne(t, w.Namespace)
}

func names(items []harness.Item) string {
	var all []string
	for _, item := range items {
		all = append(all, item.Workload.Name)
	}
	return strings.Join(all, " ")
}
