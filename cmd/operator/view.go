package main

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/repair"
	"evenkeel.dev/evenkeel/pkg/snapshot"
)

// view shows repair what the caches know.
type view struct{ *core }

// Mode is how far repair may go with a workload, at this moment.
func (v view) Mode(id placement.WorkloadID) placement.Mode { return v.modeOf(id) }

// Look is what the caches say of a workload at this moment.
func (v view) Look(id placement.WorkloadID, promises []placement.Promise) (repair.Look, bool) {
	seen, ok := v.controller.Look(id, promises)
	if !ok {
		return repair.Look{}, false
	}
	look := repair.Look{
		Workload: seen.Workload, Scene: seen.Scene, Mode: v.modeOf(id), Terminating: v.terminating(id.Namespace),
		Pods: replicasOf(seen.Pods), Template: seen.Revision, Nodes: seen.Eligible,
		Stale: v.factory.Silence(), Health: healthOf(v.controller.Sources().Nodes.Nodes()),
	}
	look.Assessment, ok = placement.Assess(seen.Workload)
	if !ok {
		look.Assessment.ID = id // there are Pods, and all of them are going
	}
	if seen.Unknown != "" {
		look.Assessment.Fixable, look.Assessment.Because = false, seen.Unknown
	}
	if seen.Owner != nil {
		look.Owner = *seen.Owner
	}
	look.Leaving = v.leaving(look)
	return look, true
}

func replicasOf(pods []snapshot.Pod) []repair.Pod {
	replicas := make([]repair.Pod, 0, len(pods))
	for _, p := range pods {
		if p.Terminating {
			continue
		}
		replica := repair.Pod{
			UID: string(p.UID), Name: p.Name, Node: p.Node, Owner: string(p.Owner), Ready: p.Ready,
			Labels: p.Labels, Critical: p.Critical, Created: p.Created,
		}
		if len(p.OptOuts) > 0 {
			replica.OptOut = p.OptOuts[0]
		}
		replicas = append(replicas, replica)
	}
	return replicas
}

// healthOf counts the nodes that stand for machines, and finds the zones that
// have no Ready one.
func healthOf(nodes []eligibility.Facts) repair.Health {
	var h repair.Health
	ready := make(map[string]int) // by zone
	for _, n := range nodes {
		if n.Virtual {
			continue
		}
		h.Nodes++
		if n.Ready {
			ready[n.Zone]++
		} else {
			h.NotReady++
			ready[n.Zone] += 0
		}
	}
	for zone, n := range ready {
		if zone != "" && n == 0 {
			h.DeadZones = append(h.DeadZones, zone)
		}
	}
	slices.SortFunc(h.DeadZones, cmp.Compare[string])
	return h
}

// leaving says which of the nodes that matter to a workload are about to go.
func (v view) leaving(look repair.Look) map[string]string {
	found := make(map[string]string)
	ask := func(name string) {
		if _, asked := found[name]; asked || name == "" {
			return
		}
		object, ok, err := v.factory.Nodes().GetIndexer().GetByKey(name)
		if err == nil && ok {
			if why := repair.Leaving(object.(*corev1.Node)); why != "" {
				found[name] = why
			}
		}
	}
	for _, p := range look.Pods {
		ask(p.Node)
	}
	for _, s := range look.Scene.Spots {
		ask(s.Node)
	}
	return found
}
