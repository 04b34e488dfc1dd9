package fit_test

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/pkg/fit"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
)

const host, zone = placement.HostnameKey, placement.ZoneKey

func noon() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

type option func(*corev1.Pod)

// all are several options as one.
func all(options ...option) option {
	return func(p *corev1.Pod) {
		for _, o := range options {
			o(p)
		}
	}
}

// pod builds a Pod of the Deployment web in the namespace shop on a node.
func pod(name, node string, options ...option) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: types.UID("uid of " + name), CreationTimestamp: metav1.NewTime(noon()),
			Labels:          map[string]string{"app": "web", "pod-template-hash": "1"},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web-1", UID: "1", Controller: new(true)}},
		},
		Spec: corev1.PodSpec{NodeName: node},
	}
	all(options...)(p)
	return p
}

// of makes the Pod one of another app, which stands apart in nothing else.
func of(app string) option {
	return func(p *corev1.Pod) { p.Labels["app"], p.OwnerReferences[0].Name = app, app+"-1" }
}

func in(namespace string) option { return func(p *corev1.Pod) { p.Namespace = namespace } }

func labelled(key, value string) option { return func(p *corev1.Pod) { p.Labels[key] = value } }

func leaving(p *corev1.Pod) { p.DeletionTimestamp = new(metav1.NewTime(noon())) }

func resources(pairs ...string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		list[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
	}
	return list
}

// requesting adds a container that requests resources, given in pairs.
func requesting(pairs ...string) option {
	return func(p *corev1.Pod) {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Resources: corev1.ResourceRequirements{Requests: resources(pairs...)}})
	}
}

func holding(ip string, port int32) option {
	return func(p *corev1.Pod) {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Ports: []corev1.ContainerPort{{HostIP: ip, HostPort: port}}})
	}
}

func mounting(claims ...string) option {
	return func(p *corev1.Pod) {
		for _, name := range claims {
			p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name},
			}})
		}
	}
}

func selecting(pairs ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{MatchLabels: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		s.MatchLabels[pairs[i]] = pairs[i+1]
	}
	return s
}

func term(key string, selector *metav1.LabelSelector, namespaces ...string) corev1.PodAffinityTerm {
	return corev1.PodAffinityTerm{TopologyKey: key, LabelSelector: selector, Namespaces: namespaces}
}

func affinity(p *corev1.Pod) *corev1.Affinity {
	if p.Spec.Affinity == nil {
		p.Spec.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{}, PodAntiAffinity: &corev1.PodAntiAffinity{}}
	}
	return p.Spec.Affinity
}

func apart(t corev1.PodAffinityTerm) option {
	return func(p *corev1.Pod) {
		terms := &affinity(p).PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
		*terms = append(*terms, t)
	}
}

func together(t corev1.PodAffinityTerm) option {
	return func(p *corev1.Pod) {
		terms := &affinity(p).PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution
		*terms = append(*terms, t)
	}
}

// spread adds a constraint that must be satisfied.
func spread(key string, changes ...func(*corev1.TopologySpreadConstraint)) option {
	return func(p *corev1.Pod) {
		c := corev1.TopologySpreadConstraint{
			TopologyKey: key, MaxSkew: 1, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: selecting("app", "web"),
		}
		for _, change := range changes {
			change(&c)
		}
		p.Spec.TopologySpreadConstraints = append(p.Spec.TopologySpreadConstraints, c)
	}
}

func minDomains(n int32) func(*corev1.TopologySpreadConstraint) {
	return func(c *corev1.TopologySpreadConstraint) { c.MinDomains = &n }
}

// question is one about nodes, put by the first Pods of the app web.
type question struct {
	by  *podview.Transformer
	fit fit.Question
	// small are all Pods by their names.
	small map[string]*podview.Pod
}

// ask puts a question: where could the successors of the Pods of app web in the
// namespace shop go that stand on one of the nodes? The first of all Pods of that app is
// whom they are like.
func ask(nodes []fit.Node, pods ...*corev1.Pod) *question {
	q := &question{by: podview.NewTransformer(podview.DefaultAppLabels()), small: make(map[string]*podview.Pod)}
	at := make(map[string]int)
	for i, n := range nodes {
		at[n.Name] = i
	}
	for _, p := range pods {
		small := q.by.Pod(p)
		q.small[p.Name] = small
		i, ok := at[p.Spec.NodeName]
		if ok {
			nodes[i].Pods = append(nodes[i].Pods, small)
		}
		if p.Labels["app"] != "web" || p.Namespace != "shop" {
			continue
		}
		if q.fit.Template == nil {
			q.fit.Template = small.Template
		}
		if ok && !small.Terminating {
			q.fit.Candidates = append(q.fit.Candidates, small)
		}
	}
	q.fit.Nodes = nodes
	return q
}

// node is a spot with room for everything, in a zone.
func node(name, inZone string, changes ...func(*fit.Node)) fit.Node {
	n := fit.Node{
		Name: name, Zone: inZone, Labels: map[string]string{host: name}, Admitted: true, Selected: true, Tolerated: true,
		Allocatable: resources("cpu", "100", "memory", "100Gi", "ephemeral-storage", "100Gi", "pods", "100"),
	}
	if inZone != "" {
		n.Labels[zone] = inZone
	}
	for _, change := range changes {
		change(&n)
	}
	return n
}

func offering(pairs ...string) func(*fit.Node) {
	return func(n *fit.Node) {
		for name, quantity := range resources(pairs...) {
			n.Allocatable[name] = quantity
		}
	}
}

func closed(n *fit.Node)   { n.Admitted = false }
func outside(n *fit.Node)  { n.Admitted, n.Selected = false, false }
func tainted(n *fit.Node)  { n.Admitted, n.Tolerated = false, false }
func unnamed(n *fit.Node)  { delete(n.Labels, host) }
func zoneless(n *fit.Node) { delete(n.Labels, zone); n.Zone = "" }

func promised(r fit.Reserved) func(*fit.Node) { return func(n *fit.Node) { n.Reserved = r } }

// rooms writes a scene's spots as name:room.
func rooms(s placement.Scene) []string {
	var found []string
	for _, spot := range s.Spots {
		found = append(found, fmt.Sprintf("%s:%d", spot.Node, spot.Room))
	}
	return found
}

// admits names the nodes that admit the successor of a Pod.
func admits(t testing.TB, s placement.Scene, name string) []string {
	t.Helper()
	for _, c := range s.Candidates {
		if c.Name != name {
			continue
		}
		var nodes []string
		for i := range c.Admits.All() {
			nodes = append(nodes, s.Spots[i].Node)
		}
		return nodes
	}
	t.Fatalf("%s is no candidate", name)
	return nil
}
