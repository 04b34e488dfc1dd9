package main

import (
	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// workloadLabel tells the Pods of workloads apart that share an app label.
const workloadLabel = "app.kubernetes.io/component"

// labels are those of the app's Pods.
func (a app) labels() map[string]string {
	return map[string]string{"app.kubernetes.io/name": a.app, workloadLabel: a.name}
}

func (a app) objectMeta() metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: a.namespace, Name: a.name, Labels: a.labels()}
}

// deployment returns the app as a Deployment with so many replicas.
func (a app) deployment(replicas int) *appsv1.Deployment {
	d := &appsv1.Deployment{
		ObjectMeta: a.objectMeta(),
		Spec: appsv1.DeploymentSpec{
			Replicas: new(int32(replicas)),
			Selector: &metav1.LabelSelector{MatchLabels: a.labels()},
			Template: a.template(),
		},
	}
	if a.recreate {
		d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
	}
	return d
}

// statefulSet returns the app as a StatefulSet with so many replicas.
func (a app) statefulSet(replicas int) *appsv1.StatefulSet {
	return &appsv1.StatefulSet{
		ObjectMeta: a.objectMeta(),
		Spec: appsv1.StatefulSetSpec{
			Replicas:    new(int32(replicas)),
			ServiceName: a.name,
			Selector:    &metav1.LabelSelector{MatchLabels: a.labels()},
			Template:    a.template(),
		},
	}
}

func (a app) template() v1.PodTemplateSpec {
	t := v1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: a.labels()},
		Spec: v1.PodSpec{
			// Nothing is pulled and nothing runs on a simulated node.
			Containers: []v1.Container{{Name: a.name, Image: "registry.example/" + a.namespace + "/" + a.name + ":1"}},
		},
	}
	if a.broken {
		t.Annotations = map[string]string{localcluster.ReadyAnnotation: localcluster.ReadyNever}
	}
	if a.spread {
		t.Spec.TopologySpreadConstraints = []v1.TopologySpreadConstraint{
			a.keepApart(v1.LabelTopologyZone), a.keepApart(v1.LabelHostname),
		}
	}
	switch {
	case a.node != "":
		t.Spec.NodeSelector = map[string]string{v1.LabelHostname: a.node}
	case a.pool != "":
		t.Spec.NodeSelector = map[string]string{poolLabel: a.pool}
	}
	if a.onePerZone {
		t.Spec.Affinity = &v1.Affinity{PodAntiAffinity: &v1.PodAntiAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: []v1.PodAffinityTerm{{
				LabelSelector: &metav1.LabelSelector{MatchLabels: a.labels()},
				TopologyKey:   v1.LabelTopologyZone,
			}},
		}}
	}
	return t
}

// keepApart is a hard constraint, so that the demo does not depend on what
// else the scheduler weighs. It holds for each revision by itself: a rollout
// ends as evenly as it began.
func (a app) keepApart(topologyKey string) v1.TopologySpreadConstraint {
	c := v1.TopologySpreadConstraint{
		MaxSkew:           1,
		TopologyKey:       topologyKey,
		WhenUnsatisfiable: v1.DoNotSchedule,
		LabelSelector:     &metav1.LabelSelector{MatchLabels: a.labels()},
	}
	if !a.stateful {
		c.MatchLabelKeys = []string{"pod-template-hash"}
	}
	return c
}
