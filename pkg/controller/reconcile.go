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
	now := time.Now()
	since, removals := c.memory.take(app)
	gathered := c.sources.Gather(app, now, snapshot.Memory{
		SettlingSince: c.report.SettlingSince(app),
		Removed:       removals,
	})
	assessments, recheck := assess(gathered)
	changes := c.report.Put(app, assessments, now)
	if !since.IsZero() {
		c.meter.EventToVerdict(time.Since(since))
	}
	for _, change := range changes {
		logChange(ctx, change)
		c.teller.Changed(change)
	}
	c.complain(gathered, app, now)
	if recheck.IsZero() {
		return 0, nil
	}
	return max(recheck.Sub(now), time.Millisecond), nil
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
		if !a.Recheck.IsZero() && (recheck.IsZero() || a.Recheck.Before(recheck)) {
			recheck = a.Recheck
		}
	}
	return assessments, recheck
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
	c.memory.prune(app, there, now)
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
