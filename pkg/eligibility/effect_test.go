package eligibility_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/eligibility"
)

// threeClasses is a memo of three apps, each of a class of its own, and of two
// more nodes that admit all three, so that why a node is excluded is of no
// interest.
func threeClasses(nodes ...*corev1.Node) *eligibility.Memo {
	m := memo(append(nodes, node("spare-1", labelled("disk", "ssd")), node("spare-2", labelled("disk", "ssd")))...)
	use(m, app("anywhere"), "any", eligibility.Class{})
	use(m, app("on-ssd"), "ssd", selecting("disk", "ssd"))
	use(m, app("tolerates"), "tolerates", tolerating(corev1.Toleration{Key: "gpu", Operator: corev1.TolerationOpExists}))
	return m
}

func names(e eligibility.Effect) []string {
	var found []string
	for _, app := range e.Apps {
		found = append(found, app.App)
	}
	slices.Sort(found)
	return found
}

func TestWhomANodesChangeConcerns(t *testing.T) {
	const taint = corev1.TaintEffectNoSchedule
	tests := map[string]struct {
		before, after *corev1.Node // nil for none
		apps          []string
		replicas      bool
	}{
		"a heartbeat: nobody": {
			node("a"), node("a", func(n *corev1.Node) { n.ResourceVersion = "2"; n.Status.Conditions[0].Status = "False" }), nil, false,
		},
		"a label that nobody asks for: nobody":                     {node("a"), node("a", labelled("rack", "7")), nil, false},
		"a new node: those that it admits":                         {nil, node("a"), []string{"anywhere", "tolerates"}, true},
		"a new node that nobody may use: nobody":                   {nil, node("a", cordoned), nil, true},
		"a node that goes: those that it admitted":                 {node("a"), nil, []string{"anywhere", "tolerates"}, true},
		"a new node that is not Ready: nobody":                     {nil, node("a", ready("False")), nil, false},
		"a new node that is not Ready, in a zone: its replicas":    {nil, node("a", ready("False"), inZone("1")), nil, true},
		"a node that goes and was not Ready: nobody":               {node("a", ready("False")), nil, nil, false},
		"a node that goes and that nobody could use: its replicas": {node("a", cordoned), nil, nil, true},
		"a cordon: those that it admitted":                         {node("a", labelled("disk", "ssd")), node("a", labelled("disk", "ssd"), cordoned), []string{"anywhere", "on-ssd", "tolerates"}, false},
		"a taint: those that do not tolerate it":                   {node("a"), node("a", tainted("gpu", taint)), []string{"anywhere"}, false},
		"a label: those that ask for it":                           {node("a"), node("a", labelled("disk", "ssd")), []string{"on-ssd"}, false},
		"not Ready: all that it admitted, and its replicas":        {node("a"), node("a", ready("False")), []string{"anywhere", "tolerates"}, true},
		"not Ready though cordoned: its replicas":                  {node("a", cordoned), node("a", cordoned, ready("False")), nil, true},
		"another zone: all that it admits, and its replicas":       {node("a", inZone("1")), node("a", inZone("2")), []string{"anywhere", "tolerates"}, true},
		"another zone of a cordoned node: its replicas":            {node("a", inZone("1"), cordoned), node("a", inZone("2"), cordoned), nil, true},
		"a zone at last": {node("a"), node("a", inZone("1")), []string{"anywhere", "tolerates"}, true},
		"becoming virtual: all that it admitted, and its replicas": {node("a"), node("a", virtual), []string{"anywhere", "tolerates"}, true},
		"cordoned for another taint: those that the taint let in": {
			node("a", cordoned), node("a", tainted("gpu", taint)), []string{"tolerates"}, false,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := threeClasses()
			if test.before != nil {
				m.Set(test.before)
			}
			var effect eligibility.Effect
			if test.after != nil {
				effect = m.Set(test.after)
			} else {
				effect = m.Delete(test.before.Name)
			}
			if got := names(effect); !slices.Equal(got, test.apps) || effect.Replicas != test.replicas {
				t.Errorf("concerned are %v and replicas %t; want %v and %t", got, effect.Replicas, test.apps, test.replicas)
			}
		})
	}
}

func TestWithOneEligibleNodeItMattersWhyTheOthersAreNot(t *testing.T) {
	m := memo(node("a"), node("b", cordoned))
	use(m, app("anywhere"), "any", eligibility.Class{})
	if got := names(m.Set(node("b", ready("False")))); !slices.Equal(got, []string{"anywhere"}) {
		t.Errorf("concerned are %v", got)
	}
	if got := reasons(use(m, app("anywhere"), "any", eligibility.Class{})); got[isNotReady] != 1 || len(got) != 1 {
		t.Errorf("excluded %v", got)
	}
	m.Set(node("c"))
	if got := names(m.Set(node("b", cordoned))); got != nil {
		t.Errorf("with two eligible nodes, concerned are %v", got)
	}
	if got := reasons(use(m, app("anywhere"), "any", eligibility.Class{})); got[isCordoned] != 1 || len(got) != 1 {
		t.Errorf("excluded %v", got)
	}
}

func TestANodeThatIsNotThereConcernsNobodyWhenItGoes(t *testing.T) {
	if effect := threeClasses().Delete("never"); effect.Replicas || effect.Apps != nil {
		t.Errorf("concerned are %+v", effect)
	}
}

func TestAnAppIsToldOnce(t *testing.T) {
	m := threeClasses()
	use(m, app("anywhere"), "ssd", selecting("disk", "ssd"))
	if got := names(m.Set(node("a", labelled("disk", "ssd")))); !slices.Equal(got, []string{"anywhere", "on-ssd", "tolerates"}) {
		t.Errorf("concerned are %v", got)
	}
}
