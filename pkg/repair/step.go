package repair

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/placement"
)

const (
	// watched is how often a move under way is looked at where no event asks for
	// it: time alone may end it.
	watched = 15 * time.Second
	// recheck is how often a workload is looked at whose block nothing tells the
	// end of, recheckMost the longest wait for any.
	recheck     = 30 * time.Second
	recheckMost = 30 * time.Minute
	// rememberedFor is how long a workload is remembered of which no Pod is seen.
	rememberedFor = 10 * time.Minute
)

// step is one look at one workload and what follows from it.
type step struct {
	*Repairer
	id     placement.WorkloadID
	look   Look
	now    time.Time
	record Record
	hand   hand
	entry  Entry
	// worse is how many workloads that are worse wait for the budget too.
	worse int
}

// step looks, verifies what is under way and, where nothing is, tries the next
// move. It returns when to look again where no event asks for it.
func (r *Repairer) step(ctx context.Context, id placement.WorkloadID) (time.Duration, error) {
	h := r.handOf(r.config.View.Mode(id))
	look, ok := r.config.View.Look(id, h.ledger.promised(id, r.config.Now()))
	switch {
	case !ok:
		return r.forget(ctx, id)
	case r.handOf(look.Mode).ledger != h.ledger:
		return lookAgain, nil // its mode has just changed
	}
	delete(r.missing, id)
	s := &step{Repairer: r, id: id, look: look, now: look.Workload.Now, hand: h}
	r.enforced.ledger.seen(id, look)
	r.recorded.ledger.seen(id, look)
	if err := s.recollect(ctx); err != nil {
		return 0, err
	}
	r.suspend(look, s.now)
	s.entry = Entry{
		ID: id, Mode: look.Mode, Ready: look.Assessment.Ready, Replicas: look.Assessment.Replicas,
		Record: s.record, order: orderOf(look.Assessment),
	}
	if s.record.underWay() {
		if again, err := s.verify(ctx); again > 0 || err != nil {
			return again, err
		}
	}
	s.record = s.record.fragile(look.Assessment, s.now)
	s.keep()
	return s.next(ctx)
}

func (r *Repairer) handOf(m placement.Mode) hand {
	if m == placement.Enforce {
		return r.enforced
	}
	return r.recorded
}

// recollect brings what is remembered to this moment.
func (s *step) recollect(ctx context.Context) error {
	before := s.memory[s.id]
	r := before
	if r.Move != nil && r.Move.Shadow && s.look.Mode == placement.Enforce {
		r.Move, r.Inconclusive = nil, 0 // it was never made
		s.recorded.ledger.forget(s.id)
	}
	r = r.reconsidered(s.look).crowdedAgain(s.look, s.now, s.config.Limits)
	s.record = r
	s.keep()
	if r.GivenUp == nil || before.GivenUp != nil {
		return nil
	}
	if err := s.save(ctx); err != nil {
		s.record = before
		s.keep()
		return fmt.Errorf("remember that %s is given up: %w", s.id, err)
	}
	s.givenUp(ctx)
	return nil
}

// givenUp tells that a workload is left alone from now on.
func (s *step) givenUp(ctx context.Context) {
	g := s.record.GivenUp
	klog.FromContext(ctx).Info("Repair of a workload is given up", "workload", s.id, "reason", g.Reason)
	s.tell(Unfixable, g.At, "", "Repair leaves it alone until its nodes, its template or its policy change: "+g.Reason+".")
}

// keep remembers within this process; save does so for the next leader too.
func (s *step) keep() {
	if s.record.empty() && s.record.FragileSince.IsZero() {
		delete(s.memory, s.id)
	} else {
		s.memory[s.id] = s.record
	}
	s.entry.Record = s.record
}

// save writes the memory. Where another operator has written it, that is loaded
// before anything else is done.
func (r *Repairer) save(ctx context.Context) error {
	err := r.config.Store.Save(ctx, r.memory)
	if errors.Is(err, ErrConflict) {
		r.recalled = nil
	}
	return err
}

// forget lets go of a workload that is gone, though not at once, however old what
// is remembered of it: one whose Pods are all replaced has none for a moment, and
// so has every one in a view that has just begun.
func (r *Repairer) forget(ctx context.Context, id placement.WorkloadID) (time.Duration, error) {
	r.drop(id)
	record, known := r.memory[id]
	if !known {
		r.enforced.ledger.forget(id)
		r.recorded.ledger.forget(id)
		delete(r.missing, id)
		return 0, nil
	}
	now := r.config.Now()
	if r.missing[id].IsZero() {
		r.missing[id] = now
	}
	if left := rememberedFor - now.Sub(r.missing[id]); left > 0 {
		return left, nil
	}
	r.enforced.ledger.forget(id)
	r.recorded.ledger.forget(id)
	delete(r.memory, id)
	delete(r.missing, id)
	if record.empty() {
		return 0, nil
	}
	return 0, r.save(ctx)
}

// verify judges the move under way; it returns when to look again, zero where it
// is over.
func (s *step) verify(ctx context.Context) (time.Duration, error) {
	m := *s.record.Move
	result, why := verify(m, s.look, staleView(Case{Look: s.look, Limits: s.config.Limits}).Reason != "")
	if result != UnderWay && result != Inconclusive {
		owner, err := s.config.Server.Owner(ctx, s.id.Namespace, s.look.Owner)
		if err != nil {
			return 0, fmt.Errorf("read the owner of %s: %w", s.id, err)
		}
		result, why = unchanged(m, result, why, owner)
	}
	if result == UnderWay {
		s.entry.UnderWay, s.entry.Why = &m, why
		s.put(s.entry)
		return watched, nil
	}
	return s.ended(ctx, m, result, why)
}

// ended writes down what became of a move before anything else is done.
func (s *step) ended(ctx context.Context, m Made, result Result, why string) (time.Duration, error) {
	before := s.record
	s.record = before.ended(result, s.look, s.now, s.config.Limits)
	s.keep()
	if err := s.save(ctx); err != nil {
		s.record = before
		s.keep()
		return 0, fmt.Errorf("remember what became of a move of %s: %w", s.id, err)
	}
	_, there := s.look.pod(m.UID)
	s.handOfMade(m).ledger.end(s.id, there)
	s.config.Meter.MoveEnded(string(result))
	klog.FromContext(ctx).Info("Move ended", "workload", s.id, "victim", m.Name, "off", m.Node, "result", result, "why", why)
	switch {
	case result == Better:
		s.tell(Rebalanced, m.At, m.UID, fmt.Sprintf("Moving %s off node %s helped: %s.", m.Name, m.Node, why))
		if since := s.record.FragileSince; !s.look.Assessment.Verdict.AtRisk() && !since.IsZero() {
			s.config.Meter.Repaired(s.now.Sub(since))
		}
	case s.record.GivenUp != nil && before.GivenUp == nil:
		s.givenUp(ctx)
	}
	for _, id := range s.waiting() {
		s.pool.Add(id)
	}
	return 0, nil
}

func (s *step) handOfMade(m Made) hand {
	if m.Shadow {
		return s.recorded
	}
	return s.enforced
}

func (s *step) tell(reason Reason, since time.Time, mark, note string) {
	s.config.Teller.Tell(Saying{Reason: reason, ID: s.id, Since: since, Mark: mark, Note: note})
}

// wait is how long until a time, within bounds; recheck where it is not known.
func wait(now, until time.Time) time.Duration {
	if until.IsZero() {
		return recheck
	}
	return min(max(until.Sub(now), lookAgain), recheckMost)
}
