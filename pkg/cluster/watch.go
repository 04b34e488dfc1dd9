package cluster

import (
	"context"
	"errors"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/watch"
)

const (
	// shortWatch is the life below which an empty stream is a failure: a proxy
	// that accepts and closes, for example. It is the reflector's own measure.
	shortWatch = time.Second
	// steadyWatch is the life after which a stream works though nothing has
	// come: some resources change rarely.
	steadyWatch = 3 * time.Second
	// overdueAfter is how long a stream may go on after the time for which it was
	// asked for. A connection that is dead client-go finds out by itself; this is a
	// server that lives, and answers whether it does, but has forgotten the watch.
	// That it says nothing proves nothing: bookmarks too come only where something
	// has changed.
	overdueAfter = 30 * time.Second
)

var (
	errShortWatch   = errors.New("the server closed the watch at once")
	errOverdueWatch = errors.New("the server has not ended the watch when it was to")
)

// observed passes a watch's events on and tells its stream of them. A
// goroutine runs until the inner watch ends or Stop is called.
type observed struct {
	inner  watch.Interface
	stream *stream
	out    chan watch.Event
	stop   chan struct{}
	once   sync.Once
	// asked is for how long the watch was asked for; zero where that was not said.
	asked time.Duration
}

func observe(ctx context.Context, inner watch.Interface, s *stream, asked time.Duration) watch.Interface {
	o := &observed{inner: inner, stream: s, out: make(chan watch.Event), stop: make(chan struct{}), asked: asked}
	go o.pass(ctx)
	return o
}

func (o *observed) ResultChan() <-chan watch.Event { return o.out }

func (o *observed) Stop() {
	o.once.Do(func() { close(o.stop) })
	o.inner.Stop()
}

func (o *observed) pass(ctx context.Context) {
	defer close(o.out)
	begun := time.Now()
	steady := time.NewTimer(steadyWatch)
	defer steady.Stop()
	overdue := time.NewTimer(o.asked + overdueAfter)
	defer overdue.Stop()
	seen := 0
	for {
		select {
		case event, open := <-o.inner.ResultChan():
			if !open {
				o.ended(ctx, seen > 0 || time.Since(begun) >= shortWatch)
				return
			}
			seen++
			if o.sees(ctx, event); !o.send(event) || event.Type == watch.Error {
				return // a stream ends with its error
			}
		case <-steady.C:
			o.stream.works()
		case <-overdue.C:
			if o.asked > 0 {
				o.stream.failed(ctx, ReasonOverdue, errOverdueWatch)
				o.inner.Stop()
				return
			}
		case <-o.stop:
			return
		}
	}
}

// send returns false where nobody listens any more.
func (o *observed) send(event watch.Event) bool {
	select {
	case o.out <- event:
		return true
	case <-o.stop:
		return false
	}
}

func (o *observed) sees(ctx context.Context, event watch.Event) {
	switch event.Type {
	case watch.Error:
		err := apierrors.FromObject(event.Object)
		o.stream.failed(ctx, reasonOf(err), err)
		return
	case watch.Bookmark:
		o.stream.bookmarks.Add(1)
	default:
		o.stream.events.Add(1)
		if o.stream.arrivals != nil {
			o.stream.arrivals.note(event.Object, time.Now())
		}
	}
	o.stream.hears()
	o.stream.works()
}

// ended enters the end of a stream that the server closed.
func (o *observed) ended(ctx context.Context, lived bool) {
	select {
	case <-o.stop:
		return // closed because it was stopped here
	default:
	}
	if !lived {
		o.stream.failed(ctx, ReasonShort, errShortWatch)
		return
	}
	if ctx.Err() == nil {
		o.stream.count(ReasonClosed)
	}
}
