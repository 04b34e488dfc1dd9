package controller

import (
	"sync"
	"sync/atomic"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// firstPass tells when every app that was there at the start has been
// reconciled once: before that, an empty report is no good news. It is safe for
// concurrent use.
type firstPass struct {
	ended atomic.Bool

	mu    sync.Mutex
	begun bool
	left  map[placement.AppKey]struct{}
}

func newFirstPass() *firstPass {
	return &firstPass{left: make(map[placement.AppKey]struct{})}
}

// begin says which apps there are.
func (f *firstPass) begin(apps []placement.AppKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, app := range apps {
		f.left[app] = struct{}{}
	}
	f.begun = true
	f.ended.Store(len(f.left) == 0)
}

// done says that an app has been reconciled, well or badly.
func (f *firstPass) done(app placement.AppKey) {
	if f.ended.Load() {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.left, app)
	f.ended.Store(f.begun && len(f.left) == 0)
}

func (f *firstPass) over() bool { return f.ended.Load() }
