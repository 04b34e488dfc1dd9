package fit

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	"evenkeel.dev/evenkeel/pkg/podview"
)

// world counts the Pods that have a say in where a successor of certain labels
// may go, by domain.
type world struct {
	*Question
	rules     podview.Rules
	successor labels.Labels
	// repelling are the topology keys of those terms, by rules, that are about the
	// successor: most Pods share their rules with others.
	repelling map[*podview.Rules][]string
	// perPod is true where a rule asks for labels of a Pod's own.
	perPod bool

	// apart counts why the successor may not come to a domain: Pods there that
	// keep it away, and Pods there that it keeps away from. keys are those of its
	// domains.
	apart map[domain]int
	keys  []string
	// company counts the Pods that the successor must stand with.
	company    map[domain]int
	companions int
	// fond is true where the successor itself is such a Pod.
	fond bool
	// spread counts, for each constraint, the Pods in each domain that there is.
	spread []map[string]int
	least  []int
}

// domain is the nodes whose label has a value.
type domain struct{ key, value string }

func newWorld(q *Question, successor labels.Labels) *world {
	w := &world{
		Question: q, successor: successor, repelling: make(map[*podview.Rules][]string),
		apart: make(map[domain]int), company: make(map[domain]int),
	}
	if q.Template.Rules != nil {
		w.rules = *q.Template.Rules
	}
	w.fond = w.together(q.Template.Namespace, successor)
	for _, terms := range [...][]podview.Term{w.rules.Apart, w.rules.Together} {
		w.perPod = w.perPod || slices.ContainsFunc(terms, func(t podview.Term) bool { return t.PerPod })
	}
	for _, s := range w.rules.Spread {
		w.perPod = w.perPod || s.PerPod
		w.spread = append(w.spread, make(map[string]int))
	}
	w.least = make([]int, len(w.spread))
	for i := range q.Nodes {
		n := &q.Nodes[i]
		for s := range w.spread {
			if w.counts(s, n) {
				w.spread[s][n.Labels[w.rules.Spread[s].TopologyKey]] += 0 // a domain without Pods is one
			}
		}
		for _, p := range n.Pods {
			w.add(p, n, 1)
		}
	}
	return w
}

// without does something while a Pod is not on its node.
func (w *world) without(p *podview.Pod, n *Node, do func()) {
	p = n.find(p)
	if p != nil {
		w.add(p, n, -1)
	}
	for s := range w.spread {
		w.least[s] = w.leastOf(s)
	}
	do()
	if p != nil {
		w.add(p, n, 1)
	}
}

// add counts a Pod on a node once more, or once less.
func (w *world) add(p *podview.Pod, n *Node, sign int) {
	for _, key := range w.repels(p.Rules) {
		w.keep(n, key, sign)
	}
	for i := range w.rules.Apart {
		if t := &w.rules.Apart[i]; w.selects(t, p.Namespace, p.Labels()) {
			w.keep(n, t.TopologyKey, sign)
		}
	}
	if w.together(p.Namespace, p.Labels()) {
		for _, t := range w.rules.Together {
			if value, ok := n.Labels[t.TopologyKey]; ok {
				w.company[domain{t.TopologyKey, value}] += sign
				w.companions += sign
			}
		}
	}
	for s := range w.spread {
		if w.spreads(s, p) && w.counts(s, n) {
			w.spread[s][n.Labels[w.rules.Spread[s].TopologyKey]] += sign
		}
	}
}

// repels gives the keys of the domains from which Pods of such rules keep the
// successor away.
func (w *world) repels(r *podview.Rules) []string {
	if r == nil || len(r.Apart) == 0 {
		return nil
	}
	keys, known := w.repelling[r]
	if known {
		return keys
	}
	for i := range r.Apart {
		t := &r.Apart[i]
		w.perPod = w.perPod || t.PerPod
		if w.selects(t, w.Template.Namespace, w.successor) {
			keys = append(keys, t.TopologyKey)
		}
	}
	w.repelling[r] = keys
	return keys
}

// keep keeps the successor away from the domain that a node is in.
func (w *world) keep(n *Node, key string, sign int) {
	value, ok := n.Labels[key]
	if !ok {
		return
	}
	w.apart[domain{key, value}] += sign
	if !slices.Contains(w.keys, key) {
		w.keys = append(w.keys, key)
	}
}

// together tells whether a Pod is one that the successor must stand with: one
// that all its terms are about.
func (w *world) together(namespace string, of labels.Labels) bool {
	for i := range w.rules.Together {
		if !w.selects(&w.rules.Together[i], namespace, of) {
			return false
		}
	}
	return len(w.rules.Together) > 0
}

// spreads tells whether a constraint counts a Pod. One that selects every Pod
// counts none: so does the scheduler.
func (w *world) spreads(s int, p *podview.Pod) bool {
	selector := w.rules.Spread[s].Selector
	return !p.Terminating && p.Namespace == w.Template.Namespace && !selector.Empty() && selector.Matches(p.Labels())
}

// counts tells whether a constraint counts a node: one in a domain of each
// constraint, which the successor's node selector, affinity and tolerations admit
// as far as the constraint asks for that.
func (w *world) counts(s int, n *Node) bool {
	for i := range w.rules.Spread {
		if _, ok := n.Labels[w.rules.Spread[i].TopologyKey]; !ok {
			return false
		}
	}
	c := &w.rules.Spread[s]
	return (c.AnyNode || n.Selected) && (!c.Untainted || n.Tolerated)
}

// leastOf is how many Pods the emptiest domain of a constraint has; none where
// there are fewer domains than there must be.
func (w *world) leastOf(s int) int {
	least, first := 0, true
	for _, pods := range w.spread[s] {
		if first || pods < least {
			least, first = pods, false
		}
	}
	if len(w.spread[s]) < int(w.rules.Spread[s].MinDomains) {
		return 0
	}
	return least
}

// admits tells whether the rules let the successor come to a node.
func (w *world) admits(n *Node) bool {
	for _, key := range w.keys {
		if value, ok := n.Labels[key]; ok && w.apart[domain{key, value}] > 0 {
			return false
		}
	}
	return w.inCompany(n) && w.evenly(n)
}

// inCompany asks the required affinities. Where no Pod satisfies them yet, one
// that satisfies its own may be the first.
func (w *world) inCompany(n *Node) bool {
	alone := false
	for _, t := range w.rules.Together {
		value, ok := n.Labels[t.TopologyKey]
		if !ok {
			return false
		}
		alone = alone || w.company[domain{t.TopologyKey, value}] <= 0
	}
	return !alone || (w.companions == 0 && w.fond)
}

// evenly asks the spread constraints.
func (w *world) evenly(n *Node) bool {
	for s := range w.rules.Spread {
		c := &w.rules.Spread[s]
		value, ok := n.Labels[c.TopologyKey]
		if !ok {
			return false
		}
		pods := w.spread[s][value]
		if c.Selector.Matches(w.successor) {
			pods++
		}
		if pods-w.least[s] > int(c.MaxSkew) {
			return false
		}
	}
	return true
}

// repelsItself tells whether two successors could not both come to a node.
func (w *world) repelsItself(n *Node) bool {
	for i := range w.rules.Apart {
		t := &w.rules.Apart[i]
		if _, ok := n.Labels[t.TopologyKey]; ok && w.selects(t, w.Template.Namespace, w.successor) {
			return true
		}
	}
	return false
}
