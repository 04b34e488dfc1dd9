package observe_test

import (
	"maps"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

func TestOneNamespaceAloneIsJudgedWhereTheFlagSaysSo(t *testing.T) {
	here := suite.World(t, 1, "a", "b")
	o := operator(t, "--namespace", here.Namespace)
	here.Deployment(t, "web", 2, here.OnNode(1))
	elsewhere := &harness.World{Suite: here.Suite, Namespace: "default"}
	elsewhere.Deployment(t, "not-here", 2, here.OnNode(1), selecting(here))
	t.Cleanup(func() { elsewhere.Delete(t, "not-here") })
	here.WaitPods(t, "web", 2)
	elsewhere.WaitPods(t, "not-here", 2)

	says(t, o, here.Namespace, "web", "NodeFragile")
	told(t, here, "Deployment", "web", "NodeFragile")
	if items := o.Apps(t, ""); len(items) != 1 {
		t.Errorf("limited to one namespace, it judges %+v", items)
	}
	annotateNamespace(t, here, `{"evenkeel.dev/max-node-loss":"a third"}`)
	told(t, here, "Namespace", here.Namespace, "InvalidPolicy")
	o.AgreesWithAFreshOne(t, here.Namespace)
}

// selecting makes a Deployment's Pods select the nodes of a world that is not
// its own.
func selecting(w *harness.World) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) {
		maps.Copy(d.Spec.Template.Spec.NodeSelector, w.NodeSelector())
	}
}
