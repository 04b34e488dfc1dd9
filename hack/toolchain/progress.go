package toolchain

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress tells a person what takes long. Its lines are written whole.
type progress struct {
	every time.Duration

	mu  sync.Mutex
	out io.Writer
}

func newProgress(out io.Writer, every time.Duration) *progress {
	if out == nil {
		out = io.Discard
	}
	if every <= 0 {
		every = 15 * time.Second
	}
	return &progress{out: out, every: every}
}

func (p *progress) linef(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format+"\n", args...)
}

// during says that something begins and why, repeats every so often how long
// it has taken, and says that it is done when the function it returns is
// called. After that call nothing more is written.
func (p *progress) during(what, why string) (done func(error)) {
	p.linef("%s: %s", what, why)
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
				p.linef("%s: %s so far", what, time.Since(begin).Round(time.Second))
			}
		}
	}()
	return func(err error) {
		close(stop)
		<-stopped
		if err != nil {
			p.linef("%s: failed after %s", what, time.Since(begin).Round(time.Second))
			return
		}
		p.linef("%s: done in %s", what, time.Since(begin).Round(time.Second))
	}
}
