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
	// then is called once, when it has ended.
	then func()

	mu    sync.Mutex
	begun bool
	left  map[placement.AppKey]struct{}
}

func newFirstPass(then func()) *firstPass {
	if then == nil {
		then = func() {}
	}
	return &firstPass{then: then, left: make(map[placement.AppKey]struct{})}
}

// begin says which apps there are.
func (f *firstPass) begin(apps []placement.AppKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, app := range apps {
		f.left[app] = struct{}{}
	}
	f.begun = true
	f.endIfDone()
}

// done says that an app has been reconciled, well or badly.
func (f *firstPass) done(app placement.AppKey) {
	if f.ended.Load() {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.left, app)
	f.endIfDone()
}

// endIfDone ends it when nothing is left; mu is held.
func (f *firstPass) endIfDone() {
	if f.begun && len(f.left) == 0 && !f.ended.Swap(true) {
		f.left = nil // a map does not shrink
		f.then()
	}
}

func (f *firstPass) over() bool { return f.ended.Load() }
