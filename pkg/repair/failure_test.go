package repair

import (
	"context"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// failing is a server some of whose answers are errors.
type failing struct {
	*world
	owner, replicas, eviction error
}

func (f *failing) Owner(ctx context.Context, namespace string, owner metav1.OwnerReference) (Owner, error) {
	if f.owner != nil {
		return Owner{}, f.owner
	}
	return f.world.Owner(ctx, namespace, owner)
}

func (f *failing) Replicas(ctx context.Context, namespace string, owner metav1.OwnerReference, selector string) ([]Replica, error) {
	if f.replicas != nil {
		return nil, f.replicas
	}
	return f.world.Replicas(ctx, namespace, owner, selector)
}

func (f *failing) Evict(ctx context.Context, namespace, name, uid string) error {
	if f.eviction != nil {
		return f.eviction
	}
	return f.world.Evict(ctx, namespace, name, uid)
}

func TestWhileSomethingFailsNothingIsEvictedAndThenOneIs(t *testing.T) {
	tests := map[string]func(*failing, *mapStore, error){
		"the owner can't be read":       func(f *failing, _ *mapStore, err error) { f.owner = err },
		"the replicas can't be listed":  func(f *failing, _ *mapStore, err error) { f.replicas = err },
		"the memory can't be written":   func(_ *failing, s *mapStore, err error) { s.err = err },
		"the Pod is gone by the server": func(f *failing, _ *mapStore, err error) { f.eviction = notFoundFor(err) },
		"the Pod is another by now":     func(f *failing, _ *mapStore, err error) { f.eviction = conflictFor(err) },
	}
	for name, set := range tests {
		t.Run(name, func(t *testing.T) {
			w, a := crowded(3, 2)
			server := &failing{world: w}
			o := w.operator(t, leavingOut(t), func(c *Config) { c.Server, c.Evictor = server, NewEvictor(server) })
			o.recalled = o.term // the memory was there to be read
			set(server, o.store, errLost)
			o.run(t, 10*time.Minute)
			if len(w.asked) != 0 || len(o.memory[a.id].Destinations) != 0 || o.memory[a.id].underWay() || o.enforced.ledger.underWay() != 0 {
				t.Errorf("%d evictions, remembered %+v", len(w.asked), o.memory[a.id])
			}
			set(server, o.store, nil)
			o.run(t, 10*time.Minute)
			if len(w.asked) != 1 || w.ends["better"] != 1 {
				t.Errorf("then %d evictions, moves ended %v", len(w.asked), w.ends)
			}
		})
	}
}

func notFoundFor(err error) error {
	if err == nil {
		return nil
	}
	return apierrors.NewNotFound(podsResource, "web-1")
}

func conflictFor(err error) error {
	if err == nil {
		return nil
	}
	return apierrors.NewConflict(podsResource, "web-1", err)
}

func TestAMoveWhoseEndCanNotBeWrittenDownIsNotOver(t *testing.T) {
	w, a := crowded(3, 2)
	o := w.operator(t, leavingOut(t))
	o.run(t, 20*time.Second)
	o.store.err = errLost
	o.run(t, 5*time.Minute)
	if !o.memory[a.id].underWay() || len(w.ends) != 0 || o.enforced.ledger.underWay() != 1 {
		t.Errorf("moves ended %v", w.ends)
	}
	o.store.err = nil
	o.run(t, 5*time.Minute)
	if w.ends["better"] != 1 || len(w.asked) != 1 {
		t.Errorf("moves ended %v, %d evictions", w.ends, len(w.asked))
	}
}

func TestAnAppThatGoesFromShadowToEnforceIsNotHeldBackByWhatWasRecorded(t *testing.T) {
	w, a := crowded(3, 2)
	a.mode = placement.Shadow
	w.sync()
	o := w.operator(t, leavingOut(t))
	o.run(t, 20*time.Second)
	if w.answers["recorded"] != 1 {
		t.Fatalf("answers %v", w.answers)
	}
	a.mode = placement.Enforce
	o.run(t, 10*time.Second)
	if len(w.asked) != 1 || o.recorded.ledger.underWay() != 0 {
		t.Errorf("%d evictions, %d recorded moves under way", len(w.asked), o.recorded.ledger.underWay())
	}
}
