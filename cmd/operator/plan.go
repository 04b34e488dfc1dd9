package main

import (
	"evenkeel.dev/evenkeel/pkg/api"
	"evenkeel.dev/evenkeel/pkg/repair"
)

// plans shows the API what repair would do.
type plans struct{ *core }

// Plan is what repair would do now; of a follower who leads.
func (p plans) Plan() api.Plan {
	plan := api.Plan{Mode: p.mode, Leads: p.election == nil}
	if p.election != nil {
		plan.Leader, plan.Leads = p.election.leader()
	}
	if p.repairer == nil {
		return plan
	}
	status := p.repairer.Snapshot()
	plan.Suspended = status.Suspended
	for i := range status.Entries {
		plan.Repairs = append(plan.Repairs, plannedOf(&status.Entries[i]))
	}
	return plan
}

func plannedOf(e *repair.Entry) api.Planned {
	p := api.Planned{
		Plan: e.Plan, Mode: e.Mode, Ready: e.Ready, Replicas: e.Replicas,
		InVain: e.Record.InVain, AvoidedNodes: e.Record.Destinations, BackOffUntil: e.Record.BackOffUntil,
		WaitsFor: e.Why,
	}
	p.ID = e.ID
	if e.Blocked != nil {
		p.Guard, p.Blocked, p.BlockedSince = e.Blocked.Guard, e.Blocked.Reason, e.Blocked.Since
	}
	if e.UnderWay != nil {
		p.UnderWay = e.UnderWay.Name
	}
	if e.Record.GivenUp != nil {
		p.GivenUp = e.Record.GivenUp.Reason
	}
	return p
}

// leader names who leads, as far as is known, and tells whether that is this
// replica.
func (e *election) leader() (identity string, self bool) {
	elector := e.elector.Load()
	if elector == nil {
		return "", false
	}
	return elector.GetLeader(), elector.IsLeader()
}
