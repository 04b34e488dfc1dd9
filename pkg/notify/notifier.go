package notify

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
	"evenkeel.dev/evenkeel/pkg/workers"
)

// Notifier writes Events, as long as it is told that it leads. Its methods are
// safe for concurrent use; those that take something to say only note it down,
// and neither block nor touch the network.
type Notifier struct {
	config Config
	owners *owners
	pool   *workers.Pool[subject]
	// flushing is true once Run's context has ended.
	flushing atomic.Bool
	// dealt holds what was said or refused, by utterance; refused holds what was
	// logged as refused, by refusal.
	dealt, refused *cache.LRUExpireCache

	mu      sync.Mutex
	pending pending
	// term ends with the leadership; nil while this operator does not lead.
	term    context.Context
	endTerm context.CancelFunc
	closed  bool
}

// utterance names a message about a subject.
type utterance struct {
	subject subject
	mark    string
}

// New makes a Notifier that does not lead; it does nothing before Run. It must
// be run, if only for a moment, to be let go of: client-go's queue has a
// goroutine of its own from its making to the end of Run.
func New(config Config) *Notifier {
	n := &Notifier{
		config:  config.withDefaults(),
		owners:  &owners{objects: newObjects(config.Metadata, config.Mapper)},
		dealt:   cache.NewLRUExpireCache(rememberMost),
		refused: cache.NewLRUExpireCache(rememberMost),
		pending: make(pending),
	}
	n.pool = workers.New(workers.Config{
		Name:      Queue,
		Workers:   n.config.Workers,
		Drain:     n.config.Drain,
		BaseDelay: retryBase,
		MaxDelay:  retryMax,
		Rate:      retryRate,
		Burst:     retryBurst,
		Metrics:   n.config.QueueMetrics,
	}, n.work)
	return n
}

// Run writes until ctx ends. It then goes on with what is queued, what waits
// for a retry included, for up to the drain time, and returns when everything
// has stopped. The leadership must outlast it for that to be written. It must
// be called once.
func (n *Notifier) Run(ctx context.Context) {
	// The pool ends a little later: what backs off is put into the queue first,
	// for a last try.
	poolCtx, endPool := context.WithCancel(context.WithoutCancel(ctx))
	defer endPool()
	var running sync.WaitGroup
	running.Go(func() { n.pool.Run(poolCtx) })
	<-ctx.Done()
	n.flushing.Store(true)
	for _, s := range n.subjects() {
		n.pool.Add(s)
	}
	endPool()
	running.Wait()
	if unsaid := n.close(); unsaid > 0 {
		klog.FromContext(ctx).Info("Events were left unwritten", "count", unsaid)
	}
}

// Changed notes a change of verdict that leads into trouble or out of it.
func (n *Notifier) Changed(change report.Change) {
	if m, ok := ofChange(change); ok {
		n.put(workloadSubject(change.Item.ID), m)
	}
}

// InvalidPolicyOf notes a malformed annotation of a workload's Pods. It may be
// called whenever the annotation is met: what was said is not said again.
func (n *Notifier) InvalidPolicyOf(id placement.WorkloadID, invalid placement.Invalid) {
	n.put(workloadSubject(id), policyMessage("The Pod template's", invalid))
}

// InvalidNamespacePolicy notes a malformed annotation of a Namespace, as
// InvalidPolicyOf does for a workload.
func (n *Notifier) InvalidNamespacePolicy(namespace string, uid types.UID, invalid placement.Invalid) {
	m := policyMessage("The Namespace's", invalid)
	m.uid = uid
	// A Namespace by that name may come again, with the same annotation.
	m.mark = string(uid) + " " + m.mark
	n.put(namespaceSubject(namespace), m)
}

// put queues a message, unless this operator does not lead or has dealt with
// that message before.
func (n *Notifier) put(s subject, m message) {
	m.noticed = time.Now()
	if _, ok := n.dealt.Get(utterance{s, m.mark}); ok {
		return
	}
	n.mu.Lock()
	if n.term == nil || n.closed {
		n.mu.Unlock()
		return
	}
	added, gone := n.pending.put(s, &m)
	n.mu.Unlock()
	if gone != nil {
		n.count(gone, Dropped)
	}
	if added {
		n.pool.Add(s)
	}
}

// Depth is how many subjects wait for a worker.
func (n *Notifier) Depth() int { return n.pool.Depth() }

// LongestRunning is for how long the longest piece of work in process has run;
// zero where none is.
func (n *Notifier) LongestRunning() time.Duration { return n.pool.LongestRunning() }

func (n *Notifier) count(m *message, result Result) {
	n.config.Written(string(m.reason), string(result))
}
