package eligibility_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/placement"
)

// classes are few and overlap, so that each step concerns some and not others.
func classes() map[string]eligibility.Class {
	both := selecting("disk", "ssd")
	both.Tolerations = []corev1.Toleration{{Key: "gpu", Operator: corev1.TolerationOpExists}}
	return map[string]eligibility.Class{
		"any":       {},
		"ssd":       selecting("disk", "ssd"),
		"tolerates": tolerating(corev1.Toleration{Key: "gpu", Operator: corev1.TolerationOpExists}),
		"both":      both,
		"not on a":  requiring(field("metadata.name", corev1.NodeSelectorOpNotIn, "a")),
		"invalid":   requiring(label("disk", "Like", "ssd")),
	}
}

func anyNode(t *rapid.T, name string) *corev1.Node {
	n := node(name, ready(rapid.SampledFrom([]corev1.ConditionStatus{"True", "True", "True", "False", "Unknown"}).Draw(t, "ready")))
	some := func(what string) bool { return rapid.IntRange(0, 4).Draw(t, what) == 0 }
	if zone := rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "zone"); zone != "" {
		inZone(zone)(n)
	}
	if some("cordoned") {
		cordoned(n)
	}
	if some("virtual") {
		virtual(n)
	}
	if some("tainted") {
		tainted("gpu", corev1.TaintEffectNoSchedule)(n)
	}
	if rapid.Bool().Draw(t, "on ssd") {
		labelled("disk", "ssd")(n)
	}
	return n
}

// model is what the memo must be equal to, kept as simply as can be.
type model struct {
	nodes map[string]*corev1.Node
	used  map[placement.AppKey]map[string]bool
}

// fresh builds the answers from the nodes alone.
func (m model) fresh() map[string]placement.Eligible {
	built := memo()
	for _, name := range slices.Sorted(maps.Keys(m.nodes)) {
		built.Set(m.nodes[name])
	}
	answers := make(map[string]placement.Eligible)
	for key, class := range classes() {
		answers[key] = use(built, app("fresh"), key, class)
	}
	return answers
}

// concerned are the apps of which a class's answer is another in a way that a
// verdict can tell.
func (m model) concerned(before, after map[string]placement.Eligible) map[placement.AppKey]bool {
	apps := make(map[placement.AppKey]bool)
	for self, keys := range m.used {
		for key := range keys {
			if differ(before[key], after[key]) {
				apps[self] = true
			}
		}
	}
	return apps
}

func differ(a, b placement.Eligible) bool {
	return a.Zoneless != b.Zoneless || !maps.Equal(a.ByZone, b.ByZone) ||
		(a.Nodes() <= 1 && !maps.Equal(reasons(a), reasons(b)))
}

func TestTheMemoIsAsIfBuiltAnewAndTellsOfExactlyWhatChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := memo()
		model := model{nodes: make(map[string]*corev1.Node), used: make(map[placement.AppKey]map[string]bool)}
		keys := slices.Sorted(maps.Keys(classes()))
		name := rapid.SampledFrom([]string{"a", "b", "c", "d"})
		anApp := rapid.Custom(func(t *rapid.T) placement.AppKey {
			return app(fmt.Sprint("app-", rapid.IntRange(0, 3).Draw(t, "app")))
		})
		changing := func(t *rapid.T, change func() eligibility.Effect) {
			before := model.fresh()
			effect := change()
			want := model.concerned(before, model.fresh())
			got := make(map[placement.AppKey]bool)
			for _, a := range effect.Apps {
				if got[a] {
					t.Fatalf("%v is told twice", a)
				}
				got[a] = true
			}
			if !maps.Equal(got, want) {
				t.Fatalf("told are %v, concerned %v", got, want)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				n := anyNode(t, name.Draw(t, "node"))
				changing(t, func() eligibility.Effect { model.nodes[n.Name] = n; return m.Set(n) })
			},
			"delete": func(t *rapid.T) {
				gone := name.Draw(t, "node")
				changing(t, func() eligibility.Effect { delete(model.nodes, gone); return m.Delete(gone) })
			},
			"use": func(t *rapid.T) {
				self, key := anApp.Draw(t, "who"), rapid.SampledFrom(keys).Draw(t, "class")
				use(m, self, key, classes()[key])
				if model.used[self] == nil {
					model.used[self] = make(map[string]bool)
				}
				model.used[self][key] = true
			},
			"keep": func(t *rapid.T) {
				self := anApp.Draw(t, "who")
				for _, key := range slices.Sorted(maps.Keys(model.used[self])) {
					if rapid.Bool().Draw(t, "drop "+key) {
						delete(model.used[self], key)
					}
				}
				m.Keep(self, slices.Sorted(maps.Keys(model.used[self])))
			},
			"": func(t *rapid.T) {
				fresh, inUse := model.fresh(), make(map[string]bool)
				for self, keys := range model.used {
					for key := range keys {
						inUse[key] = true
						got := use(m, self, key, classes()[key])
						if !reflect.DeepEqual(got, fresh[key]) {
							t.Fatalf("%q: %+v, built anew %+v", key, got, fresh[key])
						}
					}
				}
				if m.Classes() != len(inUse) {
					t.Fatalf("%d classes are kept, %d are used", m.Classes(), len(inUse))
				}
				if len(m.Nodes()) != len(model.nodes) {
					t.Fatalf("%d nodes are known, %d are there", len(m.Nodes()), len(model.nodes))
				}
			},
		})
	})
}
