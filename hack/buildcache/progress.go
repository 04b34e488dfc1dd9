package buildcache

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Progress tells a person what takes long. Its lines are written whole.
type Progress struct {
	every time.Duration

	mu  sync.Mutex
	out io.Writer
}

// NewProgress returns a Progress that writes to out, which may be nil, and says
// every so often that what takes long goes on (15s where that is not positive).
// It is safe for concurrent use.
func NewProgress(out io.Writer, every time.Duration) *Progress {
	if out == nil {
		out = io.Discard
	}
	if every <= 0 {
		every = 15 * time.Second
	}
	return &Progress{out: out, every: every}
}

// Linef writes a line.
func (p *Progress) Linef(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format+"\n", args...)
}

// During says that something begins and why, repeats every so often how long
// it has taken, and says that it is done when the function it returns is
// called. After that call nothing more is written.
func (p *Progress) During(what, why string) (done func(error)) {
	p.Linef("%s: %s", what, why)
	begin := time.Now()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(p.every)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				p.Linef("%s: %s so far", what, time.Since(begin).Round(time.Second))
			}
		}
	}()
	return func(err error) {
		close(stop)
		<-stopped
		if err != nil {
			p.Linef("%s: failed after %s", what, time.Since(begin).Round(time.Second))
			return
		}
		p.Linef("%s: done in %s", what, time.Since(begin).Round(time.Second))
	}
}
