package podview_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func selectingNodes(pairs ...string) option {
	return func(p *corev1.Pod) { p.Spec.NodeSelector = selecting(pairs...).MatchLabels }
}

func tolerating(key string) option {
	return func(p *corev1.Pod) {
		p.Spec.Tolerations = append(p.Spec.Tolerations, corev1.Toleration{Key: key, Operator: corev1.TolerationOpExists})
	}
}

func requiringNodes(key string, values ...string) option {
	return func(p *corev1.Pod) {
		affinity(p).NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
				{Key: key, Operator: corev1.NodeSelectorOpIn, Values: values},
			}}},
		}
	}
}

func preferringNodes(key, value string) option {
	return func(p *corev1.Pod) {
		affinity(p).NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution = []corev1.PreferredSchedulingTerm{{
			Weight: 1, Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{
				{Key: key, Operator: corev1.NodeSelectorOpIn, Values: []string{value}},
			}},
		}}
	}
}

func TestReplicasOfOneTemplateShareIt(t *testing.T) {
	tests := map[string][]option{
		"another name, UID and version":   {named("web-5d8f-other"), func(p *corev1.Pod) { p.ResourceVersion = "43" }},
		"another node":                    {on("node-2")},
		"another time and state":          {createdAt(noon().AddDate(0, 0, 1)), inPhase(corev1.PodFailed), deletedAt(noon(), 1)},
		"a StatefulSet's labels of a Pod": {also("statefulset.kubernetes.io/pod-name", "web-0", "apps.kubernetes.io/pod-index", "0")},
		"what others annotate":            {annotated("example.com/a", "b")},
		"another deletion cost":           {annotated("controller.kubernetes.io/pod-deletion-cost", "5")},
		"an opt-out":                      {annotated("karpenter.sh/do-not-disrupt", "true")},
		"another image":                   {func(p *corev1.Pod) { p.Spec.Containers = []corev1.Container{{Image: "web:2"}} }},
		"a preference of nodes":           {preferringNodes("a", "b")},
	}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			by := transformer()
			if transform(t, by, pod()).Template != transform(t, by, pod(options...)).Template {
				t.Error("each has a template of its own")
			}
		})
	}
}

func TestTheOrderInAMapMakesNoOtherTemplate(t *testing.T) {
	by := transformer()
	first := transform(t, by, pod(everything()...)).Template
	for range 20 {
		if transform(t, by, pod(everything()...)).Template != first {
			t.Fatal("equal Pods have two templates")
		}
	}
}

func TestPodsThatDifferInWhatMattersShareNoTemplate(t *testing.T) {
	tests := map[string]option{
		"the namespace":           func(p *corev1.Pod) { p.Namespace = "bank" },
		"the owner":               ownedBy("ReplicaSet", "other-5d8f"),
		"the owner's UID":         func(p *corev1.Pod) { p.OwnerReferences[0].UID = "made again" },
		"the revision":            also("pod-template-hash", "77c"),
		"a label":                 also("tier", "front"),
		"one of our annotations":  annotated("evenkeel.dev/settle", "1m"),
		"the node selector":       selectingNodes("disk", "ssd"),
		"a toleration":            tolerating("gpu"),
		"the required nodes":      requiringNodes("disk", "ssd"),
		"a spread constraint":     spread(host, corev1.DoNotSchedule, selecting("app", "web")),
		"a required Pod affinity": mustStandWith(term(host, &metav1.LabelSelector{})),
		"what it requests":        func(p *corev1.Pod) { p.Spec.Containers = []corev1.Container{requesting("cpu", "1")} },
		"a host port": func(p *corev1.Pod) {
			p.Spec.Containers = []corev1.Container{{Ports: []corev1.ContainerPort{{HostPort: 80}}}}
		},
		"a claim": func(p *corev1.Pod) {
			p.Spec.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{}}}}
		},
		"whether it is judged": restarting(corev1.RestartPolicyNever),
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			by := transformer()
			if transform(t, by, pod()).Template == transform(t, by, pod(change)).Template {
				t.Error("they share one")
			}
		})
	}
}

func TestTheClassIsThatOfTheNodesAdmitted(t *testing.T) {
	by := transformer()
	class := func(options ...option) string { return transform(t, by, pod(options...)).Template.Class }
	same := map[string]string{
		"another workload": class(ownedBy("StatefulSet", "db"), labelled("app", "db")),
		"another revision": class(also("pod-template-hash", "77c")),
		"a preference":     class(preferringNodes("a", "b")),
	}
	for name, other := range same {
		if other != class() || other == "" {
			t.Errorf("%s is of another class", name)
		}
	}
	seen := map[string]string{class(): "none at all"}
	for name, other := range map[string]string{
		"a node selector":       class(selectingNodes("disk", "ssd")),
		"another node selector": class(selectingNodes("disk", "hdd")),
		"a toleration":          class(tolerating("gpu")),
		"two tolerations":       class(tolerating("gpu"), tolerating("spot")),
		"required nodes":        class(requiringNodes("disk", "ssd")),
		"other required nodes":  class(requiringNodes("disk", "ssd", "hdd")),
	} {
		if like, ok := seen[other]; ok {
			t.Errorf("%s is of the class of %s", name, like)
		}
		seen[other] = name
	}
}
