package repair

import "time"

// patience is how long something that passes by itself may block before people
// are told.
const patience = 10 * time.Minute

func (g Guard) block(n No, now time.Time) Block {
	return Block{Guard: g.Name, Reason: n.Reason, Since: now, Passing: g.Passing}
}

// noMove blocks a workload for which the plan has no move: with the guard that
// bars most of its candidates, where one does.
func (s *step) noMove(barred bars) time.Duration {
	b := Block{Guard: byPlan, Reason: s.entry.Plan.Because, Since: s.now, Passing: true}
	times := make(map[string]int)
	for _, other := range barred {
		times[other.Guard]++
	}
	most := 0
	for _, g := range s.checks {
		if n := times[g.Name]; n > most {
			b.Guard, b.Passing, most = g.Name, g.Passing, n
		}
	}
	return s.block(b, false, time.Time{})
}

// block notes what keeps a workload from being repaired, tells people where they
// should know, once, and returns when to look again.
func (s *step) block(b Block, silent bool, until time.Time) time.Duration {
	s.entry.Blocked = &b
	s.entry.waits = b.Guard == "budget" && full(s.hand.ledger, s.config.Limits, s.worse, s.now)
	s.put(s.entry)
	if silent && until.IsZero() {
		return recheckMost // what ends it is an event, or told by one
	}
	if !silent && s.mayTell(b.Guard) {
		s.tell(RepairBlocked, s.record.FragileSince, b.Guard, "Not repaired: "+b.Reason+".")
	}
	return wait(s.now, until)
}

// mayTell is true once for each block that is worth telling.
func (s *step) mayTell(guard string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[s.id]
	if e == nil || e.said == guard || (e.Blocked.Passing && s.now.Sub(e.Blocked.Since) < patience) {
		return false
	}
	e.said = guard
	return true
}

// full is true where the cluster's budget has nothing left, for whomever.
func full(l *Ledger, limits Limits, ahead int, now time.Time) bool {
	begun, _ := l.begunWithin(now, time.Minute)
	return begun+ahead >= limits.PerMinute || l.underWay()+ahead >= limits.AtOnce
}
