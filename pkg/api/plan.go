package api

import (
	"net/http"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Repair tells what repair would do now.
type Repair interface {
	Plan() Plan
}

// Plan is what repair would do now, and what keeps it from it.
type Plan struct {
	// Mode is the operator's: the most that it may do.
	Mode placement.Mode
	// Leads is true where this operator is the one that repairs; Leader names that
	// one, as far as it is known.
	Leads  bool
	Leader string
	// Suspended is why nothing at all is repaired; empty where that is not so.
	Suspended string
	// Repairs are in the order in which they are or would be done.
	Repairs []Planned
}

// Planned is what would be done for one workload.
type Planned struct {
	placement.Plan
	Mode            placement.Mode
	Ready, Replicas int
	// Guard is what keeps it from being done, and Blocked why, since when; empty
	// where nothing does.
	Guard, Blocked string
	BlockedSince   time.Time
	// UnderWay is the name of the Pod that was evicted last and whose successor is
	// waited for, and WaitsFor what is waited for.
	UnderWay, WaitsFor string
	// InVain counts the moves that did not help, AvoidedNodes are those to which
	// they led, and BackOffUntil is when the next may be made.
	InVain       int
	AvoidedNodes []string
	BackOffUntil time.Time
	// GivenUp is why it is left alone until something changes.
	GivenUp string
}

// admitsShown is how many of the nodes that could take a replica are named.
const admitsShown = 20

func (s server) plan(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	p := s.repair.Plan()
	answer := planAnswer{
		Mode: p.Mode.String(), Leads: p.Leads, Leader: p.Leader, Suspended: p.Suspended,
		Items: make([]planItem, len(p.Repairs)),
	}
	for i := range p.Repairs {
		answer.Items[i] = planItemOf(&p.Repairs[i])
	}
	return answer, nil
}

// planAnswer is a Plan as readers see it; the names are fixed.
type planAnswer struct {
	Mode      string     `json:"mode"`
	Leads     bool       `json:"leads"`
	Leader    string     `json:"leader"`
	Suspended string     `json:"suspended"`
	Items     []planItem `json:"items"`
}

type planItem struct {
	Namespace string            `json:"namespace"`
	App       string            `json:"app"`
	Workload  workload          `json:"workload"`
	Mode      string            `json:"mode"`
	Verdict   placement.Verdict `json:"verdict"`
	Replicas  int               `json:"replicas"`
	Ready     int               `json:"ready"`
	Moves     []move            `json:"moves"`
	Reaches   bool              `json:"reaches"`
	Because   string            `json:"because"`
	Blocked   blocked           `json:"blocked"`
	UnderWay  underWay          `json:"underWay"`
	Memory    memory            `json:"memory"`
}

type move struct {
	Pod       string   `json:"pod"`
	Node      string   `json:"node"`
	Zone      string   `json:"zone"`
	Reason    string   `json:"reason"`
	Before    losses   `json:"before"`
	After     losses   `json:"after"`
	Admits    []string `json:"admits"`
	AdmitsAll int      `json:"admitsCount"`
	MayReturn bool     `json:"mayReturn"`
	Predicted string   `json:"predicted"`
}

type losses struct {
	WorstNode loss `json:"worstNode"`
	WorstZone loss `json:"worstZone"`
}

type blocked struct {
	Guard  string `json:"guard"`
	Reason string `json:"reason"`
	Since  string `json:"since"`
}

type underWay struct {
	Pod      string `json:"pod"`
	WaitsFor string `json:"waitsFor"`
}

type memory struct {
	InVain       int      `json:"inVain"`
	AvoidedNodes []string `json:"avoidedNodes"`
	BackOffUntil string   `json:"backOffUntil"`
	GivenUp      string   `json:"givenUp"`
}

func planItemOf(p *Planned) planItem {
	item := planItem{
		Namespace: p.ID.Namespace, App: p.ID.App, Workload: workload{Kind: p.ID.Kind, Name: p.ID.Name},
		Mode: p.Mode.String(), Verdict: p.Verdict, Replicas: p.Replicas, Ready: p.Ready,
		Moves: make([]move, len(p.Moves)), Reaches: p.Reaches, Because: p.Because,
		Blocked:  blocked{Guard: p.Guard, Reason: p.Blocked, Since: instant(p.BlockedSince)},
		UnderWay: underWay{Pod: p.UnderWay, WaitsFor: p.WaitsFor},
		Memory: memory{
			InVain: p.InVain, AvoidedNodes: append([]string{}, p.AvoidedNodes...),
			BackOffUntil: instant(p.BackOffUntil), GivenUp: p.GivenUp,
		},
	}
	for i := range p.Moves {
		item.Moves[i] = moveOf(&p.Moves[i])
	}
	return item
}

func moveOf(m *placement.Move) move {
	lossOf := func(l placement.Loss) loss { return loss{Name: l.Name, Loss: l.Share} }
	lossesOf := func(l placement.Losses) losses { return losses{WorstNode: lossOf(l.Node), WorstZone: lossOf(l.Zone)} }
	return move{
		Pod: m.Victim.Name, Node: m.Victim.Node, Zone: m.Victim.Zone, Reason: m.Reason,
		Before: lossesOf(m.Before), After: lossesOf(m.After),
		Admits: append([]string{}, m.Admits[:min(len(m.Admits), admitsShown)]...), AdmitsAll: len(m.Admits),
		MayReturn: m.MayReturn, Predicted: m.Predicted,
	}
}
