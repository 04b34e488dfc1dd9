package podview_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/pkg/podview"
)

// noon is when nothing else is said.
func noon() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

type option func(*corev1.Pod)

// pod builds a running replica of the Deployment web, to which options add.
func pod(options ...option) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "web-5d8f-abcde", UID: "uid-1", ResourceVersion: "42",
			CreationTimestamp: metav1.NewTime(noon()),
			Labels:            map[string]string{"app": "web", "pod-template-hash": "5d8f"},
		},
		Spec:   corev1.PodSpec{NodeName: "node-1", RestartPolicy: corev1.RestartPolicyAlways},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
	ownedBy("ReplicaSet", "web-5d8f")(p)
	for _, o := range options {
		o(p)
	}
	return p
}

func named(name string) option {
	return func(p *corev1.Pod) { p.Name, p.UID = name, types.UID("uid of "+name) }
}

// ownedBy sets the controller of a Pod; that of no name is none.
func ownedBy(kind, name string) option {
	yes := true
	return func(p *corev1.Pod) {
		p.OwnerReferences = nil
		if name == "" {
			return
		}
		p.OwnerReferences = []metav1.OwnerReference{{
			APIVersion: "apps/v1", Kind: kind, Name: name, UID: types.UID("uid of " + name), Controller: &yes,
		}}
	}
}

// labelled replaces the labels by these, given in pairs.
func labelled(pairs ...string) option {
	return func(p *corev1.Pod) {
		p.Labels = nil
		also(pairs...)(p)
	}
}

// also adds labels, given in pairs.
func also(pairs ...string) option {
	return func(p *corev1.Pod) {
		for i := 0; i < len(pairs); i += 2 {
			metav1.SetMetaDataLabel(&p.ObjectMeta, pairs[i], pairs[i+1])
		}
	}
}

func annotated(name, value string) option {
	return func(p *corev1.Pod) { metav1.SetMetaDataAnnotation(&p.ObjectMeta, name, value) }
}

func restarting(policy corev1.RestartPolicy) option {
	return func(p *corev1.Pod) { p.Spec.RestartPolicy = policy }
}

func on(node string) option {
	return func(p *corev1.Pod) { p.Spec.NodeName = node }
}

func inPhase(phase corev1.PodPhase) option {
	return func(p *corev1.Pod) { p.Status.Phase = phase }
}

func having(kind corev1.PodConditionType, status corev1.ConditionStatus, since time.Time) option {
	return func(p *corev1.Pod) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
			Type: kind, Status: status, LastTransitionTime: metav1.NewTime(since),
		})
	}
}

func selecting(pairs ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{MatchLabels: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		s.MatchLabels[pairs[i]] = pairs[i+1]
	}
	return s
}

// transformer is one that names apps as the flags do by default.
func transformer() *podview.Transformer {
	return podview.NewTransformer(podview.DefaultAppLabels())
}

func transform(t testing.TB, by *podview.Transformer, p *corev1.Pod) *podview.Pod {
	t.Helper()
	result, err := by.Transform(p)
	if err != nil {
		t.Fatal(err)
	}
	view, ok := result.(*podview.Pod)
	if !ok {
		t.Fatalf("Transform makes a %T of a Pod", result)
	}
	return view
}

// view is the small Pod of the Pod that the options make.
func view(t testing.TB, options ...option) *podview.Pod {
	t.Helper()
	return transform(t, transformer(), pod(options...))
}

// requesting is a container that requests resources, given in pairs.
func requesting(pairs ...string) corev1.Container {
	c := corev1.Container{Resources: corev1.ResourceRequirements{Requests: resources(pairs...)}}
	return c
}

func resources(pairs ...string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		list[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
	}
	return list
}

// mounting mounts persistent volume claims.
func mounting(claims ...string) option {
	return func(p *corev1.Pod) {
		for _, name := range claims {
			p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name},
			}})
		}
	}
}
