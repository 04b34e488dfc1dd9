package repair

import (
	"context"
	"fmt"
	"slices"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// next plans, asks all guards, and makes the first move. It returns when to look
// again.
func (s *step) next(ctx context.Context) (time.Duration, error) {
	a := s.look.Assessment
	c := s.caseNow()
	s.worse = c.Ahead
	switch {
	case s.look.Mode == placement.Off, !a.Verdict.AtRisk() && a.Verdict != placement.Settling:
		s.drop(s.id)
		s.hand.ledger.release(s.id)
		return 0, nil
	case a.Verdict == placement.Settling && !s.listed():
		return 0, nil // nothing is known to be wrong with it
	}
	bars := s.bar(&c)
	s.entry.Plan = placement.PlanMoves(c.Look.Workload, a, c.Look.Scene)
	if a.Verdict.AtRisk() && !a.Fixable {
		s.put(s.entry) // the verdict says why
		return recheckMost, nil
	}
	if g, n := s.checks.first(OfWorkload, c); n.Reason != "" {
		return s.block(g.block(n, s.now), g.Silent, n.Until), nil
	}
	if len(s.entry.Plan.Moves) == 0 {
		return s.noMove(bars), nil
	}
	if b, until, held := s.hand.ledger.holds(s.id, s.now); held {
		return s.block(b, false, until), nil
	}
	return s.try(ctx, c)
}

func (s *step) caseNow() Case {
	c := Case{
		Now: s.now, Look: s.look, Record: s.record, Limits: s.config.Limits, Ledger: s.hand.ledger,
		Leads: s.config.MayWrite(),
	}
	if s.look.Mode >= placement.Shadow { // of the others there may be very many
		c.Ahead = s.ahead(s.id, s.entry.order, s.look.Mode)
	}
	return c
}

// listed is true for a workload that has an entry.
func (s *step) listed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries[s.id] != nil
}

// bars are what keeps each candidate from being evicted.
type bars map[string]Block // by the victim's UID

// bar asks the guards about each candidate and bars those to which one says no,
// so that the plan is made around them.
func (s *step) bar(c *Case) bars {
	found := make(bars)
	pods := make(map[string]Pod, len(s.look.Pods))
	for _, p := range s.look.Pods {
		pods[p.UID] = p
	}
	c.Look.Scene.Candidates = slices.Clone(c.Look.Scene.Candidates)
	for i := range c.Look.Scene.Candidates {
		candidate := &c.Look.Scene.Candidates[i]
		pod, known := pods[candidate.UID]
		if !known {
			candidate.Barred = "the view knows no such replica"
			continue
		}
		of := s.about(*c, *candidate, pod)
		if g, n := s.checks.first(OfPod, of); n.Reason != "" {
			candidate.Barred = n.Reason
			found[candidate.UID] = g.block(n, s.now)
		}
	}
	return found
}

// about is the case of one candidate.
func (s *step) about(c Case, victim placement.Candidate, pod Pod) Case {
	c.Victim, c.Pod = victim, pod
	c.Budgets = s.config.Budgets.Over(s.id.Namespace, pod.Labels)
	return c
}

// try asks the guards about the plan's first move, reads the server, asks the
// guards again, and makes the move.
func (s *step) try(ctx context.Context, c Case) (time.Duration, error) {
	move := s.entry.Plan.Moves[0]
	pod, _ := s.look.pod(move.Victim.UID)
	c = s.about(c, move.Victim, pod)
	c.Move = move
	if g, n := s.checks.first(OfMove, c); n.Reason != "" {
		return s.block(g.block(n, s.now), g.Silent, n.Until), nil
	}
	var err error
	if c.Live, err = s.live(ctx); err != nil {
		return 0, err
	}
	if g, n := s.checks.first(OfServer, c); n.Reason != "" {
		b := g.block(n, s.now)
		return s.block(b, g.Silent, s.hand.ledger.hold(s.id, b, s.now, liveHold, liveMost)), nil
	}
	return s.make(ctx, c)
}

// What the server says against a move is read again soon, since most often the
// view is but late, and then ever more seldom.
const (
	liveHold = 500 * time.Millisecond
	liveMost = 2 * time.Minute
)

func (s *step) live(ctx context.Context) (Live, error) {
	owner, err := s.config.Server.Owner(ctx, s.id.Namespace, s.look.Owner)
	if err != nil {
		return Live{}, fmt.Errorf("read the owner of %s: %w", s.id, err)
	}
	live := Live{Owner: owner}
	if owner.Unreadable != "" {
		return live, nil
	}
	if live.Replicas, err = s.config.Server.Replicas(ctx, s.id.Namespace, s.look.Owner, owner.Selector); err != nil {
		return Live{}, fmt.Errorf("list the replicas of %s: %w", s.id, err)
	}
	return live, nil
}
