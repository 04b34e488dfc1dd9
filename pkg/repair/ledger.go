package repair

import (
	"slices"
	"sync"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Ledger is what was done and can not be seen yet: evictions whose Pods the view
// still has, allowance of budgets that it does not show as used, room on nodes
// that successors are to take, and how many moves there are. There is one for all
// workloads of an evictor. It takes the time as a value, and is safe for
// concurrent use.
type Ledger struct {
	mu    sync.Mutex
	moves map[placement.WorkloadID]entry
	// evicted are Pods whose eviction was asked for, also when the move is over,
	// until they are seen gone.
	evicted map[string]asking
	// rooms are the places that successors may take.
	rooms map[placement.WorkloadID]room
	// begun is when each of the latest moves began.
	begun []time.Time
	held  map[placement.WorkloadID]hold
}

// entry is a move under way.
type entry struct {
	Made
	// version is the budget's when it was made.
	version string
	gone    bool
}

// asking is an eviction that was asked for, and when.
type asking struct {
	of placement.WorkloadID
	at time.Time
}

// forgetAfter is when a Pod that was evicted is not waited for any more: by then
// the view has long been called stale, or the server has not done it.
const forgetAfter = time.Hour

// NewLedger makes an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{
		moves:   make(map[placement.WorkloadID]entry),
		evicted: make(map[string]asking),
		rooms:   make(map[placement.WorkloadID]room),
		held:    make(map[placement.WorkloadID]hold),
	}
}

// begin notes a move that is about to be made.
func (l *Ledger) begin(id placement.WorkloadID, m Made, admits []string, budgets []Budget) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := entry{Made: m}
	if len(budgets) == 1 {
		e.version = budgets[0].Version
	}
	l.moves[id] = e
	l.evicted[m.UID] = asking{id, m.At}
	// Its own node will have the victim's place again.
	l.rooms[id] = room{slices.DeleteFunc(slices.Clone(admits), func(node string) bool { return node == m.Node }), m.At}
	l.begun = append(l.begun, m.At)
}

// withdraw takes back a move that was surely not made.
func (l *Ledger) withdraw(id placement.WorkloadID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.moves[id]
	if !ok {
		return
	}
	delete(l.moves, id)
	delete(l.rooms, id)
	delete(l.evicted, e.UID)
	if i := slices.IndexFunc(l.begun, e.At.Equal); i >= 0 {
		l.begun = slices.Delete(l.begun, i, i+1)
	}
}

// end ends a move. Its Pod is remembered until it is seen gone, unless it is
// known that the server never took it.
func (l *Ledger) end(id placement.WorkloadID, there bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.moves[id]
	if ok && there && (!e.Sure || e.Shadow) {
		delete(l.evicted, e.UID)
	}
	if delete(l.rooms, id); ok && e.Shadow && e.To != "" {
		l.rooms[id] = room{[]string{e.To}, e.At}
	}
	delete(l.moves, id)
}

// restore takes over what a leader before this one has left.
func (l *Ledger) restore(memory Memory, shadow bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.moves)
	l.begun = nil
	for id, r := range memory {
		m := r.Move
		if m == nil || m.Shadow != shadow {
			continue
		}
		l.begun = append(l.begun, m.At)
		if r.underWay() {
			l.moves[id] = entry{Made: *m}
			l.evicted[m.UID] = asking{id, m.At}
			l.rooms[id] = room{[]string{m.To}, m.At}
		}
	}
	slices.SortFunc(l.begun, time.Time.Compare)
}

// confirm notes that the server said that it was done.
func (l *Ledger) confirm(id placement.WorkloadID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.moves[id]; ok {
		e.Sure = true
		l.moves[id] = e
	}
}

// seen takes in what a look shows to be gone.
func (l *Ledger) seen(id placement.WorkloadID, look Look) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := look.Workload.Now
	there := make(map[string]bool, len(look.Pods))
	for _, p := range look.Pods {
		there[p.UID] = true
	}
	if e, ok := l.moves[id]; ok {
		e.gone = !there[e.UID]
		l.moves[id] = e
	}
	for uid, asked := range l.evicted {
		if (asked.of == id && !there[uid]) || now.Sub(asked.at) > forgetAfter {
			delete(l.evicted, uid)
		}
	}
}

// forget drops a workload that is gone.
func (l *Ledger) forget(id placement.WorkloadID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.moves, id)
	delete(l.rooms, id)
	delete(l.held, id)
	for uid, asked := range l.evicted {
		if asked.of == id {
			delete(l.evicted, uid)
		}
	}
}

func (l *Ledger) asked(uid string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.evicted[uid]
	return ok
}

// used is how much of a budget's allowance is taken by moves that its cached
// version can not have counted, or may not have: those whose Pods are not seen
// gone, and those that were made by this very version.
func (l *Ledger) used(b Budget) int {
	return l.count(func(e entry) bool { return e.Budget == b.UID && (!e.gone || e.version == b.Version) })
}

func (l *Ledger) underWay() int { return l.count(func(entry) bool { return true }) }

func (l *Ledger) offNode(node string) int {
	return l.count(func(e entry) bool { return e.Node == node })
}

func (l *Ledger) count(which func(entry) bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, e := range l.moves {
		if which(e) {
			n++
		}
	}
	return n
}

func (l *Ledger) inNamespace(namespace string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for id := range l.moves {
		if id.Namespace == namespace {
			n++
		}
	}
	return n
}

// ownerBusy is another workload of the same owner that has a move under way.
func (l *Ledger) ownerBusy(owner string, id placement.WorkloadID) (placement.WorkloadID, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for other, e := range l.moves {
		if other != id && owner != "" && e.Owner == owner {
			return other, true
		}
	}
	return placement.WorkloadID{}, false
}

// begunWithin counts the moves that began within so long, and says when the first
// of them does not count any more.
func (l *Ledger) begunWithin(now time.Time, within time.Duration) (n int, free time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun = slices.DeleteFunc(l.begun, func(at time.Time) bool { return now.Sub(at) >= within })
	if len(l.begun) == 0 {
		return 0, time.Time{}
	}
	return len(l.begun), l.begun[0].Add(within)
}
