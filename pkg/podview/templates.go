package podview

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
	"weak"
)

// templates keeps one copy of each template for as long as a Pod points to it.
type templates struct {
	mu     sync.Mutex
	shared map[digest]weak.Pointer[Template]
}

type digest [sha256.Size]byte

func newTemplates() *templates {
	return &templates{shared: make(map[digest]weak.Pointer[Template])}
}

// of returns the shared template that equals the given one, which becomes it
// where there is none.
func (ts *templates) of(t *Template) *Template {
	if t.Judged() {
		t.Class = classOf(t)
	}
	key := digestOf(t)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if shared := ts.shared[key].Value(); shared != nil {
		return shared
	}
	ts.shared[key] = weak.Make(t)
	runtime.AddCleanup(t, ts.forget, key)
	return t
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
	return len(ts.shared)
}

// classOf is a digest of what decides which nodes admit a Pod.
func classOf(t *Template) string {
	d := sha256.Sum256(encode([]any{t.NodeSelector, t.Affinity, t.Tolerations}))
	return intern(string(d[:16]))
}

// digestOf is a digest of the whole template.
func digestOf(t *Template) digest {
	return sha256.Sum256(encode([]any{t.Workload, t.Owner, t.Revision, t.Annotations, t.Labels, t.Class, t.Placement}))
}

// encode writes plain API values in one way only: JSON with sorted keys.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		// Only channels, functions and cycles can not be written, and invalid
		// UTF-8 is replaced: no API value comes here.
		panic(fmt.Sprintf("podview: encode a template: %v", err))
	}
	return data
}
