package repair

import (
	"fmt"
	"slices"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// underWay is true while the last move has not been judged.
func (r Record) underWay() bool { return r.Move != nil && r.Move.Result == UnderWay }

// empty is true where nothing would be lost with it.
func (r Record) empty() bool {
	return r.Move == nil && r.GivenUp == nil && r.InVain == 0 && r.Repaired == nil
}

// began notes a move that is about to be made.
func (r Record) began(m Made) Record {
	r.Move, r.Touched, r.Repaired = &m, m.At, nil
	return r
}

// mostDestinations bounds what is remembered of one workload.
const mostDestinations = 8

// ended notes what became of the move under way.
func (r Record) ended(as Result, look Look, now time.Time, limits Limits) Record {
	made := *r.Move
	made.Result = as
	r.Move, r.Touched = &made, now
	switch as {
	case Better:
		nodes, zones := standings(look.Assessment)
		r.Inconclusive, r.BackOffUntil = 0, time.Time{}
		if !look.Assessment.Verdict.AtRisk() {
			// Not before: moves of which each second one is in vain must end too.
			r.InVain, r.TimesGivenUp, r.Destinations = 0, 0, nil
		}
		r.Repaired = &Repaired{At: now, Replicas: look.Assessment.Replicas, Nodes: nodes, Zones: zones, While: fingerprint(look)}
	case Same, Worse:
		r.InVain++
		r.Inconclusive = 0
		r.Destinations = remembered(r.Destinations, successors(made, look))
		r.BackOffUntil = now.Add(limits.backOff(limits.BackOff, r.InVain+r.TimesGivenUp))
	case Inconclusive:
		r.Inconclusive++
	}
	if r.InVain >= limits.InVain {
		r = r.gaveUp(inVain(r.InVain, r.Destinations), look, now)
	}
	return r
}

func (r Record) gaveUp(reason string, look Look, now time.Time) Record {
	r.GivenUp = &GivenUp{Reason: reason, At: now, While: fingerprint(look)}
	r.TimesGivenUp++
	r.Touched = now
	return r
}

func inVain(n int, destinations []string) string {
	text := fmt.Sprintf("%d moves were in vain", n)
	if len(destinations) > 0 {
		text += ": the replacements came to " + list(destinations, 3)
	}
	return text
}

func remembered(known, more []string) []string {
	known = slices.Clone(known)
	for _, name := range more {
		if !slices.Contains(known, name) {
			known = append(known, name)
		}
	}
	return known[max(0, len(known)-mostDestinations):]
}

// reconsidered is the record of a workload that was given up on, when what that
// waited for has changed. The back-off goes on: nodes that come and go must not
// cost a move each time.
func (r Record) reconsidered(look Look) Record {
	if r.GivenUp == nil || r.GivenUp.While == fingerprint(look) {
		return r
	}
	r.GivenUp, r.InVain, r.Undone, r.Inconclusive = nil, 0, 0, 0
	r.Repaired, r.Destinations = nil, nil
	return r
}

// crowdedAgain notes that a workload stands worse than its last repair left it
// though nothing of its own has changed: not its number, and not that some are
// not ready, which makes the others look crowded. That is another's doing; where
// it comes to pass again and again, to repair it once more is to take part in the
// fight.
func (r Record) crowdedAgain(look Look, now time.Time, limits Limits) Record {
	was, a := r.Repaired, look.Assessment
	if was == nil || a.Verdict == placement.Settling || a.Ready < a.Replicas {
		return r
	}
	if a.Replicas != was.Replicas {
		r.Repaired = nil
		return r
	}
	nodes, zones := standings(look.Assessment)
	if nodes.compare(was.Nodes) <= 0 && zones.compare(was.Zones) <= 0 {
		return r
	}
	r.Repaired = nil
	if was.While != fingerprint(look) || now.Sub(was.At) > limits.UndoneWithin {
		r.Undone = 0
		return r
	}
	r.Undone++
	r.Touched = now
	if r.Undone >= limits.Undone {
		r = r.gaveUp(fmt.Sprintf("tug-of-war: what was repaired has been undone %d times, the last time after %s; find out what else moves its Pods", r.Undone, now.Sub(was.At).Round(time.Second)), look, now)
	}
	return r
}

// fragile notes since when a workload is at risk.
func (r Record) fragile(a placement.Assessment, now time.Time) Record {
	switch {
	case a.Verdict == placement.Settling:
	case !a.Verdict.AtRisk():
		r.FragileSince, r.Inconclusive = time.Time{}, 0
	case r.FragileSince.IsZero():
		if r.FragileSince = a.Since; a.Since.IsZero() {
			r.FragileSince = now
		}
	}
	return r
}
