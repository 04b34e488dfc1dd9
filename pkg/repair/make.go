package repair

import (
	"context"
	"fmt"
	"time"

	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// make writes the move down and makes it. The memory comes first: a leader that
// is killed in between is followed by one that knows, and of two operators that
// are both started by mistake one gets a conflict.
func (s *step) make(ctx context.Context, c Case) (time.Duration, error) {
	made := s.made(c)
	before := s.record
	s.hand.ledger.begin(s.id, made, c.Move.Admits, c.Budgets)
	s.record = before.began(made)
	s.keep()
	if err := s.save(ctx); err != nil {
		s.hand.ledger.withdraw(s.id)
		s.record = before
		s.keep()
		return 0, fmt.Errorf("write down a move of %s: %w", s.id, err)
	}
	if g, n := s.lastLook(ctx); n.Reason != "" {
		s.withdraw(ctx, before)
		return s.block(g.block(n, s.now), true, n.Until), nil
	}
	log := klog.FromContext(ctx)
	outcome := s.hand.evictor.Evict(ctx, Eviction{ID: s.id, Name: made.Name, UID: made.UID})
	s.config.Meter.EvictionAnswered(string(outcome.Answer))
	log.Info("Eviction", "workload", s.id, "pod", made.Name, "uid", made.UID, "off", made.Node, "why", made.Reason, "answer", outcome.Answer, "text", outcome.Text)
	return s.answered(ctx, before, outcome)
}

func (s *step) made(c Case) Made {
	nodes, zones := standings(s.look.Assessment)
	m := Made{
		UID: c.Victim.UID, Name: c.Victim.Name, Node: c.Victim.Node, Reason: c.Move.Reason,
		To: destination(c.Move, c.Look.Scene), At: s.now,
		Verdict: s.look.Assessment.Verdict, Nodes: nodes, Zones: zones,
		Wanted: c.Live.Owner.Wanted, Template: s.look.Template, MayReturn: c.Move.MayReturn,
		Shadow: s.look.Mode != placement.Enforce, Result: UnderWay, Owner: string(s.look.Owner.UID),
	}
	if len(c.Budgets) == 1 {
		m.Budget = c.Budgets[0].UID
	}
	return m
}

// lastLook asks the guards that may have turned meanwhile.
func (s *step) lastLook(ctx context.Context) (Guard, No) {
	c := s.caseNow()
	c.Look.Mode = min(s.look.Mode, s.config.View.Mode(s.id))
	c.Leads = c.Leads && ctx.Err() == nil
	for _, g := range s.checks {
		if !g.Again {
			continue
		}
		if n := g.Check(c); n.Reason != "" {
			return g, n
		}
		if g.Name == "mode" && c.Look.Mode != s.look.Mode {
			// Another mode has another evictor.
			return g, noUntil(fmt.Sprintf("its mode is %s by now", c.Look.Mode), s.now)
		}
	}
	return Guard{}, No{}
}

// withdraw takes a move back that was not made. Where that can not be written it
// stays in the memory: whoever leads finds the Pod there, and that nothing came
// of it.
func (s *step) withdraw(ctx context.Context, before Record) {
	s.hand.ledger.withdraw(s.id)
	s.record = before
	s.keep()
	if err := s.save(ctx); err != nil {
		klog.FromContext(ctx).V(1).Info("Could not take a move back", "workload", s.id, "err", err)
	}
}

// answered does what the server's answer asks for.
func (s *step) answered(ctx context.Context, before Record, o Outcome) (time.Duration, error) {
	next := o.consequence()
	if next.made {
		return s.begun(o), nil
	}
	s.withdraw(ctx, before)
	switch {
	case next.err:
		return 0, fmt.Errorf("evict a replica of %s: %s", s.id, o.Text)
	case next.again > 0:
		s.put(s.entry)
		return next.again, nil
	default:
		b := Block{Guard: string(o.Answer), Reason: "the server refused the eviction: " + o.Text, Since: s.now, Passing: next.passing}
		return s.block(b, false, s.hand.ledger.hold(s.id, b, s.now, next.hold, next.most)), nil
	}
}

// begun notes that a move is under way.
func (s *step) begun(o Outcome) time.Duration {
	made := *s.record.Move
	made.Sure = o.Answer != Unknown
	s.record.Move = &made
	s.keep()
	s.hand.ledger.release(s.id)
	if made.Sure {
		s.hand.ledger.confirm(s.id)
	}
	s.entry.UnderWay, s.entry.Why, s.entry.Plan.Moves = &made, "the replica has been evicted", s.entry.Plan.Moves[1:]
	s.put(s.entry)
	note := fmt.Sprintf("Evicting %s: %s.", made.Name, made.Reason)
	if o.Answer == Recorded {
		note = fmt.Sprintf("Would evict %s (nothing is evicted in shadow): %s.", made.Name, made.Reason)
	}
	s.tell(Rebalancing, made.At, made.UID, note)
	return watched
}
