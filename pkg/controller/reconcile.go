package controller

import (
	"context"
	"time"

	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
	"evenkeel.dev/evenkeel/pkg/snapshot"
)

// reconcile brings what the report says of one app up to date: gather, assess,
// report. It reads indices and writes the report and nothing else, so that no
// request to the API server delays a verdict.
func (c *Controller) reconcile(ctx context.Context, app placement.AppKey) (again time.Duration, err error) {
	defer c.first.done(app)
	now := c.now()
	since, removals := c.memory.take(app)
	gathered := c.sources.Gather(app, now, snapshot.Memory{
		SettlingSince: c.report.SettlingSince(app),
		Removed:       removals,
	})
	assessments, recheck := assess(gathered)
	away, back := c.away(app, gathered, removals, now)
	assessments = append(assessments, away...)
	changes := c.report.Put(app, assessments, now)
	if !since.IsZero() {
		c.meter.EventToVerdict(time.Since(since))
	}
	c.tell(ctx, changes)
	c.done(assessments)
	c.complain(gathered, app, now)
	recheck = sooner(recheck, back)
	if recheck.IsZero() {
		return 0, nil
	}
	return min(max(recheck.Sub(now), time.Millisecond), longestWait), nil
}

// assess judges each workload, and says when the first of them wants to be
// looked at again; zero for never.
func assess(gathered []snapshot.Gathered) (assessments []placement.Assessment, recheck time.Time) {
	assessments = make([]placement.Assessment, 0, len(gathered))
	for _, g := range gathered {
		a, ok := placement.Assess(g.Workload)
		if !ok {
			continue
		}
		assessments = append(assessments, a)
		recheck = sooner(recheck, a.Recheck)
	}
	return assessments, recheck
}

// sooner is the earlier of two times, of which zero stands for never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// away are the workloads that have no replica now but may have one again any
// moment: those with Pods that are being deleted, and those that lost their
// last Pod no longer than the settle time ago. What is remembered of them is
// kept until back, zero where only an event ends it.
func (c *Controller) away(app placement.AppKey, gathered []snapshot.Gathered, removals map[placement.WorkloadID]time.Time, now time.Time) (away []placement.Assessment, back time.Time) {
	there := make(map[placement.WorkloadID]bool, len(gathered))
	for _, g := range gathered {
		there[g.Workload.ID] = true
		if len(g.Workload.Replicas) == 0 {
			away = append(away, placement.Assessment{ID: g.Workload.ID})
		}
	}
	for _, id := range c.report.Known(app) {
		if _, noted := removals[id]; !noted && !there[id] {
			// The store is ahead of the handlers, or an operator before this one
			// saw it go.
			c.memory.removed(id, now)
			removals[id] = now
		}
	}
	for id, at := range removals {
		if end := at.Add(c.sources.Policy.Settle); !there[id] && now.Before(end) {
			away = append(away, placement.Assessment{ID: id})
			back = sooner(back, end)
		}
	}
	return away, back
}

// tell logs and tells changes of verdict. Those that it does not come to, for a
// panic, are found again by the retry.
func (c *Controller) tell(ctx context.Context, changes []report.Change) {
	told := 0
	defer func() {
		for _, change := range changes[told:] {
			c.report.Retract(change)
		}
	}()
	for ; told < len(changes); told++ {
		logChange(ctx, changes[told])
		c.teller.Changed(changes[told])
	}
}

// complain tells of malformed annotations, counts each once, and tidies the
// memory up.
func (c *Controller) complain(gathered []snapshot.Gathered, app placement.AppKey, now time.Time) {
	there := make(map[placement.WorkloadID]present, len(gathered))
	for _, g := range gathered {
		id := g.Workload.ID
		there[id] = present{invalid: g.Invalid, settle: g.Workload.Policy.Settle}
		for _, invalid := range g.Invalid {
			if c.memory.complaint(id, invalid) {
				c.meter.InvalidPolicy()
			}
			// The teller knows what it has said. A replica that leads from now on
			// has said nothing yet.
			c.teller.InvalidPolicyOf(id, invalid)
		}
	}
	c.memory.prune(app, there, c.sources.Policy.Settle, now)
}

// logChange writes the one line for a change of verdict. What is well from the
// start is no news.
func logChange(ctx context.Context, change report.Change) {
	item := change.Item
	log := klog.FromContext(ctx)
	if change.From == "" && !item.Verdict.AtRisk() {
		log = log.V(2)
	}
	log.Info("Verdict changed", "app", item.ID.AppKey, "kind", item.ID.Kind, "name", item.ID.Name,
		"from", change.From, "to", item.Verdict, "ready", item.Ready, "replicas", item.Replicas,
		"worstNode", item.WorstNode.Name, "worstNodeLoss", item.WorstNode.Share, "fixable", item.Fixable, "cause", item.Cause)
}
