// Package workers runs a keyed work queue with a fixed number of workers: the
// shape that the controller and the Events queue share.
package workers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
)

// Func does the work for one key. Its result is all that it says about the
// queue: an error asks for a retry with back-off, a delay above zero for
// another go after it.
type Func[K comparable] func(ctx context.Context, key K) (again time.Duration, err error)

// Config describes a Pool.
type Config struct {
	// Name is the queue's, in metrics and logs.
	Name string
	// Workers is how many keys are worked on at once, at least 1.
	Workers int
	// Drain bounds how long Run goes on with what is queued after its context
	// has ended.
	Drain time.Duration
	// BaseDelay and MaxDelay bound the exponential back-off of a failing key;
	// Rate and Burst that of all retries together, a second.
	BaseDelay, MaxDelay time.Duration
	Rate                rate.Limit
	Burst               int
	// Metrics makes the queue's own metrics; nil for none.
	Metrics workqueue.MetricsProvider
	// Done is called after each piece of work; nil for nobody. It must be safe
	// for concurrent use.
	Done func(result Result, took time.Duration)
}

// Result is how a piece of work ended.
type Result string

// The results.
const (
	Success Result = "success"
	Again   Result = "again"
	Failed  Result = "error"
	Panic   Result = "panic"
)

// Results lists every result.
func Results() []Result { return []Result{Success, Again, Failed, Panic} }

// Pool is a rate-limited queue and its workers. A key is never with two
// workers at once, and all adds of a waiting key merge into one. Its methods
// are safe for concurrent use.
type Pool[K comparable] struct {
	config Config
	queue  workqueue.TypedRateLimitingInterface[K]
	work   Func[K]

	mu      sync.Mutex
	started map[K]time.Time
}

// New makes a pool; nothing runs before Run.
func New[K comparable](config Config, work Func[K]) *Pool[K] {
	limiter := workqueue.NewTypedMaxOfRateLimiter(
		workqueue.NewTypedItemExponentialFailureRateLimiter[K](config.BaseDelay, config.MaxDelay),
		&workqueue.TypedBucketRateLimiter[K]{Limiter: rate.NewLimiter(config.Rate, config.Burst)},
	)
	return &Pool[K]{
		config: config,
		queue: workqueue.NewTypedRateLimitingQueueWithConfig(limiter, workqueue.TypedRateLimitingQueueConfig[K]{
			Name:            config.Name,
			MetricsProvider: config.Metrics,
		}),
		work:    work,
		started: make(map[K]time.Time),
	}
}

// Add asks for work on a key, now. It never waits: rate limits are for retries.
func (p *Pool[K]) Add(key K) { p.queue.Add(key) }

// AddAfter asks for work on a key after a delay.
func (p *Pool[K]) AddAfter(key K, delay time.Duration) { p.queue.AddAfter(key, delay) }

// Depth is how many keys wait.
func (p *Pool[K]) Depth() int { return p.queue.Len() }

// ShutDown stops what New started, for a pool that may never run. It may be
// called more than once, and after Run.
func (p *Pool[K]) ShutDown() { p.queue.ShutDown() }

// Run works until ctx ends. It then takes no more keys in, goes on with those
// that wait for up to the drain time, and returns when every worker and the
// queue itself have stopped. It must be called once.
func (p *Pool[K]) Run(ctx context.Context) {
	// Work outlives ctx by the drain time, and its values go on being seen.
	workCtx, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()

	var workers sync.WaitGroup
	for range p.config.Workers {
		workers.Go(func() {
			for p.next(workCtx) {
			}
		})
	}
	<-ctx.Done()
	p.queue.ShutDown()
	stop := time.AfterFunc(p.config.Drain, abort)
	defer stop.Stop()
	workers.Wait()
}

// next works on one key; it returns false when the queue has been shut down
// and emptied, or when its context has ended.
func (p *Pool[K]) next(ctx context.Context) bool {
	key, shutdown := p.queue.Get()
	if shutdown {
		return false
	}
	defer p.queue.Done(key)
	if ctx.Err() != nil {
		return true // drained too long: let go of what is left
	}
	start := p.begin(key)
	again, err := p.guarded(ctx, key)
	p.end(key)
	result := p.outcome(ctx, key, again, err)
	if p.config.Done != nil {
		p.config.Done(result, time.Since(start))
	}
	return true
}

// outcome owns every outcome in terms of the queue.
func (p *Pool[K]) outcome(ctx context.Context, key K, again time.Duration, err error) Result {
	switch {
	case err != nil:
		p.queue.AddRateLimited(key)
		log := klog.LoggerWithValues(klog.FromContext(ctx), "queue", p.config.Name, "key", key, "failures", p.queue.NumRequeues(key))
		if _, ok := err.(panicked); ok { //nolint:errorlint // made by guarded, never wrapped
			log.Error(err, "Will retry")
			return Panic
		}
		// A failure is what the work expects now and then: it says itself what
		// a person should know.
		log.V(1).Info("Will retry", "err", err)
		return Failed
	case again > 0:
		p.queue.Forget(key)
		p.queue.AddAfter(key, again)
		return Again
	default:
		p.queue.Forget(key)
		return Success
	}
}

// panicked is a panic of the work, as an error.
type panicked struct {
	value any
	stack []byte
}

func (p panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

func (p *Pool[K]) begin(key K) time.Time {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started[key] = now
	return now
}

func (p *Pool[K]) end(key K) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.started, key)
}

// LongestRunning is for how long the longest piece of work in process has run;
// zero where none is.
func (p *Pool[K]) LongestRunning() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var longest time.Duration
	for _, start := range p.started {
		longest = max(longest, time.Since(start))
	}
	return longest
}
