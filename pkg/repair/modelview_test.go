package repair

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// cached is what a view has.
type cached struct {
	heard time.Time
	nodes []*modelNode
	apps  map[placement.WorkloadID]*modelApp
	since map[placement.WorkloadID]time.Time
	looks map[placement.WorkloadID]Look
}

// sync brings the caches up to date.
func (w *world) sync() {
	was := w.cache
	w.cache = cached{heard: w.now, apps: make(map[placement.WorkloadID]*modelApp), since: was.since, looks: make(map[placement.WorkloadID]Look)}
	if w.cache.since == nil {
		w.cache.since = make(map[placement.WorkloadID]time.Time)
	}
	of := make(map[*modelNode]*modelNode)
	for _, n := range w.nodes {
		c := *n
		c.room -= w.carries(n) // what is free
		of[n] = &c
		w.cache.nodes = append(w.cache.nodes, &c)
	}
	for _, a := range w.apps {
		c := *a
		c.pods = nil
		for _, p := range a.pods {
			q := *p
			q.node = of[p.node]
			c.pods = append(c.pods, &q)
		}
		if old := was.apps[a.id]; old != nil && !old.same(&c) {
			a.seen++
		}
		c.seen = a.seen
		w.cache.apps[a.id] = &c
	}
}

// same is true where a cache shows no difference.
func (a *modelApp) same(b *modelApp) bool {
	return a.revision == b.revision && a.mode == b.mode && a.version == b.version && a.covered == b.covered &&
		slices.EqualFunc(a.pods, b.pods, func(p, q *modelPod) bool {
			if (p.node == nil) != (q.node == nil) || p.node != nil && (p.node.name != q.node.name || p.node.ready != q.node.ready) {
				return false
			}
			return p.uid == q.uid && p.ready == q.ready && p.optOut == q.optOut && p.deleted.Equal(q.deleted)
		})
}

func (w *world) Mode(id placement.WorkloadID) placement.Mode {
	if a := w.cache.apps[id]; a != nil {
		return a.mode
	}
	return placement.Observe
}

func (w *world) Look(id placement.WorkloadID, promises []placement.Promise) (Look, bool) {
	promised := make(map[string]int) // each Pod takes as much as any other
	for _, p := range promises {
		for _, node := range p.On {
			promised[node]++
		}
	}
	a := w.cache.apps[id]
	if a == nil {
		return Look{}, false
	}
	long := Look{
		Workload: placement.Workload{ID: id, Now: w.now, Policy: placement.DefaultPolicy(), SettlingSince: w.cache.since[id], Eligible: placement.Eligible{ByZone: map[string]int{}}},
		Mode:     a.mode, Owner: metav1.OwnerReference{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: id.Name, UID: types.UID(id.Name)},
		Template: fmt.Sprint(a.revision), Stale: w.now.Sub(w.cache.heard), Leaving: make(map[string]string),
	}
	zones := make(map[string]bool)
	at := make(map[*modelNode]int)
	for _, n := range w.cache.nodes {
		long.Health.Nodes++
		if !n.ready {
			long.Health.NotReady++
		}
		zones[n.zone] = zones[n.zone] || n.ready
		if n.cordoned {
			long.Leaving[n.name] = "is cordoned"
		}
		if !n.ready || n.cordoned {
			continue
		}
		long.Nodes += n.name + " "
		if n.zone == "" {
			long.Workload.Eligible.Zoneless++
		} else {
			long.Workload.Eligible.ByZone[n.zone]++
		}
		at[n] = len(long.Scene.Spots)
		long.Scene.Spots = append(long.Scene.Spots, placement.Spot{Node: n.name, Zone: n.zone, Room: max(0, n.room-promised[n.name])})
	}
	for zone, alive := range zones {
		if zone != "" && !alive {
			long.Health.DeadZones = append(long.Health.DeadZones, zone)
		}
	}
	for _, p := range a.pods {
		if p.terminating() {
			long.Workload.Terminating = append(long.Workload.Terminating, p.deleted)
			continue
		}
		r := placement.Replica{Revision: fmt.Sprint(p.revision), Created: p.created, Placed: p.placed, Changed: p.changed}
		pod := Pod{UID: p.uid, Name: p.name, Owner: id.Name, Ready: p.ready, Created: p.created, Labels: map[string]string{"app": id.App}}
		if p.optOut {
			pod.OptOut = "karpenter.sh/do-not-disrupt"
		}
		if p.node != nil {
			r.Node, r.Zone, r.Ready, pod.Node = p.node.name, p.node.zone, p.ready && p.node.ready, p.node.name
		}
		long.Workload.Replicas = append(long.Workload.Replicas, r)
		long.Pods = append(long.Pods, pod)
		if !r.Ready {
			continue
		}
		c := placement.Candidate{UID: p.uid, Name: p.name, Node: r.Node, Zone: r.Zone, Created: p.created}
		for n, i := range at {
			if n.room > promised[n.name] || n == p.node {
				c.Admits.Add(i)
			}
		}
		long.Scene.Candidates = append(long.Scene.Candidates, c)
	}
	long.Assessment, _ = placement.Assess(long.Workload)
	long.Assessment.ID = id
	w.cache.since[id] = long.Assessment.SettlingSince
	w.cache.looks[id] = long
	return long, len(a.pods) > 0
}

func (w *world) Over(_ string, labels map[string]string) []Budget {
	for _, a := range w.cache.apps {
		if a.id.App == labels["app"] && a.covered {
			return []Budget{{Name: a.id.App, UID: a.id.App, Version: fmt.Sprint(a.version), Allowed: a.allowed, Observed: true}}
		}
	}
	return nil
}
