package controller

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// classes is a cluster of apps of several scheduling classes, of which none
// but anywhere stands on node x; the spare nodes admit all of them, so that
// why others do not is of no interest.
func classes(more ...runtime.Object) []runtime.Object {
	ssd := labelled("disk", "ssd")
	return append([]runtime.Object{
		namespace("shop"),
		node("spare-1", ssd, inZone("1")), node("spare-2", ssd, inZone("2")),
		pod("anywhere", "anywhere-1", "x"), pod("anywhere", "anywhere-2", "spare-1"),
		pod("elsewhere", "elsewhere-1", "spare-1"), pod("elsewhere", "elsewhere-2", "spare-2"),
		pod("ssd", "ssd-1", "spare-1", onlyOn("disk", "ssd")), pod("ssd", "ssd-2", "spare-2", onlyOn("disk", "ssd")),
		pod("gpu", "gpu-1", "spare-1", tolerating("gpu")), pod("gpu", "gpu-2", "spare-2", tolerating("gpu")),
		pod("agent", "agent-1", "x", ofDaemonSet),
		pod("done", "done-1", "x", finished, onlyOn("disk", "tape")),
	}, more...)
}

func TestWhichAppsANodesChangeConcerns(t *testing.T) {
	all := []string{"shop/anywhere", "shop/elsewhere", "shop/gpu"}
	tests := map[string]struct {
		before, after *nodeChange
		want          []string
	}{
		"a heartbeat: none":                         {is(), is(beating), nil},
		"a label that nobody asks for: none":        {is(), is(labelled("rack", "7")), nil},
		"a cordon: those that it admitted":          {is(), is(cordoned), all},
		"the end of a cordon: those that it admits": {is(cordoned), is(), all},
		"a taint: those that do not tolerate it":    {is(), is(tainted("gpu")), []string{"shop/anywhere", "shop/elsewhere"}},
		"a label that some ask for: these":          {is(), is(labelled("disk", "ssd")), []string{"shop/ssd"}},
		"a zone: those that it admits":              {is(), is(inZone("1")), all},
		"a zone, cordoned: those on it":             {is(cordoned), is(cordoned, inZone("1")), []string{"shop/anywhere"}},
		"not Ready: those that it admitted":         {is(), is(notReady), all},
		"not Ready, cordoned: those on it":          {is(cordoned), is(cordoned, notReady), []string{"shop/anywhere"}},
		"a new node: those that it admits":          {nil, is(), all},
		"a new node that is cordoned: those on it":  {nil, is(cordoned), []string{"shop/anywhere"}},
		"a node that goes: those that it admitted":  {is(), nil, all},
		"a cordoned node that goes: those on it":    {is(cordoned), nil, []string{"shop/anywhere"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var objects []runtime.Object
			if test.before != nil {
				objects = append(objects, test.before.node())
			}
			inWorld(t, classes(objects...), func(w *world) {
				switch {
				case test.before == nil:
					w.add(test.after.node())
				case test.after == nil:
					w.remove(test.before.node())
				default:
					w.change(test.after.node())
				}
				w.expectReconciled(test.want...)
			})
		})
	}
}

// nodeChange is node x as it is; nil where it is not there.
type nodeChange struct{ options []nodeOption }

func is(options ...nodeOption) *nodeChange { return &nodeChange{options} }

func (c nodeChange) node() runtime.Object { return node("x", c.options...) }

func TestWithOneEligibleNodeItIsToldWhyTheOthersAreNot(t *testing.T) {
	inWorld(t, []runtime.Object{
		node("a"), node("b", cordoned), pod("web", "web-1", "a"), pod("web", "web-2", "a"),
	}, func(w *world) {
		w.expectBecause("web", "one eligible node only (1 cordoned)")
		w.change(node("b", tainted("gpu")))
		w.expectReconciled("shop/web")
		w.expectBecause("web", "one eligible node only (1 with a taint that it does not tolerate)")
	})
}

func (w *world) expectBecause(app, want string) {
	w.t.Helper()
	items := w.report.App(placement.AppKey{Namespace: "shop", App: app})
	if len(items) != 1 || items[0].Because != want {
		w.t.Errorf("%s is %+v, want it because %q", app, items, want)
	}
}

func TestThoseOnANodeAreJudgedAtOnceAndTheOthersSoonAfter(t *testing.T) {
	inWorld(t, classes(is().node()), func(w *world) {
		w.change(is(notReady).node())
		w.restNoTime()
		if got := w.reconciled(); len(got) != 1 || got[0] != "shop/anywhere" {
			t.Errorf("at once reconciled are %v", got)
		}
		w.pass(spreadOver)
		if got := w.reconciled(); len(got) != 2 {
			t.Errorf("within %v follow %v", spreadOver, got)
		}
	})
}

func TestVerdictsFollowTheNodes(t *testing.T) {
	inWorld(t, []runtime.Object{
		node("a", inZone("1")), node("b", inZone("1")), node("c", inZone("2")),
		pod("web", "web-1", "a"), pod("web", "web-2", "b"),
	}, func(w *world) {
		steps := []struct {
			node runtime.Object
			want placement.Verdict
		}{
			{node("c", inZone("2"), cordoned), placement.Healthy},
			{node("c", inZone("2")), placement.ZoneFragile},
			{node("b", inZone("1"), notReady), placement.NodeFragile},
			{node("a", inZone("1"), notReady), placement.Unavailable},
			{node("b", inZone("2")), placement.NodeFragile},
			{node("a", inZone("1")), placement.Healthy},
		}
		w.expectVerdict("web", placement.ZoneFragile)
		for _, step := range steps {
			w.change(step.node)
			w.rest()
			w.expectVerdict("web", step.want)
		}
		w.remove(node("a", inZone("1")))
		w.rest()
		w.expectVerdict("web", placement.NodeFragile)
	})
}
