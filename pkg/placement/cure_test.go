package placement_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestCureIsTheYAMLToAdd(t *testing.T) {
	const want = `spec:
  topologySpreadConstraints:
  - topologyKey: topology.kubernetes.io/zone
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        "app": "web"
    matchLabelKeys: [pod-template-hash]
  - topologyKey: kubernetes.io/hostname
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        "app": "web"
    matchLabelKeys: [pod-template-hash]
`
	if got := assess(t, workload(several(2, ready("a", "1")), eligible("1", "2"))).Cure; got != want {
		t.Errorf("cure is\n%s\nwant\n%s", got, want)
	}
}

func TestCureIsOnlyACommandWhereTheTemplateIsRight(t *testing.T) {
	const drifted = "# The template already asks for better; its Pods drifted. Have them placed anew:\n"
	tests := map[string]struct {
		kind, revisionLabel string
		want                string
	}{
		"of a Deployment": {
			"Deployment", "pod-template-hash", "# kubectl -n shop rollout restart deployment/web\n"},
		"of a StatefulSet": {
			"StatefulSet", "controller-revision-hash", "# kubectl -n shop rollout restart statefulset/web\n"},
		"of a Rollout, which kubectl does not know": {
			"Rollout", "rollouts-pod-template-hash", "# delete Pods of the crowded domain, one at a time.\n"},
		"of a ReplicaSet of its own": {
			"ReplicaSet", "", "# delete Pods of the crowded domain, one at a time.\n"},
		"of a kind not known here": {
			"Cask", "", "# delete Pods of the crowded domain, one at a time.\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := workload(several(2, ready("a", "1")), constrained(hard(placement.HostnameKey)))
			w.ID.Kind, w.Template.RevisionLabel = tt.kind, tt.revisionLabel
			if got := assess(t, w).Cure; got != drifted+tt.want {
				t.Errorf("cure is\n%s\nwant\n%s", got, drifted+tt.want)
			}
		})
	}
}

func TestCureIsEmptyWherePlacementIsNotTheTrouble(t *testing.T) {
	tests := map[string]placement.Workload{
		"Healthy":                         workload(with(ready("a", "1"), ready("b", "2"))),
		"Single":                          workload(with(ready("a", "1"))),
		"Unavailable":                     workload(several(2, unready("a", "1"))),
		"Settling":                        workload(several(2, ready("a", "1")), terminating(time.Second)),
		"NodeFragile with one ready only": workload(with(ready("a", "1"), unready("b", "2")), eligible("1", "2")),
	}
	for name, w := range tests {
		t.Run(name, func(t *testing.T) {
			if got := assess(t, w).Cure; got != "" {
				t.Errorf("cure is\n%s\nwant none", got)
			}
		})
	}
}

func TestCureSaysWhatGoesBeforeIt(t *testing.T) {
	bound := workload(several(2, ready("a", "1")), eligible("1", "2"), func(w *placement.Workload) { w.Template.RequiredPodAffinity = true })
	cure := assess(t, bound).Cure
	if first, _, _ := strings.Cut(cure, "\n"); !strings.Contains(first, "# First loosen the template's required Pod affinity") {
		t.Errorf("cure is\n%s\nwhich a required Pod affinity makes vain", cure)
	}
	if got := decode(t, cure); len(got) != 2 {
		t.Errorf("read as %+v, want a constraint over nodes and one over zones", got)
	}
}

func TestCureAsksForALabelWhereNoneCanSelectThePods(t *testing.T) {
	const want = "# Give the Pod template a label of its own first, so that a spread constraint can select its Pods.\n"
	for name, labels := range map[string]map[string]string{
		"no label":                nil,
		"only descriptive labels": {"helm.sh/chart": "web-1.2", "app.kubernetes.io/version": "1.2", "app.kubernetes.io/managed-by": "Helm"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := assess(t, workload(several(2, ready("a", "1")), labelled(labels))).Cure; got != want {
				t.Errorf("cure is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// decode reads a cure as the API server would read a Pod template, and refuses
// a field that it does not know.
func decode(t *testing.T, cure string) []corev1.TopologySpreadConstraint {
	t.Helper()
	var template corev1.PodTemplateSpec
	if err := yaml.UnmarshalStrict([]byte(cure), &template); err != nil {
		t.Fatalf("%v in\n%s", err, cure)
	}
	return template.Spec.TopologySpreadConstraints
}

func TestCureIsReadAsThePodTemplateThatItMeans(t *testing.T) {
	honor := corev1.NodeInclusionPolicyHonor
	constraint := func(key string, labels map[string]string, revisions ...string) corev1.TopologySpreadConstraint {
		return corev1.TopologySpreadConstraint{
			TopologyKey: key, MaxSkew: 1, WhenUnsatisfiable: corev1.ScheduleAnyway,
			LabelSelector: &metav1.LabelSelector{MatchLabels: labels}, MatchLabelKeys: revisions,
		}
	}
	binding := func(c corev1.TopologySpreadConstraint) corev1.TopologySpreadConstraint {
		c.WhenUnsatisfiable, c.NodeTaintsPolicy = corev1.DoNotSchedule, &honor
		return c
	}
	const node, zone, revision = placement.HostnameKey, placement.ZoneKey, "pod-template-hash"
	web := map[string]string{"app": "web"}
	hostile := map[string]string{
		"yes": "no", "123": "456", "0x1F": "1e3", "null": "", "y": "~", "1.0": "0o7", "2026-01-01": "12:30",
		"a: b": "c: d", "#": "# no comment", "- x": "[", `"`: `\`, "two\nlines": "tab\tand\x00", "ключ": "значение",
		"app.kubernetes.io/name": "web",
	}
	crowded := several(2, ready("a", "1"))
	inOneZone := with(ready("a", "1"), ready("b", "1"))
	preferred := placement.Constraint{TopologyKey: node, Affinity: true}
	tests := map[string]struct {
		workload placement.Workload
		want     []corev1.TopologySpreadConstraint
	}{
		"NodeFragile: over nodes": {
			workload(crowded, eligible("1", "1")),
			[]corev1.TopologySpreadConstraint{constraint(node, web, revision)}},
		"NodeFragile where several zones have room: over zones too": {
			workload(crowded, eligible("1", "2")),
			[]corev1.TopologySpreadConstraint{constraint(zone, web, revision), constraint(node, web, revision)}},
		"NodeFragile with a constraint over zones: over nodes alone": {
			workload(crowded, eligible("1", "2"), constrained(soft(zone))),
			[]corev1.TopologySpreadConstraint{constraint(node, web, revision)}},
		"ZoneFragile: over zones": {
			workload(inOneZone, eligible("1", "2")),
			[]corev1.TopologySpreadConstraint{constraint(zone, web, revision)}},
		"Uneven by node: over nodes": {
			workload(several(3, ready("a", "")), with(ready("b", "")), eligible("", "")),
			[]corev1.TopologySpreadConstraint{constraint(node, web, revision)}},
		"Uneven by zone: over zones": {
			workload(inOneZone, with(ready("c", "1"), ready("d", "2")), eligible("1", "1", "2", "2"), tolerating(50, 67)),
			[]corev1.TopologySpreadConstraint{constraint(zone, web, revision)}},
		"a soft constraint stands already: a binding one, since a second soft one is refused": {
			workload(crowded, eligible("1", "1"), constrained(soft(node))),
			[]corev1.TopologySpreadConstraint{binding(constraint(node, web, revision))}},
		"a preferred anti-affinity is no spread constraint: a soft one": {
			workload(crowded, eligible("1", "1"), constrained(preferred)),
			[]corev1.TopologySpreadConstraint{constraint(node, web, revision)}},
		"a StatefulSet: no revisions to match": {
			workload(crowded, func(w *placement.Workload) {
				w.ID.Kind, w.Template.RevisionLabel = "StatefulSet", "controller-revision-hash"
			}),
			[]corev1.TopologySpreadConstraint{constraint(node, web)}},
		"labels that change with a release have no place in a selector": {
			workload(crowded, labelled(map[string]string{"app": "web", "helm.sh/chart": "web-1.2"})),
			[]corev1.TopologySpreadConstraint{constraint(node, web, revision)}},
		"labels that YAML would take for something else": {
			workload(crowded, labelled(hostile)),
			[]corev1.TopologySpreadConstraint{constraint(node, hostile, revision)}},
		"the template is right: nothing to add": {
			workload(crowded, constrained(hard(node))),
			nil},
		"no label to select by: nothing to add yet": {
			workload(crowded, labelled(nil)),
			nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cure := assess(t, tt.workload).Cure
			if got := decode(t, cure); !equal(got, tt.want) {
				t.Errorf("read as %+v,\nwant %+v\nfrom\n%s", got, tt.want, cure)
			}
		})
	}
}

func TestWhereOneNodeAloneIsEligibleNoConstraintIsProposed(t *testing.T) {
	a := assess(t, workload(several(2, ready("a", "1")), eligible("1")))
	if a.Fixable || a.Cause != "its Pods have no choice of nodes: one alone is eligible" {
		t.Errorf("fixable %v, cause %q", a.Fixable, a.Cause)
	}
	if strings.Contains(a.Cure, "topologySpreadConstraints") || !strings.HasPrefix(a.Cure, "# No constraint helps") {
		t.Errorf("cure %q", a.Cure)
	}
}
