package main

import (
	"fmt"
	"strings"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// plan is what the operator says that repair would do now.
type plan struct {
	// suspended is why nothing at all is repaired; empty where that is not so.
	suspended string
	entries   map[key]planned
}

// planAnswer is the plan as the operator's API gives it, as far as the demo
// shows it.
type planAnswer struct {
	Suspended string    `json:"suspended"`
	Items     []planned `json:"items"`
}

// planned is what would be done for one workload.
type planned struct {
	Namespace string `json:"namespace"`
	Workload  struct {
		Name string `json:"name"`
	} `json:"workload"`
	Mode  string `json:"mode"`
	Moves []struct {
		Pod string `json:"pod"`
	} `json:"moves"`
	Because string `json:"because"`
	Blocked struct {
		Guard  string `json:"guard"`
		Reason string `json:"reason"`
	} `json:"blocked"`
	UnderWay struct {
		Pod      string `json:"pod"`
		WaitsFor string `json:"waitsFor"`
	} `json:"underWay"`
}

// planPath stands beside that of the list.
func planPath(apps string) string { return strings.TrimSuffix(apps, "/apps") + "/plan" }

func (a planAnswer) plan() *plan {
	p := &plan{suspended: a.Suspended, entries: make(map[key]planned, len(a.Items))}
	for _, e := range a.Items {
		p.entries[key{e.Namespace, e.Workload.Name}] = e
	}
	return p
}

// moves counts what is to be moved, all together.
func (p *plan) moves() int {
	n := 0
	for _, e := range p.entries {
		n += e.moves()
	}
	return n
}

// moves counts the Pods that it takes, the one that is on the move included.
func (e planned) moves() int {
	n := len(e.Moves)
	if e.UnderWay.Pod != "" {
		n++
	}
	return n
}

// next is the Pod that is on the move, or would be the next; empty for none.
func (e planned) next() string {
	switch {
	case e.UnderWay.Pod != "":
		return e.UnderWay.Pod
	case len(e.Moves) > 0:
		return e.Moves[0].Pod
	default:
		return ""
	}
}

// says is what repair makes of a workload, in a few words with the most telling
// first: what has no room in the table is cut.
func (p *plan) says(it item) string {
	e, known := p.entries[it.key()]
	shadow := e.Mode == placement.Shadow.String()
	switch {
	case !known && it.Fixable:
		return "not asked for"
	case !known || it.Verdict == placement.Healthy:
		return "-"
	case e.UnderWay.Pod != "" && shadow:
		return "would evict " + e.UnderWay.Pod
	case e.UnderWay.Pod != "":
		return "moving: " + e.UnderWay.WaitsFor
	case len(e.Moves) > 0 && e.inTurn():
		return e.waiting()
	case e.Blocked.Guard != "":
		return fmt.Sprintf("blocked: %s (%s)", e.Blocked.Guard, e.Blocked.Reason)
	default:
		return "left alone: " + e.Because
	}
}

// inTurn is true where nothing but time, or others' turns, is in the way.
func (e planned) inTurn() bool {
	switch e.Blocked.Guard {
	case "", "budget", "cool-down":
		return true
	default:
		return false
	}
}

// waiting says what is planned, and what it waits for.
func (e planned) waiting() string {
	text := "planned: 1 move"
	if n := len(e.Moves); n > 1 {
		text = fmt.Sprintf("planned: %d moves", n)
	}
	if e.Blocked.Reason != "" {
		text += " (" + e.Blocked.Reason + ")"
	}
	return text
}
