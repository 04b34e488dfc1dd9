package eligibility_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/eligibility"
)

// The reasons for which a node is not eligible.
const (
	isVirtual  = "virtual"
	isNotReady = "not Ready"
	isCordoned = "cordoned"
	isTainted  = "with a taint that it does not tolerate"
	isOutside  = "outside its node selector or affinity"
)

func TestWhichNodeAdmitsWhichClass(t *testing.T) {
	const (
		in, notIn    = corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn
		exists       = corev1.NodeSelectorOpExists
		doesNotExist = corev1.NodeSelectorOpDoesNotExist
		greater      = corev1.NodeSelectorOpGt
	)
	const noSchedule, noExecute, preferNo = corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute, corev1.TaintEffectPreferNoSchedule
	var anyone eligibility.Class
	tests := map[string]struct {
		node  *corev1.Node
		class eligibility.Class
		// excluded is empty where the node admits the class.
		excluded string
	}{
		"a node that is Ready admits anyone": {node("a"), anyone, ""},
		"a cordoned one admits nobody":       {node("a", cordoned), anyone, isCordoned},
		"not even who tolerates the cordon's taint": {
			node("a", cordoned, tainted(corev1.TaintNodeUnschedulable, noSchedule)), tolerating(corev1.Toleration{Operator: corev1.TolerationOpExists}), isCordoned,
		},
		"one that is not Ready admits nobody":           {node("a", ready(corev1.ConditionFalse)), anyone, isNotReady},
		"one not heard of admits nobody":                {node("a", ready(corev1.ConditionUnknown)), anyone, isNotReady},
		"one without the condition admits nobody":       {node("a", func(n *corev1.Node) { n.Status.Conditions = nil }), anyone, isNotReady},
		"a virtual one is no failure domain":            {node("a", virtual), anyone, isVirtual},
		"another type is as good as none":               {node("a", labelled("type", "edge")), anyone, ""},
		"NoSchedule keeps away":                         {node("a", tainted("gpu", noSchedule)), anyone, isTainted},
		"NoExecute keeps away":                          {node("a", tainted("gpu", noExecute)), anyone, isTainted},
		"PreferNoSchedule does not":                     {node("a", tainted("gpu", preferNo)), anyone, ""},
		"a toleration of the key lets in":               {node("a", tainted("gpu", noSchedule)), tolerating(corev1.Toleration{Key: "gpu", Operator: corev1.TolerationOpExists}), ""},
		"a toleration of key and value lets in":         {node("a", tainted("gpu", noSchedule)), tolerating(corev1.Toleration{Key: "gpu", Value: "yes"}), ""},
		"a toleration of another value does not":        {node("a", tainted("gpu", noSchedule)), tolerating(corev1.Toleration{Key: "gpu", Value: "no"}), isTainted},
		"a toleration of another key does not":          {node("a", tainted("gpu", noSchedule)), tolerating(corev1.Toleration{Key: "spot", Operator: corev1.TolerationOpExists}), isTainted},
		"a toleration of another effect does not":       {node("a", tainted("gpu", noExecute)), tolerating(corev1.Toleration{Key: "gpu", Value: "yes", Effect: noSchedule}), isTainted},
		"every taint must be tolerated":                 {node("a", tainted("gpu", noSchedule), tainted("spot", noExecute)), tolerating(corev1.Toleration{Key: "gpu", Value: "yes"}), isTainted},
		"who tolerates everything comes in":             {node("a", tainted("gpu", noSchedule), tainted("spot", noExecute)), tolerating(corev1.Toleration{Operator: corev1.TolerationOpExists}), ""},
		"a node selector that matches":                  {node("a", labelled("disk", "ssd")), selecting("disk", "ssd"), ""},
		"a node selector of another value":              {node("a", labelled("disk", "hdd")), selecting("disk", "ssd"), isOutside},
		"a node selector of a label not there":          {node("a"), selecting("disk", "ssd"), isOutside},
		"a required affinity that matches":              {node("a", labelled("disk", "ssd")), requiring(label("disk", in, "hdd", "ssd")), ""},
		"a required affinity that does not":             {node("a", labelled("disk", "tape")), requiring(label("disk", in, "hdd", "ssd")), isOutside},
		"a required absence":                            {node("a"), requiring(label("disk", doesNotExist)), ""},
		"a required presence":                           {node("a"), requiring(label("disk", exists)), isOutside},
		"not in a list":                                 {node("a", labelled("disk", "ssd")), requiring(label("disk", notIn, "ssd")), isOutside},
		"more than a number":                            {node("a", labelled("cores", "8")), requiring(label("cores", greater, "4")), ""},
		"of several terms one is enough":                {node("a", labelled("disk", "ssd")), requiring(label("arch", in, "arm64"), label("disk", in, "ssd")), ""},
		"a node required by its name":                   {node("a"), requiring(field("metadata.name", in, "a")), ""},
		"another node required by its name":             {node("b"), requiring(field("metadata.name", in, "a")), isOutside},
		"a node ruled out by its name":                  {node("a"), requiring(field("metadata.name", notIn, "a")), isOutside},
		"an operator that is none admits nobody":        {node("a", labelled("disk", "ssd")), requiring(label("disk", "Like", "ssd")), isOutside},
		"a field with two values admits nobody":         {node("a"), requiring(field("metadata.name", in, "a", "b")), isOutside},
		"a term that is wrong spoils no other":          {node("a", labelled("disk", "ssd")), requiring(label("disk", "Like", "ssd"), label("disk", in, "ssd")), ""},
		"a required affinity of no terms is of no node": {node("a"), requiring(), isOutside},
		"selector and affinity must both match": {
			node("a", labelled("disk", "ssd")),
			eligibility.Class{NodeSelector: map[string]string{"arch": "arm64"}, Required: requiring(label("disk", in, "ssd")).Required}, isOutside,
		},
		"what a person can undo is said first": {node("a", cordoned, tainted("gpu", noSchedule)), selecting("disk", "ssd"), isCordoned},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := use(memo(test.node), app("web"), "class", test.class)
			if admitted := got.Nodes() == 1; admitted != (test.excluded == "") {
				t.Errorf("admitted %t, excluded %v", admitted, got.Excluded)
			}
			if test.excluded != "" && reasons(got)[test.excluded] != 1 {
				t.Errorf("excluded as %v, want as %q", got.Excluded, test.excluded)
			}
		})
	}
}

func TestEligibleNodesAreCountedByZone(t *testing.T) {
	got := use(memo(
		node("a", inZone("1")), node("b", inZone("1")), node("c", inZone("2")), node("d"), node("e", inZone("3"), cordoned),
		node("f", ready(corev1.ConditionFalse)), node("g", cordoned),
	), app("web"), "class", eligibility.Class{})
	if len(got.ByZone) != 2 || got.ByZone["1"] != 2 || got.ByZone["2"] != 1 || got.Zoneless != 1 {
		t.Errorf("by zone %v, and %d in none", got.ByZone, got.Zoneless)
	}
	if len(got.Excluded) != 2 || got.Excluded[0].Reason != isCordoned || got.Excluded[0].Nodes != 2 || got.Excluded[1].Nodes != 1 {
		t.Errorf("excluded %v, want the most frequent reason first", got.Excluded)
	}
}

func TestWhatIsKnownOfANode(t *testing.T) {
	m := memo(
		node("b", inZone("1"), cordoned), node("a", ready(corev1.ConditionFalse), virtual),
		node("c", func(n *corev1.Node) { n.Status.Conditions = nil }),
	)
	want := []eligibility.Facts{
		{Name: "a", Virtual: true, Schedulable: true, Changed: noon().Unix()},
		{Name: "b", Zone: "1", Ready: true, Changed: noon().Unix()},
		{Name: "c", Schedulable: true},
	}
	for i, got := range m.Nodes() {
		if got != want[i] {
			t.Errorf("node %d is %+v, want %+v", i, got, want[i])
		}
		if one, ok := m.Node(got.Name); !ok || one != got {
			t.Errorf("by its name it is %+v, %t", one, ok)
		}
	}
	if _, ok := m.Node("d"); ok || len(m.Nodes()) != len(want) {
		t.Errorf("there are %d nodes, d among them: %t", len(m.Nodes()), ok)
	}
}
