package notify

import (
	"context"

	"evenkeel.dev/evenkeel/pkg/report"
)

// SetLeader tells whether this operator leads: only then does it write. Every
// operator knows the verdicts, so one that begins to lead says all trouble that
// stands; what its predecessor said of that exists already. One that ceases to
// lead drops what it had to say and breaks off what it was about to write.
//
// What it does not know of, such as a recovery while nobody led, is learnt by
// Recall: see Lead.
func (n *Notifier) SetLeader(leads bool) {
	if leads {
		n.Lead(func() {})
		return
	}
	n.resign()
}

// Lead begins to lead as SetLeader(true) does, and calls learn when it is in
// office but has said nothing yet: what the report learns then of what was said
// before is known to all that is said, and no change that follows goes unheard.
func (n *Notifier) Lead(learn func()) {
	if !n.takeOffice() {
		return
	}
	learn()
	// What changes from here on is noted by Changed.
	for _, item := range n.config.Standing() {
		if m, ok := ofTrouble(item); ok {
			n.putStanding(item, m)
		}
	}
}

// takeOffice returns false where this operator led already.
func (n *Notifier) takeOffice() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.term != nil || n.closed {
		return false
	}
	n.term, n.endTerm = context.WithCancel(context.Background())
	return true
}

// putStanding queues a message about what stood when the term began, unless the
// workload has changed since: the newer message must not be followed by it.
func (n *Notifier) putStanding(item report.Item, m message) {
	s := workloadSubject(item.ID)
	n.mu.Lock()
	changed := n.pending.hasVerdict(s)
	n.mu.Unlock()
	if !changed {
		n.put(s, m)
	}
}

func (n *Notifier) resign() {
	n.mu.Lock()
	gone := n.clear()
	n.mu.Unlock()
	for _, m := range gone {
		n.count(m, Dropped)
	}
}

// close refuses all that comes from now on, and counts what is left.
func (n *Notifier) close() int {
	n.mu.Lock()
	n.closed = true
	gone := n.clear()
	n.mu.Unlock()
	for _, m := range gone {
		n.count(m, Dropped)
	}
	return len(gone)
}

// clear ends the term and takes out all messages. It returns those that no
// worker has in hand: of the others the worker will tell how they ended. The
// caller holds the mutex.
func (n *Notifier) clear() []*message {
	if n.endTerm != nil {
		n.endTerm()
	}
	n.term, n.endTerm = nil, nil
	var gone []*message
	for _, list := range n.pending {
		for _, m := range list {
			if !m.taken {
				gone = append(gone, m)
			}
		}
	}
	n.pending = make(pending)
	return gone
}

// subjects are those about which something waits to be said.
func (n *Notifier) subjects() []subject {
	n.mu.Lock()
	defer n.mu.Unlock()
	subjects := make([]subject, 0, len(n.pending))
	for s := range n.pending {
		subjects = append(subjects, s)
	}
	return subjects
}
