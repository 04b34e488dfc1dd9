package podview_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"evenkeel.dev/evenkeel/pkg/podview"
)

func TestATermSelectsPodsOfItsNamespaces(t *testing.T) {
	among := func(s *metav1.LabelSelector, names ...string) corev1.PodAffinityTerm {
		t := term(host, selecting("app", "web"))
		t.NamespaceSelector, t.Namespaces = s, names
		return t
	}
	tests := map[string]struct {
		term corev1.PodAffinityTerm
		// want are the namespaces in which it selects a Pod of app web.
		want []string
	}{
		"its own where nothing is said": {among(nil), []string{"shop"}},
		"those named":                   {among(nil, "bank", "post"), []string{"bank", "post"}},
		"all":                           {among(&metav1.LabelSelector{}), []string{"bank", "post", "shop"}},
		"those of some labels":          {among(selecting("team", "a")), []string{"bank"}},
		"those and named ones":          {among(selecting("team", "a"), "shop"), []string{"bank", "shop"}},
		"none where no Pod is selected": {term(host, nil), nil},
	}
	namespaceLabels := func(namespace string) map[string]string {
		return map[string]map[string]string{"bank": {"team": "a"}}[namespace]
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, owner := range []option{ownedBy("ReplicaSet", "web-5d8f"), ownedBy("DaemonSet", "agent")} {
				terms := view(t, mustKeepApart(test.term), owner).Rules.Apart
				var got []string
				for _, namespace := range []string{"bank", "post", "shop"} {
					if terms[0].Selects(namespace, namespaceLabels, labels.Set{"app": "web"}) {
						got = append(got, namespace)
					}
					if terms[0].Selects(namespace, namespaceLabels, labels.Set{"app": "db"}) {
						t.Errorf("in %s it selects another app's", namespace)
					}
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("got %v, want %v", got, test.want)
				}
			}
		})
	}
}

func TestMatchLabelKeysAddThePodsOwnValues(t *testing.T) {
	keyed := term(host, selecting("app", "web"))
	keyed.MatchLabelKeys, keyed.MismatchLabelKeys = []string{"pod-template-hash", "gone", "topology.kubernetes.io/zone"}, []string{"tenant"}
	p := view(t, mustKeepApart(keyed), also("tenant", "a", "topology.kubernetes.io/zone", "z"), func(p *corev1.Pod) {
		p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
			WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: selecting("app", "web"), MatchLabelKeys: []string{"pod-template-hash"},
		}}
	})
	if got, want := p.Rules.Apart[0].Selector.String(), "app=web,pod-template-hash in (5d8f),tenant notin (a)"; got != want {
		t.Errorf("the term selects %s, want %s", got, want)
	}
	if got, want := p.Rules.Spread[0].Selector.String(), "app=web,pod-template-hash in (5d8f)"; got != want {
		t.Errorf("the constraint selects %s, want %s", got, want)
	}
	if !p.Rules.Apart[0].PerPod || !p.Rules.Spread[0].PerPod {
		t.Error("a revision's label is not told to be one in which Pods may differ")
	}
	none := term(host, nil)
	none.MatchLabelKeys = []string{"app"}
	if s := view(t, mustKeepApart(none)).Rules.Apart[0].Selector; s.Matches(labels.Set{"app": "web"}) {
		t.Error("keys make a term of no Pods one of some")
	}
}

func TestASpreadConstraintIsReadInFull(t *testing.T) {
	ignore, honor := corev1.NodeInclusionPolicyIgnore, corev1.NodeInclusionPolicyHonor
	constraint := func(change func(*corev1.TopologySpreadConstraint)) option {
		c := corev1.TopologySpreadConstraint{MaxSkew: 2, TopologyKey: zone, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: selecting("app", "web")}
		change(&c)
		return func(p *corev1.Pod) { p.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{c} }
	}
	tests := map[string]struct {
		change func(*corev1.TopologySpreadConstraint)
		want   podview.Spread
	}{
		"what is meant where nothing is said": {
			func(*corev1.TopologySpreadConstraint) {}, podview.Spread{MinDomains: 1},
		},
		"domains there must be": {
			func(c *corev1.TopologySpreadConstraint) { c.MinDomains = new(int32(3)) }, podview.Spread{MinDomains: 3},
		},
		"nodes outside its affinity count": {
			func(c *corev1.TopologySpreadConstraint) { c.NodeAffinityPolicy = &ignore }, podview.Spread{MinDomains: 1, AnyNode: true},
		},
		"tainted nodes do not": {
			func(c *corev1.TopologySpreadConstraint) { c.NodeTaintsPolicy = &honor }, podview.Spread{MinDomains: 1, Untainted: true},
		},
		"both as they are by default": {
			func(c *corev1.TopologySpreadConstraint) { c.NodeAffinityPolicy, c.NodeTaintsPolicy = &honor, &ignore }, podview.Spread{MinDomains: 1},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := view(t, constraint(test.change)).Rules.Spread[0]
			if got.Selector.String() != "app=web" {
				t.Errorf("it selects %s", got.Selector)
			}
			test.want.TopologyKey, test.want.MaxSkew, test.want.Selector = zone, 2, got.Selector
			if !equal(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestOnlyWhatMustBeHeededIsARule(t *testing.T) {
	other := term(host, selecting("app", "db"))
	unjudged := ownedBy("DaemonSet", "agent")
	claiming := func(p *corev1.Pod) { p.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "gpu"}} }
	tests := map[string]struct {
		pod                     []option
		apart, together, spread int
		unknown, far            bool
	}{
		"nothing":                           {},
		"a preferred anti-affinity is none": {pod: []option{prefersToKeepApart(other)}},
		"a soft constraint is none":         {pod: []option{spread(host, corev1.ScheduleAnyway, selecting("app", "web"))}},
		"a required anti-affinity":          {pod: []option{mustKeepApart(other)}, apart: 1},
		"one over zones reaches far":        {pod: []option{mustKeepApart(other), mustKeepApart(term(zone, nil))}, apart: 2, far: true},
		"a required affinity":               {pod: []option{mustStandWith(other)}, together: 1},
		"a hard constraint":                 {pod: []option{spread(host, corev1.DoNotSchedule, selecting("app", "web"))}, spread: 1},
		"a selector that is wrong":          {pod: []option{mustKeepApart(term(host, wrong()))}, unknown: true},
		"a constraint that is wrong":        {pod: []option{spread(host, corev1.DoNotSchedule, wrong())}, unknown: true},
		"a claim of devices":                {pod: []option{claiming}, unknown: true},
		"of who is not judged, only whom it keeps away": {
			pod:   []option{unjudged, claiming, mustKeepApart(other), mustStandWith(other), spread(host, corev1.DoNotSchedule, nil)},
			apart: 1,
		},
		"of who is not judged, else nothing": {pod: []option{unjudged, claiming, mustStandWith(other), spread(host, corev1.DoNotSchedule, nil)}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := view(t, test.pod...).Rules
			if test.apart+test.together+test.spread == 0 && !test.unknown {
				if got != nil || got.Far() {
					t.Errorf("got %+v, want none", got)
				}
				return
			}
			if got == nil || len(got.Apart) != test.apart || len(got.Together) != test.together || len(got.Spread) != test.spread ||
				(got.Unknown != "") != test.unknown || got.Far() != test.far {
				t.Errorf("got %+v, far %t", got, got.Far())
			}
		})
	}
}
