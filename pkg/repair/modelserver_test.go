package repair

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// eviction is one that was carried out.
type eviction struct {
	at   time.Time
	id   placement.WorkloadID
	node string
	uid  string
	// seen is the view by which it was decided, changes what was wanted then.
	seen, changes int
}

// fault is what goes wrong with one eviction.
type fault int

func (w *world) find(name string) *modelApp {
	i := slices.IndexFunc(w.apps, func(a *modelApp) bool { return a.id.Name == name })
	if i < 0 {
		return nil
	}
	return w.apps[i]
}

// reachable is an error where the server is not, or the context has ended.
func (w *world) reachable(ctx context.Context) error {
	if w.unreachable {
		return errLost
	}
	return ctx.Err()
}

func (w *world) Owner(ctx context.Context, _ string, owner metav1.OwnerReference) (Owner, error) {
	a := w.find(owner.Name)
	if a == nil {
		return Owner{Unreadable: "it is gone"}, nil
	}
	o := Owner{Wanted: a.wanted}
	for _, p := range a.pods {
		if p.revision != a.revision {
			o.Rollout = "some are of an older revision"
		}
	}
	return o, w.reachable(ctx)
}

func (w *world) Replicas(ctx context.Context, _ string, owner metav1.OwnerReference, _ string) ([]Replica, error) {
	a := w.find(owner.Name)
	if a == nil {
		return nil, ctx.Err()
	}
	var found []Replica
	for _, p := range a.live() {
		r := Replica{UID: p.uid, Ready: p.ready}
		if p.node != nil {
			r.Node = p.node.name
		}
		found = append(found, r)
	}
	return found, w.reachable(ctx)
}

var errLost = errors.New("the connection was lost")

// Evict does what the API server does, and what may go wrong on the way.
func (w *world) Evict(ctx context.Context, namespace, name, uid string) error {
	if err := w.reachable(ctx); err != nil {
		return err
	}
	if w.killed {
		return errLost
	}
	f := none
	if len(w.faults) > 0 {
		f, w.faults = w.faults[0], w.faults[1:]
	}
	resource := schema.GroupResource{Resource: "pods"}
	switch f {
	case lostNotDone:
		return errLost
	case internal:
		return apierrors.NewInternalError(errors.New("etcd"))
	case busy:
		return apierrors.NewTooManyRequests("slow down", 1)
	case denied:
		return apierrors.NewForbidden(resource, name, errors.New(`admission webhook "x" denied the request: no`))
	}
	for _, a := range w.apps {
		for _, p := range a.pods {
			if p.name != name || a.id.Namespace != namespace {
				continue
			}
			if p.uid != uid {
				return apierrors.NewConflict(resource, name, errors.New("another UID"))
			}
			if err := w.evict(a, p); err != nil {
				return err
			}
			if f == lostDone {
				return errLost
			}
			return nil
		}
	}
	return apierrors.NewNotFound(resource, name)
}

func (w *world) evict(a *modelApp, p *modelPod) error {
	w.check(a, p)
	if p.ready && a.covered && !p.terminating() {
		if a.allowed == 0 {
			err := apierrors.NewTooManyRequests("it would violate the budget", 0)
			err.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: policyv1.DisruptionBudgetCause}}
			return err
		}
		a.allowed--
		a.version++
	}
	if !p.terminating() {
		w.delete(p)
	}
	w.asked = append(w.asked, eviction{at: w.now, id: a.id, node: p.node.name, uid: p.uid, seen: w.cache.apps[a.id].seen, changes: a.changes})
	return nil
}

// check notes what an eviction violates, by the view acted on.
func (w *world) check(a *modelApp, p *modelPod) {
	wrong := func(format string, args ...any) {
		w.wrong = append(w.wrong, fmt.Sprintf("%s, %s of %s: %s", w.now.Format(time.TimeOnly), p.uid, a.id.Name, fmt.Sprintf(format, args...)))
	}
	seen, look := w.cache.apps[a.id], w.cache.looks[a.id]
	limits := DefaultLimits()
	if look.Assessment.Ready < 2 {
		wrong("the last ready replica of the view")
	}
	if ready := len(slices.DeleteFunc(a.live(), func(p *modelPod) bool { return !p.ready })); ready < a.wanted {
		wrong("%d of %d are ready", ready, a.wanted)
	}
	if seen.covered && seen.allowed == 0 {
		wrong("the budget of the view allows none")
	}
	if !seen.covered {
		wrong("no budget covers it")
	}
	if q, _ := look.pod(p.uid); q.OptOut != "" {
		wrong("it opted out")
	}
	if seen.mode != placement.Enforce {
		wrong("the mode is %s", seen.mode)
	}
	if look.Stale > limits.Stale {
		wrong("the view is %s old", look.Stale)
	}
	if look.Health.unwell(limits.NotReady) != "" {
		wrong("the cluster is unwell")
	}
	if p.node.cordoned && look.Leaving[p.node.name] != "" {
		wrong("its node is cordoned")
	}
	minute, most, inNamespace, offNode := 1, 1, 1, 1
	for _, e := range w.asked {
		ago := w.now.Sub(e.at)
		if e.uid == p.uid {
			wrong("evicted a second time")
		}
		if e.id == a.id && e.seen == seen.seen {
			wrong("the second eviction for one view")
		}
		if ago < time.Minute {
			minute++
		}
		if e.id == a.id && ago < limits.CoolDown {
			wrong("%s after the last", ago)
		}
		other := w.find(e.id.Name)
		if ago >= 30*time.Second || other == nil || other.changes != e.changes {
			continue // its move may be over
		}
		most++
		if e.id.Namespace == a.id.Namespace {
			inNamespace++
		}
		if e.node == p.node.name {
			offNode++
		}
	}
	if minute > limits.PerMinute || most > limits.AtOnce || inNamespace > limits.InNamespace || offNode > limits.OffNode {
		wrong("beyond the budget: %d in a minute, %d at once, %d in its namespace, %d off its node", minute, most, inNamespace, offNode)
	}
}

// memoryMap is the ConfigMap of all operators.
type memoryMap struct {
	data    map[string]string
	version int
}

// mapStore is one operator's access to it.
type mapStore struct {
	world   *world
	version int
	err     error
}

func (s *mapStore) Load(ctx context.Context) (Memory, error) {
	if err := errors.Join(s.world.reachable(ctx), s.err); err != nil {
		return nil, err
	}
	s.version = s.world.store.version
	return decode(maps.Clone(s.world.store.data)), nil
}

func (s *mapStore) Save(ctx context.Context, m Memory) error {
	if err := errors.Join(s.world.reachable(ctx), s.err); err != nil {
		return err
	}
	if s.version != s.world.store.version {
		return ErrConflict
	}
	s.world.store.version++
	s.world.store.data = encode(m, mostWorkloads, mostBytes)
	if s.world.lostSaves > 0 {
		s.world.lostSaves--
		return errLost
	}
	s.version = s.world.store.version
	return nil
}

func (w *world) Tell(s Saying) { w.said = append(w.said, s) }

func (w *world) EvictionAnswered(answer string) { w.answers[answer]++ }

func (w *world) MoveEnded(result string) { w.ends[result]++ }

func (w *world) Repaired(after time.Duration) { w.repaired = append(w.repaired, after) }

func (w *world) Blocked(string, int) {}
