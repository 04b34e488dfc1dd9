package main

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// standing is how the apps stand at one moment.
type standing struct {
	// healthy are those that have all their replicas ready and are Healthy by the
	// operator's own rule.
	healthy int
	// safe are those with ready replicas on more than one node.
	safe int
}

// standing judges each app as the operator would if it need not wait for anything
// to settle, whoever moves the Pods.
func (s *sight) standing(policy placement.Policy) standing {
	policy.Settle = 0
	places, eligible := s.places()
	var now standing
	for _, w := range s.workloads(places) {
		w.Policy, w.Eligible = policy, eligible
		a, ok := placement.Assess(w)
		if !ok {
			continue
		}
		if a.Verdict == placement.Healthy && a.Ready == replicas {
			now.healthy++
		}
		if len(a.Nodes) > 1 {
			now.safe++
		}
	}
	return now
}

// place is a node as a failure domain.
type place struct {
	zone  string
	ready bool
}

// places are the nodes, and those of them that would take a Pod without
// tolerations.
func (s *sight) places() (map[string]place, placement.Eligible) {
	places, eligible := make(map[string]place), placement.Eligible{ByZone: make(map[string]int)}
	for _, object := range s.nodes.GetStore().List() {
		n := object.(*corev1.Node)
		p := place{zone: n.Labels[corev1.LabelTopologyZone]}
		for _, c := range n.Status.Conditions {
			p.ready = p.ready || c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
		}
		places[n.Name] = p
		if p.ready && !n.Spec.Unschedulable && len(n.Spec.Taints) == 0 {
			eligible.ByZone[p.zone]++
		}
	}
	return places, eligible
}

// workloads are the apps, each of which is one workload here.
func (s *sight) workloads(places map[string]place) map[app]placement.Workload {
	now := time.Now()
	found := make(map[app]placement.Workload)
	for _, object := range s.pods.GetStore().List() {
		p := object.(*corev1.Pod)
		id := app{p.Namespace, p.Labels[appLabel]}
		w := found[id]
		w.Now = now
		if p.DeletionTimestamp != nil {
			w.Terminating = append(w.Terminating, p.DeletionTimestamp.Time)
		} else {
			at := places[p.Spec.NodeName]
			w.Replicas = append(w.Replicas, placement.Replica{
				Node: p.Spec.NodeName, Zone: at.zone, Ready: at.ready && isReady(p), Created: p.CreationTimestamp.Time,
			})
		}
		found[id] = w
	}
	return found
}

func isReady(p *corev1.Pod) bool {
	condition := conditionOf(p, corev1.PodReady)
	return condition != nil && condition.Status == corev1.ConditionTrue
}

func conditionOf(p *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range p.Status.Conditions {
		if p.Status.Conditions[i].Type == kind {
			return &p.Status.Conditions[i]
		}
	}
	return nil
}
