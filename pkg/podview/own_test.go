package podview_test

import (
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

const costAnnotation = "controller.kubernetes.io/pod-deletion-cost"

func TestTheDeletionCostIsANumberOrNothing(t *testing.T) {
	for value, want := range map[string]int{
		"5": 5, "-5": -5, "0": 0, "2147483647": 1<<31 - 1, "-2147483648": -1 << 31,
		"2147483648": 0, "+5": 0, "007": 0, "": 0, "five": 0, "5.0": 0, " 5": 0,
	} {
		if got := view(t, annotated(costAnnotation, value)).DeletionCost(); got != want {
			t.Errorf("%q costs %d, want %d", value, got, want)
		}
	}
	if got := view(t).DeletionCost(); got != 0 {
		t.Errorf("without the annotation it costs %d", got)
	}
}

func TestClaimsAreNamedOnceAndThoseMadeWithThePodAreNot(t *testing.T) {
	ephemeral := func(p *corev1.Pod) {
		p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}})
	}
	if got := view(t, mounting("logs", "data", "logs"), ephemeral).Claims(); !slices.Equal(got, []string{"data", "logs"}) {
		t.Errorf("claims %q", got)
	}
	if got := view(t, ephemeral).Claims(); got != nil {
		t.Errorf("claims %q", got)
	}
}

func TestASelectorSeesAllLabelsOfAPod(t *testing.T) {
	tests := map[string][]option{
		"a Deployment's":  {also("tier", "front")},
		"a StatefulSet's": {labelled("app", "db", "controller-revision-hash", "db-7", "statefulset.kubernetes.io/pod-name", "db-0", "apps.kubernetes.io/pod-index", "0")},
		"of two revisions": {
			labelled("pod-template-hash", "a", "controller-revision-hash", "b", "rollouts-pod-template-hash", ""),
		},
		"a DaemonSet's":             {ownedBy("DaemonSet", "agent"), labelled("name", "agent", "controller-revision-hash", "7")},
		"those of its node, copied": {also("topology.kubernetes.io/zone", "a")},
		"none":                      {labelled()},
	}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			want, small := pod(options...).Labels, view(t, options...)
			if got := small.LabelSet(); !maps.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			for key, value := range want {
				if got, ok := small.Labels().Lookup(key); !ok || got != value || small.Labels().Get(key) != value || !small.Labels().Has(key) {
					t.Errorf("%s is %q, %t; want %q", key, got, ok, value)
				}
			}
			for _, key := range []string{"", "other", "pod-template-hash", "apps.kubernetes.io/pod-index"} {
				if _, ok := want[key]; small.Labels().Has(key) != ok {
					t.Errorf("it has %q: %t, want %t", key, !ok, ok)
				}
			}
		})
	}
}

func TestASuccessorHasTheLabelsOfItsTemplateAndNotOfANode(t *testing.T) {
	by := transformer()
	old := transform(t, by, pod(also("topology.kubernetes.io/zone", "a", "apps.kubernetes.io/pod-index", "0")))
	next := transform(t, by, pod(also("pod-template-hash", "new", "tier", "front", "topology.kubernetes.io/zone", "b"))).Template
	got := old.Successor(next)
	for key, want := range map[string]string{
		"app": "web", "tier": "front", "pod-template-hash": "new", "apps.kubernetes.io/pod-index": "0", "topology.kubernetes.io/zone": "",
	} {
		if value := got.Get(key); value != want || got.Has(key) != (want != "") {
			t.Errorf("%s is %q, want %q", key, value, want)
		}
	}
}

func TestAskingForALabelTakesNoMemory(t *testing.T) {
	small := view(t)
	if n := testing.AllocsPerRun(100, func() { small.Labels().Get("app") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOptOutsAreReadAsTheirToolsReadThem(t *testing.T) {
	const karpenter, autoscaler, descheduler = "karpenter.sh/do-not-disrupt", "cluster-autoscaler.kubernetes.io/safe-to-evict", "descheduler.alpha.kubernetes.io/prefer-no-eviction"
	tests := map[string]struct {
		pod  []option
		want []string
	}{
		"none":                                {nil, nil},
		"Karpenter's":                         {[]option{annotated(karpenter, "true")}, []string{karpenter}},
		"Karpenter's for a while":             {[]option{annotated(karpenter, "30m")}, []string{karpenter}},
		"Karpenter's that is false":           {[]option{annotated(karpenter, "false")}, nil},
		"the autoscaler's":                    {[]option{annotated(autoscaler, "false")}, []string{autoscaler + ": false"}},
		"the autoscaler's that is true":       {[]option{annotated(autoscaler, "true")}, nil},
		"the descheduler's":                   {[]option{annotated(descheduler, "true")}, []string{descheduler}},
		"the descheduler's, whatever it says": {[]option{annotated(descheduler, "false")}, []string{descheduler}},
		"all": {
			[]option{annotated(karpenter, "true"), annotated(autoscaler, "false"), annotated(descheduler, "")},
			[]string{karpenter, autoscaler + ": false", descheduler},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			small := view(t, test.pod...)
			if got := small.OptOuts.Annotations(); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if small.Annotations != nil {
				t.Errorf("among the policy's annotations stand %v", small.Annotations)
			}
		})
	}
}

func TestASystemCriticalPodIsTold(t *testing.T) {
	priority := func(class string, value int32) option {
		return func(p *corev1.Pod) { p.Spec.PriorityClassName, p.Spec.Priority = class, &value }
	}
	tests := map[string]struct {
		pod  option
		want bool
	}{
		"of no class":               {func(*corev1.Pod) {}, false},
		"the cluster's":             {priority("system-cluster-critical", 2_000_000_000), true},
		"the node's, with no value": {func(p *corev1.Pod) { p.Spec.PriorityClassName = "system-node-critical" }, true},
		"of a class as high":        {priority("mine", 2_000_000_000), true},
		"of the highest of users":   {priority("mine", 1_000_000_000), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := view(t, test.pod).Critical; got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
