package repair

import (
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// world is a cluster in small: what the API server, the controllers, the
// scheduler and the caches of an operator do, by a clock that the test moves.
type world struct {
	now       time.Time
	nodes     []*modelNode
	apps      []*modelApp
	scheduler scheduler
	// cache is what views know; it is the world itself as it was.
	cache cached
	// faults are the answers of the next evictions.
	faults []fault
	pods   int
	// unreachable has all reads and writes of the server fail, lostSaves so many
	// writes of the memory done without an answer.
	unreachable bool
	lostSaves   int
	// killed has the process die when it is about to send its next eviction.
	killed bool

	store memoryMap
	asked []eviction
	said  []Saying
	// wrong is what must never be.
	wrong []string
	// ends are how the moves ended, durations the repairs' times.
	ends     map[string]int
	answers  map[string]int
	repaired []time.Duration
}

type modelNode struct {
	name, zone string
	room       int
	ready      bool
	cordoned   bool
	died       time.Time
}

type modelApp struct {
	id       placement.WorkloadID
	wanted   int
	revision int
	mode     placement.Mode
	pods     []*modelPod
	// covered is whether it has a budget; allowed is what that says, counted when
	// its controller looked last.
	covered bool
	strict  bool // none may be missing
	allowed int
	version int
	// seen counts the changes of what the cache has of it, changes those of what is
	// wanted.
	seen, changes int
}

type modelPod struct {
	uid, name string
	node      *modelNode
	revision  int
	ready     bool
	optOut    bool
	created   time.Time
	placed    time.Time
	changed   time.Time
	// ends is when a Pod that is being deleted is gone.
	ends, deleted time.Time
}

func (p *modelPod) terminating() bool { return !p.deleted.IsZero() }

const (
	none fault = iota
	lostDone
	lostNotDone
	internal
	busy
	denied
	faultsN
)

func newWorld(nodes ...*modelNode) *world {
	return &world{now: noon(), nodes: nodes, ends: make(map[string]int), answers: make(map[string]int)}
}

func (w *world) app(name string, wanted int) *modelApp {
	a := &modelApp{id: named(name), wanted: wanted, mode: placement.Enforce, covered: true, revision: 1}
	w.apps = append(w.apps, a)
	return a
}

// put places a ready Pod that is old.
func (w *world) put(a *modelApp, n *modelNode) *modelPod {
	p := w.pod(a)
	p.node, p.ready = n, true
	p.created = w.now.Add(-time.Hour)
	p.placed, p.changed = p.created, p.created
	return p
}

func (w *world) pod(a *modelApp) *modelPod {
	w.pods++
	p := &modelPod{uid: fmt.Sprint("uid-", w.pods), name: fmt.Sprint(a.id.Name, "-", w.pods), revision: a.revision, created: w.now}
	a.pods = append(a.pods, p)
	return p
}

func (w *world) carries(n *modelNode) int {
	count := 0
	for _, a := range w.apps {
		count += a.on(n)
	}
	return count
}

func (a *modelApp) on(n *modelNode) int {
	count := 0
	for _, p := range a.pods {
		if p.node == n {
			count++
		}
	}
	return count
}

func (a *modelApp) live() []*modelPod {
	return slices.DeleteFunc(slices.Clone(a.pods), (*modelPod).terminating)
}

// tick does what controllers, scheduler and kubelets do.
func (w *world) tick(by time.Duration) {
	w.now = w.now.Add(by)
	for _, n := range w.nodes {
		if n.ready || w.now.Sub(n.died) < 5*time.Minute {
			continue
		}
		for _, a := range w.apps { // what tolerates a dead node for five minutes
			for _, p := range a.live() {
				if p.node == n {
					w.delete(p)
				}
			}
		}
	}
	for _, a := range w.apps {
		a.pods = slices.DeleteFunc(a.pods, func(p *modelPod) bool { return p.terminating() && !w.now.Before(p.ends) })
		w.control(a)
		for _, p := range a.pods {
			if p.node == nil && !p.terminating() {
				w.schedule(a, p)
			}
			if ready := p.node != nil && p.node.ready && !p.terminating() && w.now.Sub(p.placed) >= 5*time.Second; ready != p.ready {
				p.ready, p.changed = ready, w.now
			}
		}
		w.disrupt(a)
	}
}

func (w *world) delete(p *modelPod) {
	p.deleted, p.ends = w.now, w.now.Add(10*time.Second)
}

// control brings an app to the number and the revision that it should have, one
// Pod of the old revision at a time.
func (w *world) control(a *modelApp) {
	live := a.live()
	ready := 0
	for _, p := range live {
		if p.ready {
			ready++
		}
	}
	for _, p := range live {
		if p.revision != a.revision && ready >= min(a.wanted, len(live)) {
			w.delete(p)
			break
		}
	}
	live = a.live()
	for range a.wanted - len(live) {
		w.pod(a)
	}
	for _, p := range live[min(len(live), a.wanted):] {
		w.delete(p)
	}
}

// scheduler is how Pods are given nodes.
type scheduler int

const (
	// honest chooses the node with the fewest of the app, hostile the one with the
	// most, moody any.
	honest scheduler = iota
	hostile
	moody
	schedulersN
)

// mood is a number that depends on a Pod and a node in no way that makes sense.
func mood(p *modelPod, n *modelNode) uint32 {
	h := fnv.New32a()
	_, _ = fmt.Fprint(h, p.uid, n.name)
	return h.Sum32()
}

// schedule gives a Pod a node that has room.
func (w *world) schedule(a *modelApp, p *modelPod) {
	var best *modelNode
	inZone := func(n *modelNode) int {
		count := 0
		for _, other := range w.nodes {
			if other.zone == n.zone && n.zone != "" {
				count += a.on(other)
			}
		}
		return count
	}
	for _, n := range w.nodes {
		if !n.ready || n.cordoned || w.carries(n) >= n.room {
			continue
		}
		better := false
		switch w.scheduler {
		case honest:
			better = best == nil || a.on(n) < a.on(best) || (a.on(n) == a.on(best) && inZone(n) < inZone(best))
		case hostile:
			better = best == nil || a.on(n) > a.on(best)
		case moody:
			better = best == nil || mood(p, n) > mood(p, best)
		}
		if better {
			best = n
		}
	}
	if best != nil {
		p.node, p.placed = best, w.now
	}
}

// disrupt is the controller of the budget: one may be missing, or none.
func (w *world) disrupt(a *modelApp) {
	ready := 0
	for _, p := range a.live() {
		if p.ready {
			ready++
		}
	}
	must := a.wanted - 1
	if a.strict {
		must = a.wanted
	}
	if allowed := max(0, ready-must); allowed != a.allowed {
		a.allowed = allowed
		a.version++
	}
}
