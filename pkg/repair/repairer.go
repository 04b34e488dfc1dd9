package repair

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/workers"
)

// Queue is the name of the repairer's queue in metrics and logs.
const Queue = "repairs"

const (
	retryBase  = time.Second
	retryMax   = 5 * time.Minute
	retryRate  = 10
	retryBurst = 10
)

// Config describes a Repairer. The functions must be safe for concurrent use and
// must not block; those that may be nil say so.
type Config struct {
	View    View
	Budgets Budgets
	Server  Server
	Store   Store
	// Evictor does the last step of workloads whose mode is enforce; those whose
	// mode is shadow are recorded whatever it is.
	Evictor Evictor
	// Recorded is told what a workload in shadow would have lost. May be nil.
	Recorded func(Eviction)
	Limits   Limits
	Teller   Teller
	Meter    Meter
	// Standing are the workloads that a new leader has to consider. May be nil.
	Standing func() []placement.WorkloadID
	// MayWrite is true where no other operator can be the leader, though nobody has
	// told yet. May be nil.
	MayWrite func() bool
	// Now tells the time by the cluster's clock; nil for this machine's.
	Now func() time.Time
	// Drain bounds how long Run goes on with the step in hand after its context has
	// ended.
	Drain time.Duration
	// QueueMetrics makes the queue's metrics. May be nil.
	QueueMetrics workqueue.MetricsProvider

	// without are guards that a test leaves out.
	without []string
}

func (c Config) withDefaults() Config {
	if c.Standing == nil {
		c.Standing = func() []placement.WorkloadID { return nil }
	}
	if c.MayWrite == nil {
		c.MayWrite = func() bool { return true }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Repairer repairs one workload at a time, one step at a time, as long as it is
// told that it leads. Its methods are safe for concurrent use.
type Repairer struct {
	config Config
	checks checks
	pool   *workers.Pool[placement.WorkloadID]
	// enforced and recorded are kept apart: what was only recorded takes nothing
	// away from what is done.
	enforced, recorded hand

	// memory is the worker's own. It is loaded once a term, of which recalled is
	// the last.
	memory   Memory
	recalled context.Context
	// missing is since when the view has had no Pod of a workload that is remembered;
	// the worker's own.
	missing map[placement.WorkloadID]time.Time

	stopping atomic.Bool

	mu         sync.Mutex
	entries    map[placement.WorkloadID]*Entry
	blocked    map[string]int
	suspension suspension
	// term ends with the leadership; nil while this operator does not lead.
	term    context.Context
	endTerm context.CancelFunc
}

// hand is what does a move, and its account of it.
type hand struct {
	evictor Evictor
	ledger  *Ledger
}

// New makes a Repairer that does not lead; it does nothing before Run. It must be
// run, if only for a moment, to be let go of.
func New(config Config) *Repairer {
	config = config.withDefaults()
	r := &Repairer{
		config:   config,
		checks:   checksWithout(config.without...),
		enforced: hand{config.Evictor, NewLedger()},
		recorded: hand{NewRecorder(config.Recorded), NewLedger()},
		memory:   make(Memory),
		missing:  make(map[placement.WorkloadID]time.Time),
		entries:  make(map[placement.WorkloadID]*Entry),
		blocked:  make(map[string]int),
	}
	for _, name := range BlockNames() {
		config.Meter.Blocked(name, 0)
	}
	r.pool = workers.New(workers.Config{
		Name: Queue, Workers: 1, Drain: config.Drain,
		BaseDelay: retryBase, MaxDelay: retryMax, Rate: retryRate, Burst: retryBurst,
		Metrics: config.QueueMetrics,
	}, r.work)
	return r
}

// Run repairs until ctx ends. It lets the step in hand come to its end, for up to
// the drain time, begins no other and returns when everything has stopped. It
// must be called once.
func (r *Repairer) Run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { r.stopping.Store(true) })
	defer stop()
	r.pool.Run(ctx)
	r.SetLeader(false)
}

// Consider asks for a look at workloads that may have changed, also in what their
// Namespace says, or the operator's own. It notes them down and returns; while
// this operator does not lead it does nothing.
func (r *Repairer) Consider(ids ...placement.WorkloadID) {
	r.mu.Lock()
	leads := r.term != nil
	r.mu.Unlock()
	if !leads {
		return
	}
	for _, id := range ids {
		r.pool.Add(id)
	}
}

// SetLeader tells whether this operator leads. One that ceases to lead breaks off
// what it is about to do: no request is sent afterwards, and the answer to one
// that is under way is not waited for. What came of it is for the next leader to
// find out, from the memory.
func (r *Repairer) SetLeader(leads bool) {
	if !leads {
		r.resign()
		return
	}
	r.mu.Lock()
	if r.term == nil {
		r.term, r.endTerm = context.WithCancel(context.Background())
	}
	r.mu.Unlock()
	r.Consider(r.config.Standing()...)
	// The memory is read by the first step, which must not wait for a workload to be
	// at risk: that of a move under way is on the move, or well by now.
	r.Consider(placement.WorkloadID{})
}

func (r *Repairer) resign() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.endTerm != nil {
		r.endTerm()
	}
	r.term, r.endTerm = nil, nil
	for id := range r.entries {
		r.discount(id)
	}
	clear(r.entries)
	r.suspension = suspension{}
}

// Depth is how many workloads wait.
func (r *Repairer) Depth() int { return r.pool.Depth() }

// LongestRunning is for how long the step in hand has run; zero where there is
// none.
func (r *Repairer) LongestRunning() time.Duration { return r.pool.LongestRunning() }

// work does one step for a workload, within the term.
func (r *Repairer) work(ctx context.Context, id placement.WorkloadID) (time.Duration, error) {
	r.mu.Lock()
	term := r.term
	r.mu.Unlock()
	if term == nil || r.stopping.Load() {
		return 0, nil
	}
	// The end of the term must be seen at once, so the step's context comes from
	// the term's; that of the queue may take a moment.
	stepCtx, cancel := context.WithCancel(klog.NewContext(term, klog.FromContext(ctx)))
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	ctx = stepCtx
	if err := r.recall(ctx, term); err != nil {
		return r.failed(ctx, term, err)
	}
	if id == (placement.WorkloadID{}) {
		return 0, nil // there was the memory to be read
	}
	again, err := r.step(ctx, id)
	if err != nil {
		return r.failed(ctx, term, err)
	}
	return again, nil
}

// failed passes an error on to the queue, unless it is that the term is over.
func (r *Repairer) failed(ctx, term context.Context, err error) (time.Duration, error) {
	if term.Err() != nil {
		klog.FromContext(ctx).V(1).Info("Broken off, as another operator may lead", "err", err)
		return 0, nil //nolint:nilerr // no retry: it does not lead
	}
	return 0, err
}

// recall loads the memory at the beginning of a term, and has everything looked
// at that is in it.
func (r *Repairer) recall(ctx, term context.Context) error {
	if r.recalled == term {
		return nil
	}
	if err := r.load(ctx); err != nil {
		return err
	}
	r.recalled = term
	for id := range r.memory {
		r.pool.Add(id)
	}
	return nil
}

func (r *Repairer) load(ctx context.Context) error {
	memory, err := r.config.Store.Load(ctx)
	if err != nil {
		return err
	}
	r.memory = memory
	r.enforced.ledger.restore(memory, false)
	r.recorded.ledger.restore(memory, true)
	return nil
}
