package notify

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	eventsclient "k8s.io/client-go/kubernetes/typed/events/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/util/workqueue"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// Config describes a Notifier. The functions must be safe for concurrent use
// and must not block; those that may be nil say so.
type Config struct {
	// Events writes Events. After MayWrite was asked it may wait for long, so it
	// should ask again when a request leaves, and refuse by ErrNotSure.
	Events eventsclient.EventsV1Interface
	// Metadata and Mapper read owners. The Mapper is a deferred one; the
	// notifier resets it, seldom, where it does not know a kind.
	Metadata metadata.Interface
	Mapper   meta.ResettableRESTMapperWithContext
	// Instance is the reportingInstance of every Event: the Pod's or host's
	// name.
	Instance string

	// DirectOwner gives the controller of a workload's Pods; false where it has
	// no Pods any more, which makes what there was to say pointless.
	DirectOwner func(placement.WorkloadID) (metav1.OwnerReference, bool)
	// Standing gives every workload's item, for a new leader to say what
	// stands; it may return those that are not at risk too. May be nil.
	Standing func() []report.Item
	// Terminating tells whether a namespace is being deleted. May be nil.
	Terminating func(namespace string) bool
	// Now tells the time by the cluster's clock; nil for this machine's.
	Now func() time.Time
	// MayWrite is asked before each write, and makes it wait where the leadership
	// may be another's though nobody has told yet. May be nil.
	MayWrite func() bool
	// Written counts an Event by one of Reasons and one of Results. May be nil.
	Written func(reason, result string)

	// Workers is how many Events are written at once; 2 where it is zero.
	Workers int
	// Drain bounds how long Run goes on after its context has ended.
	Drain time.Duration
	// QueueMetrics makes the queue's metrics, under the name of Queue. May be nil.
	QueueMetrics workqueue.MetricsProvider
}

// Queue is the name of the notifier's queue in metrics and logs.
const Queue = "events"

// Controller is the reportingController of every Event.
const Controller = "evenkeel.dev/operator"

const (
	// defaultWorkers is few: a burst of Events is not urgent, and must leave
	// the API's and the client's limits to others.
	defaultWorkers = 2
	// retryBase and retryMax bound the back-off of one subject's messages;
	// retryRate and retryBurst bound all retries together, a second. The rate is
	// high enough for thousands of subjects to be retried within maxAge.
	retryBase  = time.Second
	retryMax   = 5 * time.Minute
	retryRate  = 50
	retryBurst = 100
	// maxAge is how long an Event may wait to be written: later it is no news.
	maxAge = 15 * time.Minute
	// requestTime bounds what one message waits for its owners, and then for
	// its Create; flushTime is the same while the operator is about to end.
	requestTime = 10 * time.Second
	flushTime   = 2 * time.Second
	// workTime is when a worker lets go of a subject that has more to say: well
	// below the minute after which a piece of work is taken for stuck.
	workTime = 30 * time.Second
	// resolveTries is how often an owner's owner is asked for before an Event
	// stands on what is known: lower than it should, which is better than lost.
	resolveTries = 3
	// remember is for how long a message that was dealt with is not dealt with
	// again: as long as the API keeps an Event by default, so that a malformed
	// annotation that is still there is told of again when its Event is gone.
	remember = time.Hour
	// rememberMost is how many such messages are remembered.
	rememberMost = 4096
)

// withDefaults fills in what may be left out.
func (c Config) withDefaults() Config {
	if c.Workers == 0 {
		c.Workers = defaultWorkers
	}
	if c.Instance = cut(c.Instance, maxInstance); c.Instance == "" {
		c.Instance = "unknown" // the API wants one
	}
	if c.Standing == nil {
		c.Standing = func() []report.Item { return nil }
	}
	if c.Terminating == nil {
		c.Terminating = func(string) bool { return false }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.MayWrite == nil {
		c.MayWrite = func() bool { return true }
	}
	if c.Written == nil {
		c.Written = func(string, string) {}
	}
	return c
}
