package repair_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// One zone has a single node: no placement has so few in a node and so few in a
// zone as this policy wants. What can be as good as its nodes allow is made so,
// once; what is as good already is left alone.
func TestAPolicyThatTheNodesDoNotAllowIsNotFixableAndNoLoop(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "b", "b")
	w.Annotate(t, "evenkeel.dev/max-node-loss", "10%")
	w.Annotate(t, "evenkeel.dev/max-zone-loss", "10%")
	crowded(t, w, "pair", 2, 4)
	w.Deployment(t, "wide", 4, oneOnEachNode)
	w.WaitPods(t, "wide", 4)
	budget(t, w, "wide")
	before := uids(w.Pods(t, "wide"))
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	o := operator(t, "enforce")

	p := planOf(t, o, w.Namespace, "wide", func(planned) error { return nil })
	const why = "no other placement on its 4 eligible nodes in 2 zones is better"
	if len(p.Moves) > 0 || p.Because != why {
		t.Errorf("the plan is %+v, because %s", p.Moves, p.Because)
	}
	for _, item := range o.Apps(t, w.Namespace) {
		if item.App == "wide" && (item.Verdict != "Uneven" || item.Fixable || item.Because != why) {
			t.Errorf("%s, fixable %t: %s", item.Verdict, item.Fixable, item.Because)
		}
	}
	says(t, o, w.Namespace, "pair", "Healthy")
	told(t, w.Namespace, "pair", "Rebalanced")
	for uid := range uids(w.Pods(t, "pair")) {
		before[uid] = true
	}
	stays(t, w, before, "wide", "pair")
	wantAsked(t, w.Namespace, 1)
}

// oneOnEachNode asks for more than half a node.
func oneOnEachNode(d *appsv1.Deployment) {
	d.Spec.Template.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("20")}
}
