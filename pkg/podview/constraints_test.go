package podview_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

const host, zone = placement.HostnameKey, placement.ZoneKey

func spread(key string, when corev1.UnsatisfiableConstraintAction, selector *metav1.LabelSelector) option {
	return func(p *corev1.Pod) {
		p.Spec.TopologySpreadConstraints = append(p.Spec.TopologySpreadConstraints, corev1.TopologySpreadConstraint{
			MaxSkew: 1, TopologyKey: key, WhenUnsatisfiable: when, LabelSelector: selector,
		})
	}
}

func affinity(p *corev1.Pod) *corev1.Affinity {
	if p.Spec.Affinity == nil {
		p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}, PodAffinity: &corev1.PodAffinity{}, PodAntiAffinity: &corev1.PodAntiAffinity{}}
	}
	return p.Spec.Affinity
}

func term(key string, selector *metav1.LabelSelector) corev1.PodAffinityTerm {
	return corev1.PodAffinityTerm{TopologyKey: key, LabelSelector: selector}
}

func mustKeepApart(term corev1.PodAffinityTerm) option {
	return func(p *corev1.Pod) {
		anti := affinity(p).PodAntiAffinity
		anti.RequiredDuringSchedulingIgnoredDuringExecution = append(anti.RequiredDuringSchedulingIgnoredDuringExecution, term)
	}
}

func prefersToKeepApart(term corev1.PodAffinityTerm) option {
	return func(p *corev1.Pod) {
		anti := affinity(p).PodAntiAffinity
		anti.PreferredDuringSchedulingIgnoredDuringExecution = append(anti.PreferredDuringSchedulingIgnoredDuringExecution,
			corev1.WeightedPodAffinityTerm{Weight: 1, PodAffinityTerm: term})
	}
}

func mustStandWith(term corev1.PodAffinityTerm) option {
	return func(p *corev1.Pod) {
		with := affinity(p).PodAffinity
		with.RequiredDuringSchedulingIgnoredDuringExecution = append(with.RequiredDuringSchedulingIgnoredDuringExecution, term)
	}
}

func TestConstraintsThatKeepAWorkloadsOwnReplicasApart(t *testing.T) {
	own, other := selecting("app", "web"), selecting("app", "db")
	in := func(namespaces ...string) corev1.PodAffinityTerm {
		t := term(host, own)
		t.Namespaces = namespaces
		return t
	}
	inLabelled := func(s *metav1.LabelSelector) corev1.PodAffinityTerm {
		t := term(host, own)
		t.NamespaceSelector = s
		return t
	}
	anti := []placement.Constraint{{TopologyKey: host, Hard: true, Affinity: true}}
	tests := map[string]struct {
		pod  []option
		want []placement.Constraint
	}{
		"none without any": {nil, nil},
		"a soft spread constraint": {
			[]option{spread(zone, corev1.ScheduleAnyway, own)}, []placement.Constraint{{TopologyKey: zone}},
		},
		"a hard spread constraint": {
			[]option{spread(host, corev1.DoNotSchedule, own)}, []placement.Constraint{{TopologyKey: host, Hard: true}},
		},
		"a required anti-affinity is hard": {[]option{mustKeepApart(term(host, own))}, anti},
		"a preferred anti-affinity is soft": {
			[]option{prefersToKeepApart(term(zone, own))}, []placement.Constraint{{TopologyKey: zone, Affinity: true}},
		},
		"several, in their order": {
			[]option{spread(zone, corev1.ScheduleAnyway, own), spread(host, corev1.DoNotSchedule, own), mustKeepApart(term(host, own))},
			[]placement.Constraint{{TopologyKey: zone}, {TopologyKey: host, Hard: true}, {TopologyKey: host, Hard: true, Affinity: true}},
		},
		"a selector of other Pods is none":      {[]option{spread(host, corev1.DoNotSchedule, other), mustKeepApart(term(host, other)), prefersToKeepApart(term(host, other))}, nil},
		"no selector selects no Pod":            {[]option{spread(host, corev1.DoNotSchedule, nil), mustKeepApart(term(host, nil))}, nil},
		"an empty selector selects every Pod":   {[]option{mustKeepApart(term(host, &metav1.LabelSelector{}))}, anti},
		"a selector that is wrong is none":      {[]option{mustKeepApart(term(host, wrong()))}, nil},
		"an affinity keeps nothing apart":       {[]option{mustStandWith(term(host, own))}, nil},
		"a term about its own namespace":        {[]option{mustKeepApart(in("bank", "shop"))}, anti},
		"a term about other namespaces is none": {[]option{mustKeepApart(in("bank")), prefersToKeepApart(in("bank"))}, nil},
		"a term about all namespaces":           {[]option{mustKeepApart(inLabelled(&metav1.LabelSelector{}))}, anti},
		"a term about its namespace by name": {
			[]option{mustKeepApart(inLabelled(selecting("kubernetes.io/metadata.name", "shop")))}, anti,
		},
		"a term about another namespace by name is none": {
			[]option{mustKeepApart(inLabelled(selecting("kubernetes.io/metadata.name", "bank")))}, nil,
		},
		"a namespace selector that is wrong is none": {[]option{mustKeepApart(inLabelled(wrong()))}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := view(t, test.pod...).Template.Placement.Spread; !slices.Equal(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func wrong() *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: "Like", Values: []string{"web"}}}}
}

func TestRequiredPodAffinityIsOfAnyPod(t *testing.T) {
	other := term(host, selecting("app", "db"))
	tests := map[string]struct {
		pod  []option
		want bool
	}{
		"none":                                {nil, false},
		"an empty affinity is none":           {[]option{func(p *corev1.Pod) { p.Spec.Affinity = &corev1.Affinity{} }}, false},
		"a preferred anti-affinity is not it": {[]option{prefersToKeepApart(other)}, false},
		"a required anti-affinity is":         {[]option{mustKeepApart(other)}, true},
		"a required affinity is":              {[]option{mustStandWith(other)}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := view(t, test.pod...).Template.Placement.RequiredPodAffinity; got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

func TestOnlyAClaimThatOutlivesThePodPinsIt(t *testing.T) {
	mounting := func(source corev1.VolumeSource) option {
		return func(p *corev1.Pod) {
			p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: "v", VolumeSource: source})
		}
	}
	scratch := mounting(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}})
	ephemeral := mounting(corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}})
	claim := mounting(corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}})
	tests := map[string]struct {
		pod  []option
		want bool
	}{
		"no volume":                 {nil, false},
		"scratch space":             {[]option{scratch}, false},
		"a claim made with the Pod": {[]option{ephemeral}, false},
		"a claim, among others":     {[]option{scratch, claim}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := view(t, test.pod...).Template.Placement.VolumeClaims; got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}
