package notify

import (
	"context"
	"time"

	"k8s.io/klog/v2"
)

// work says what there is to say about a subject, in order. A message that can
// not be said now stays first, and the error asks for a retry.
func (n *Notifier) work(ctx context.Context, s subject) (time.Duration, error) {
	begun := time.Now()
	for {
		m, term := n.take(s)
		if m == nil {
			return 0, nil
		}
		result, err := n.sayWithin(ctx, term, s, m)
		switch {
		case err == nil:
			n.settle(s, m, result)
			klog.FromContext(ctx).V(2).Info("Dealt with an Event", "subject", s, "reason", m.reason, "result", result)
		case term.Err() != nil:
			n.settle(s, m, Dropped)
		default:
			n.release(s, m)
			if ctx.Err() != nil {
				return 0, nil //nolint:nilerr // the operator ends: no retry will come
			}
			return 0, err
		}
		if time.Since(begun) > workTime && !n.flushing.Load() {
			n.pool.Add(s)
			return 0, nil
		}
	}
}

// take gives a worker the first message about a subject, and the term in which
// it may be said; nil where there is none or this operator does not lead.
func (n *Notifier) take(s subject) (*message, context.Context) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.term == nil {
		return nil, nil
	}
	m := n.pending.first(s)
	if m != nil {
		m.taken = true
	}
	return m, n.term
}

// release gives a message back to be taken again. One that is not among the
// pending any more, as the lease was lost at that moment, ends here.
func (n *Notifier) release(s subject, m *message) {
	n.mu.Lock()
	m.taken = false
	waits := n.pending.has(s, m)
	n.mu.Unlock()
	if !waits {
		n.count(m, Dropped)
	}
}

// settle takes a message out, counts it, and remembers one that was dealt with.
func (n *Notifier) settle(s subject, m *message, result Result) {
	n.mu.Lock()
	n.pending.remove(s, m)
	n.mu.Unlock()
	if result != Dropped {
		n.dealt.Add(utterance{s, m.mark}, nil, remember)
	}
	n.count(m, result)
}

// sayWithin says a message under a context that ends with the work or with the
// term: a request that is under way when the lease is lost is broken off.
func (n *Notifier) sayWithin(ctx, term context.Context, s subject, m *message) (Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(term, cancel)
	defer stop()
	return n.say(ctx, s, m)
}

// requestTime is for how long one message may wait for an answer.
func (n *Notifier) requestTime() time.Duration {
	if n.flushing.Load() {
		return flushTime
	}
	return requestTime
}
