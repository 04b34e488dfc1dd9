package eligibility_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"evenkeel.dev/evenkeel/pkg/eligibility"
)

func TestASurveySaysOfEveryNodeWhatTheClassDoes(t *testing.T) {
	ssd := labelled("disk", "ssd")
	m := memo(
		node("e", ssd, virtual), node("d", tainted("gpu", corev1.TaintEffectNoSchedule)), node("c"),
		node("b", ssd, cordoned), node("a", ssd, inZone("1")), node("f", ssd, ready(corev1.ConditionFalse), tainted("gpu", corev1.TaintEffectNoExecute)),
		node("gone"),
	)
	m.Delete("gone")
	eligible, all := m.Survey("ssd", func() eligibility.Class { return selecting("disk", "ssd") })
	type says struct{ admitted, selected, tolerated bool }
	got := make(map[string]says)
	for _, s := range all {
		got[s.Name] = says{s.Admitted, s.Selected, s.Tolerated}
		if s.Node.Name != s.Name {
			t.Errorf("%s is node %s", s.Name, s.Node.Name)
		}
	}
	want := map[string]says{
		"a": {true, true, true}, "b": {false, true, true}, "c": {false, false, true},
		"d": {false, false, false}, "e": {false, true, true}, "f": {false, true, false},
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if !slices.IsSortedFunc(all, func(a, b eligibility.Standing) int { return int(a.Name[0]) - int(b.Name[0]) }) {
		t.Error("they are not sorted")
	}
	if eligible.Nodes() != 1 || all[0].Zone != "1" {
		t.Errorf("eligible are %+v, the first is %+v", eligible, all[0].Facts)
	}
	if n := m.Classes(); n != 0 {
		t.Errorf("it noted %d classes", n)
	}
}

func TestASurveyAgreesWithWhatIsEligible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := memo()
		for _, name := range []string{"a", "b", "c", "d"} {
			if rapid.Bool().Draw(t, "there is "+name) {
				m.Set(anyNode(t, name))
			}
		}
		for key, class := range classes() {
			describe := func() eligibility.Class { return class }
			fresh, freshNodes := m.Survey(key, describe)
			noted := use(m, app("web"), key, class)
			known, knownNodes := m.Survey(key, describe)
			if !reflect.DeepEqual(fresh, noted) || !reflect.DeepEqual(known, noted) || !reflect.DeepEqual(freshNodes, knownNodes) {
				t.Fatalf("%q: eligible %+v, a survey says %+v, and then %+v", key, noted, fresh, known)
			}
			n := 0
			for _, s := range knownNodes {
				if s.Admitted {
					n++
				}
			}
			if n != noted.Nodes() {
				t.Fatalf("%q: %d nodes are admitted, %d eligible", key, n, noted.Nodes())
			}
		}
	})
}
