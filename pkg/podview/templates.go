package podview

import (
	"runtime"
	"sync"
	"weak"
)

// templates keeps one copy of each template for as long as a Pod points to it,
// and one of each class's scheduling for as long as a template does.
type templates struct {
	mu      sync.Mutex
	shared  map[digest]weak.Pointer[Template]
	classes map[string]weak.Pointer[Scheduling]
}

func newTemplates() *templates {
	return &templates{shared: make(map[digest]weak.Pointer[Template]), classes: make(map[string]weak.Pointer[Scheduling])}
}

// of returns the shared template that equals the given one, which becomes it
// where there is none.
func (ts *templates) of(t *Template) *Template {
	if t.Judged() {
		t.Class = classOf(t.Scheduling)
	}
	key := digestOf(t)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if shared := ts.shared[key].Value(); shared != nil {
		return shared
	}
	if t.Scheduling != nil {
		t.Scheduling = ts.scheduling(t.Class, t.Scheduling)
	}
	ts.shared[key] = weak.Make(t)
	runtime.AddCleanup(t, ts.forget, key)
	return t
}

// scheduling returns the shared one of a class, which the given one becomes
// where there is none; mu is held.
func (ts *templates) scheduling(class string, s *Scheduling) *Scheduling {
	if shared := ts.classes[class].Value(); shared != nil {
		return shared
	}
	ts.classes[class] = weak.Make(s)
	runtime.AddCleanup(s, ts.forgetClass, class)
	return s
}

// forgetClass does for a class what forget does for a template.
func (ts *templates) forgetClass(class string) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.classes[class].Value() == nil {
		delete(ts.classes, class)
	}
}

// forget drops a template that no Pod points to, unless its like has taken its
// place meanwhile.
func (ts *templates) forget(key digest) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.shared[key].Value() == nil {
		delete(ts.shared, key)
	}
}

func (ts *templates) len() int {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return len(ts.shared) + len(ts.classes)
}
