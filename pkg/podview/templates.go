package podview

import (
	"runtime"
	"sync"
	"weak"
)

// templates keeps one copy of each template for as long as a Pod points to it,
// and one of each class's scheduling and of each demand for as long as a
// template does.
type templates struct {
	mu      sync.Mutex
	shared  kept[digest, Template]
	classes kept[string, Scheduling]
	demands kept[digest, Demand]
}

func newTemplates() *templates {
	ts := &templates{}
	ts.shared.init(&ts.mu)
	ts.classes.init(&ts.mu)
	ts.demands.init(&ts.mu)
	return ts
}

// of returns the shared template that equals the given one, which becomes it
// where there is none.
func (ts *templates) of(t *Template) *Template {
	if t.Scheduling != nil {
		t.Class = classOf(t.Scheduling)
	}
	demand := demandDigest(t.Demand)
	key := digestOf(t, demand)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if shared := ts.shared.get(key); shared != nil {
		return shared
	}
	if t.Scheduling != nil {
		t.Scheduling = ts.classes.one(t.Class, t.Scheduling)
	}
	if t.Demand != nil {
		t.Demand = ts.demands.one(demand, t.Demand)
	}
	return ts.shared.one(key, t)
}

func (ts *templates) len() int {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return len(ts.shared.values) + len(ts.classes.values) + len(ts.demands.values)
}

// kept are values by what they are told apart by, each for as long as somebody
// points to it.
type kept[K comparable, V any] struct {
	values map[K]weak.Pointer[V]
	// forget drops what nobody points to, unless its like has taken its place
	// meanwhile.
	forget func(K)
}

func (k *kept[K, V]) init(mu *sync.Mutex) {
	k.values = make(map[K]weak.Pointer[V])
	k.forget = func(key K) {
		mu.Lock()
		defer mu.Unlock()
		if k.get(key) == nil {
			delete(k.values, key)
		}
	}
}

// get returns the value that is kept, nil where there is none. It and one are
// called with the lock held.
func (k *kept[K, V]) get(key K) *V { return k.values[key].Value() }

// one returns the value that is kept, which the given one becomes where there
// is none.
func (k *kept[K, V]) one(key K, v *V) *V {
	if shared := k.get(key); shared != nil {
		return shared
	}
	k.values[key] = weak.Make(v)
	runtime.AddCleanup(v, k.forget, key)
	return v
}
