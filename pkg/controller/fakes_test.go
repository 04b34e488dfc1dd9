package controller

import (
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// teller remembers what it is told.
type teller struct {
	mu      sync.Mutex
	changes []report.Change
	invalid []string
	// panics is how often it is yet to panic over a change of this app.
	panics map[string]int
}

func (t *teller) Changed(change report.Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if app := change.Item.ID.App; t.panics[app] > 0 {
		t.panics[app]--
		panic("a teller that panics")
	}
	t.changes = append(t.changes, change)
}

func (t *teller) InvalidPolicyOf(workload placement.WorkloadID, invalid placement.Invalid) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.invalid = append(t.invalid, workload.App+": "+invalid.Error())
}

func (t *teller) InvalidNamespacePolicy(namespace string, uid types.UID, invalid placement.Invalid) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.invalid = append(t.invalid, namespace+" ("+string(uid)+"): "+invalid.Error())
}

// complaints gives what was said of malformed annotations since it was last
// asked, sorted.
func (t *teller) complaints() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	said := t.invalid
	t.invalid = nil
	slices.Sort(said)
	return said
}

// verdicts gives the changes of an app's verdict, in their order.
func (t *teller) verdicts(app string) []placement.Verdict {
	t.mu.Lock()
	defer t.mu.Unlock()
	var found []placement.Verdict
	for _, change := range t.changes {
		if change.Item.ID.App == app {
			found = append(found, change.Item.Verdict)
		}
	}
	return found
}

// meter counts.
type meter struct {
	mu        sync.Mutex
	results   map[string]int
	invalid   int
	latencies []time.Duration
}

func (m *meter) Reconciled(result string, _ time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.results[result]++
}

func (m *meter) EventToVerdict(took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.latencies = append(m.latencies, took)
}

func (m *meter) InvalidPolicy() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.invalid++
}

func (m *meter) count(result string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.results[result]
}

// invalids gives how many malformed annotations were counted since it was last
// asked.
func (m *meter) invalids() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.invalid
	m.invalid = 0
	return n
}

func (m *meter) measured() []time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.latencies)
}
