package cluster

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// Stream is the state of one resource's lists and watches. Counts are since
// the start.
type Stream struct {
	Resource string `json:"resource"`
	// Lists and Watches count requests, failed ones and a list's further pages
	// included.
	Lists   int64 `json:"lists"`
	Watches int64 `json:"watches"`
	// Events counts what watches sent, without Bookmarks and errors.
	Events    int64 `json:"events"`
	Bookmarks int64 `json:"bookmarks"`
	// Restarts counts, by reason, the requests that failed and the streams that
	// ended.
	Restarts map[string]int64 `json:"restarts"`
	// Failing is the last error of an outage; empty while there is none.
	Failing string `json:"failing"`
	// Since is when the outage began; zero while there is none.
	Since time.Time `json:"since,omitzero"`
	// Heard is when the last event or bookmark came, by this machine's clock; zero
	// before the first.
	Heard time.Time `json:"heard,omitzero"`
}

// stream watches over one resource's reflector from both of its sides: the
// requests that it makes, and the errors that it gives up with. The first is
// the side that counts: a reflector retries refused connections, 429s and the
// errors inside a stream by itself, without a word to its error handler.
//
// It is safe for concurrent use.
type stream struct {
	resource  string
	logger    klog.Logger
	restarted func(resource, reason string)
	// arrivals are told of what watches deliver; nil where nobody asks them.
	arrivals *Arrivals

	lists, watches, events, bookmarks atomic.Int64
	// heard is when the last event or bookmark came, in nanoseconds since begun and
	// one more; zero before the first. Measured so, it is the same whatever becomes
	// of this machine's clock.
	heard atomic.Int64
	begun time.Time
	// down mirrors failing != nil, for a look at every event without the lock.
	down atomic.Bool

	mu       sync.Mutex
	restarts map[string]int64
	failing  error
	since    time.Time
	last     error
}

func newStream(logger klog.Logger, resource string, restarted func(resource, reason string)) *stream {
	return &stream{
		resource:  resource,
		begun:     time.Now(),
		logger:    klog.LoggerWithValues(logger, "resource", resource),
		restarted: restarted,
		restarts:  make(map[string]int64),
	}
}

// listWatch gives list and watch as a reflector wants them, observed.
func (s *stream) listWatch(list cache.ListWithContextFunc, watch cache.WatchFuncWithContext) *cache.ListWatch {
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			s.lists.Add(1)
			objects, err := list(ctx, options)
			if err != nil {
				s.failed(ctx, reasonOf(err), err)
				return nil, err
			}
			return objects, nil
		},
		WatchFuncWithContext: s.watch(watch),
	}
}

func (s *stream) watch(start cache.WatchFuncWithContext) cache.WatchFuncWithContext {
	return func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
		s.watches.Add(1)
		w, err := start(ctx, options)
		if err != nil {
			reason := reasonOf(err)
			if options.SendInitialEvents != nil && (apierrors.IsInvalid(err) || apierrors.IsBadRequest(err)) {
				reason = ReasonFallback
			}
			s.failed(ctx, reason, err)
			return nil, err
		}
		var asked time.Duration
		if options.TimeoutSeconds != nil {
			asked = time.Duration(*options.TimeoutSeconds) * time.Second
		}
		return observe(ctx, w, s, asked), nil
	}
}

// gaveUp is the reflector's error handler. What it is told of has nearly
// always been seen at the request; a store that refuses a list has not.
func (s *stream) gaveUp(ctx context.Context, _ *cache.Reflector, err error) {
	if s.seen(err) {
		s.logger.V(2).Info("List and watch will start anew", "err", onOneLine(err))
		return
	}
	s.failed(ctx, reasonOf(err), err)
}

func (s *stream) seen(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last != nil && errors.Is(err, s.last)
}

// failed enters the failure of a request or stream. The end of the context is
// none.
func (s *stream) failed(ctx context.Context, reason string, err error) {
	if ctx.Err() != nil {
		return
	}
	s.count(reason)
	s.mu.Lock()
	s.last = err
	first := s.failing == nil && !normal(reason)
	if first {
		s.since = time.Now()
		s.down.Store(true)
	}
	if first || s.failing != nil {
		s.failing = err
	}
	s.mu.Unlock()
	if first {
		s.logger.Error(onOneLine(err), "Can't watch, will keep trying", "reason", reason)
		return
	}
	s.logger.V(2).Info("List or watch failed", "reason", reason, "err", onOneLine(err))
}

// hears notes that something has come.
func (s *stream) hears() { s.heard.Store(int64(time.Since(s.begun)) + 1) }

// silence is for how long nothing has come, false where nothing ever did.
func (s *stream) silence() (time.Duration, bool) {
	heard := s.heard.Load()
	return time.Since(s.begun) - time.Duration(heard-1), heard != 0
}

// works ends an outage. Only a watch that lives ends one: where lists are
// allowed and watches are not, the two take turns.
func (s *stream) works() {
	if !s.down.Load() {
		return
	}
	s.mu.Lock()
	since, was := s.since, s.failing != nil
	s.failing, s.since = nil, time.Time{}
	s.down.Store(false)
	s.mu.Unlock()
	if was {
		s.logger.Info("Watching again", "after", time.Since(since).Round(time.Millisecond))
	}
}

func (s *stream) count(reason string) {
	s.mu.Lock()
	s.restarts[reason]++
	s.mu.Unlock()
	if s.restarted != nil {
		s.restarted(s.resource, reason)
	}
}

// state is a copy of the stream's present state.
func (s *stream) state() Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := Stream{
		Resource: s.resource,
		Lists:    s.lists.Load(), Watches: s.watches.Load(),
		Events: s.events.Load(), Bookmarks: s.bookmarks.Load(),
		Restarts: make(map[string]int64, len(s.restarts)),
		Since:    s.since,
	}
	for reason, n := range s.restarts {
		state.Restarts[reason] = n
	}
	if s.failing != nil {
		state.Failing = onOneLine(s.failing).Error()
	}
	if silence, ever := s.silence(); ever {
		state.Heard = time.Now().Add(-silence)
	}
	return state
}
