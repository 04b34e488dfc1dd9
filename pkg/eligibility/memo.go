package eligibility

import (
	"cmp"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Memo remembers which nodes admit which class, and which apps use it. It is
// safe for concurrent use.
type Memo struct {
	mu sync.RWMutex
	// nodes stand in slots, so that a class needs one byte a node; a slot whose
	// node has gone is free for the next.
	nodes   []slot
	byName  map[string]int
	free    []int
	classes map[string]*class
	used    map[placement.AppKey][]string
}

type slot struct {
	node  *corev1.Node // nil where the slot is free
	facts Facts
}

type class struct {
	matcher  matcher
	verdicts []verdict // by slot
	tally    tally
	eligible placement.Eligible // what tally sums up to
	users    map[placement.AppKey]struct{}
}

// NewMemo makes a memo without nodes.
func NewMemo() *Memo {
	return &Memo{
		byName:  make(map[string]int),
		classes: make(map[string]*class),
		used:    make(map[placement.AppKey][]string),
	}
}

// Effect is whom a node's change concerns.
type Effect struct {
	// Replicas is true where the replicas on the node are to be judged anew.
	Replicas bool
	// Apps are the apps whose eligible nodes changed, in no order.
	Apps []placement.AppKey
}

// Set takes a node's present state in. It keeps a pointer to the node, which
// must not be changed.
func (m *Memo) Set(node *corev1.Node) Effect {
	facts := factsOf(node)
	m.mu.Lock()
	defer m.mu.Unlock()
	i, known := m.byName[node.Name]
	if !known {
		i = m.take()
		m.byName[node.Name] = i
	}
	old := m.nodes[i]
	m.nodes[i] = slot{node: node, facts: facts}
	return m.effect(i, old)
}

// Delete forgets a node.
func (m *Memo) Delete(name string) Effect {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, known := m.byName[name]
	if !known {
		return Effect{}
	}
	delete(m.byName, name)
	old := m.nodes[i]
	m.nodes[i] = slot{}
	m.free = append(m.free, i)
	return m.effect(i, old)
}

// effect is that of a node's change. To its replicas a node that is not there
// is as one that is not Ready.
func (m *Memo) effect(i int, old slot) Effect {
	return Effect{
		Replicas: !m.nodes[i].facts.sameForReplicas(old.facts),
		Apps:     m.rejudge(i, old),
	}
}

func (m *Memo) take() int {
	if n := len(m.free); n > 0 {
		i := m.free[n-1]
		m.free = m.free[:n-1]
		return i
	}
	m.nodes = append(m.nodes, slot{})
	return len(m.nodes) - 1
}

// rejudge asks every class about one node, and returns the apps of those whose
// answer is another than before.
func (m *Memo) rejudge(i int, old slot) []placement.AppKey {
	var changed []*class
	for _, c := range m.classes {
		// Only where next to no node is eligible does a verdict say why the
		// others are not.
		few := c.eligible.Nodes() <= 1
		before, after := c.rejudge(i, old, m.nodes[i])
		switch {
		case before == admitted && after == admitted && old.facts.Zone == m.nodes[i].facts.Zone:
			continue
		case before != admitted && after != admitted && (before == after || !few):
			continue
		}
		changed = append(changed, c)
	}
	return usersOf(changed)
}

// usersOf returns the apps that use any of the classes, each once.
func usersOf(classes []*class) []placement.AppKey {
	most := 0
	for _, c := range classes {
		most += len(c.users)
	}
	apps := make([]placement.AppKey, 0, most)
	if len(classes) == 1 { // most often, and then of most apps
		for app := range classes[0].users {
			apps = append(apps, app)
		}
		return apps
	}
	seen := make(map[placement.AppKey]struct{}, most)
	for _, c := range classes {
		for app := range c.users {
			if _, ok := seen[app]; !ok {
				seen[app] = struct{}{}
				apps = append(apps, app)
			}
		}
	}
	return apps
}

func newClass(describe func() Class, nodes []slot) *class {
	c := &class{matcher: newMatcher(describe()), tally: newTally(), users: make(map[placement.AppKey]struct{})}
	for i, s := range nodes {
		c.tally.add(c.judge(i, s), s.facts.Zone, 1)
	}
	c.eligible = c.tally.eligible()
	return c
}

// rejudge judges one node anew, sums up where that changes anything, and
// returns the verdict before and after.
func (c *class) rejudge(i int, old, now slot) (before, after verdict) {
	if i < len(c.verdicts) {
		before = c.verdicts[i]
	}
	after = c.judge(i, now)
	if before == after && old.facts.Zone == now.facts.Zone {
		return before, after
	}
	c.tally.add(before, old.facts.Zone, -1)
	c.tally.add(after, now.facts.Zone, 1)
	c.eligible = c.tally.eligible() // the one before may be in use
	return before, after
}

// judge judges one node and keeps the verdict.
func (c *class) judge(i int, s slot) verdict {
	if i >= len(c.verdicts) {
		c.verdicts = append(c.verdicts, make([]verdict, i+1-len(c.verdicts))...)
	}
	v := absent
	if s.node != nil {
		v = c.matcher.judge(s.node, s.facts)
	}
	c.verdicts[i] = v
	return v
}

// Eligible returns the nodes eligible for a class, whose key is equal where the
// class is, and notes that the app uses it: from then on the app is told of
// changes. The result is shared and must not be changed.
func (m *Memo) Eligible(app placement.AppKey, key string, describe func() Class) placement.Eligible {
	m.mu.RLock()
	if c := m.classes[key]; c != nil {
		if _, user := c.users[app]; user {
			defer m.mu.RUnlock()
			return c.eligible
		}
	}
	m.mu.RUnlock()

	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.classes[key]
	if c == nil {
		c = newClass(describe, m.nodes)
		m.classes[key] = c
	}
	if _, user := c.users[app]; !user {
		c.users[app] = struct{}{}
		m.used[app] = append(m.used[app], key)
	}
	return c.eligible
}

// Keep forgets that the app uses any class but these, of which none stands
// twice, and every class that nobody uses.
func (m *Memo) Keep(app placement.AppKey, keys []string) {
	m.mu.RLock()
	same := len(m.used[app]) == len(keys)
	m.mu.RUnlock()
	if same {
		return // Eligible has noted each of them, so that they are these
	}
	keep := make(map[string]bool, len(keys))
	for _, key := range keys {
		keep[key] = true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := slices.DeleteFunc(slices.Clone(m.used[app]), func(key string) bool {
		if keep[key] {
			return false
		}
		c := m.classes[key]
		delete(c.users, app)
		if len(c.users) == 0 {
			delete(m.classes, key)
		}
		return true
	})
	if len(kept) == 0 {
		delete(m.used, app)
		return
	}
	m.used[app] = kept
}

// Node returns what is known of a node, and false where there is none.
func (m *Memo) Node(name string) (Facts, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	i, ok := m.byName[name]
	if !ok {
		return Facts{}, false
	}
	return m.nodes[i].facts, true
}

// Nodes returns what is known of every node, sorted by name.
func (m *Memo) Nodes() []Facts {
	m.mu.RLock()
	all := make([]Facts, 0, len(m.byName))
	for _, i := range m.byName {
		all = append(all, m.nodes[i].facts)
	}
	m.mu.RUnlock()
	slices.SortFunc(all, func(a, b Facts) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Classes counts the classes in use.
func (m *Memo) Classes() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.classes)
}
