package fit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"pgregory.net/rapid"

	"evenkeel.dev/evenkeel/pkg/fit"
	"evenkeel.dev/evenkeel/pkg/podview"
)

// plain is a world told anew, as Kubernetes has it: nothing is counted ahead.
type plain struct {
	nodes      []fit.Node
	pods       []*corev1.Pod
	namespaces map[string]map[string]string
}

func (w plain) node(name string) *fit.Node {
	for i := range w.nodes {
		if w.nodes[i].Name == name {
			return &w.nodes[i]
		}
	}
	return nil
}

// without is the world when a Pod has gone.
func (w plain) without(gone *corev1.Pod) plain {
	w.pods = slices.DeleteFunc(slices.Clone(w.pods), func(p *corev1.Pod) bool { return p == gone })
	return w
}

// with is the world when a Pod has come to a node.
func (w plain) with(p *corev1.Pod, node string) plain {
	p = p.DeepCopy()
	p.Spec.NodeName = node
	w.pods = append(slices.Clone(w.pods), p)
	return w
}

func selects(t corev1.PodAffinityTerm, owner, p *corev1.Pod, namespaces map[string]map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(t.LabelSelector)
	if err != nil || !selector.Matches(labels.Set(p.Labels)) {
		return false
	}
	if t.NamespaceSelector != nil {
		among, err := metav1.LabelSelectorAsSelector(t.NamespaceSelector)
		if err == nil && among.Matches(labels.Set(namespaces[p.Namespace])) {
			return true
		}
	} else if len(t.Namespaces) == 0 {
		return p.Namespace == owner.Namespace
	}
	return slices.Contains(t.Namespaces, p.Namespace)
}

// sameDomain is true for nodes of one domain; a node without the label is in
// none.
func sameDomain(a, b *fit.Node, key string) bool {
	value, ok := a.Labels[key]
	other, also := b.Labels[key]
	return ok && also && value == other
}

func apartTerms(p *corev1.Pod) []corev1.PodAffinityTerm {
	if p.Spec.Affinity == nil {
		return nil
	}
	return p.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
}

func togetherTerms(p *corev1.Pod) []corev1.PodAffinityTerm {
	if p.Spec.Affinity == nil {
		return nil
	}
	return p.Spec.Affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution
}

// fits tells whether requests, slots and ports let a Pod come to a node.
func (w plain) fits(p *corev1.Pod, n *fit.Node) bool {
	slots := n.Allocatable[corev1.ResourcePods]
	left := n.Allocatable.DeepCopy()
	count := int64(1)
	for _, other := range w.pods {
		if other.Spec.NodeName != n.Name {
			continue
		}
		count++
		for _, c := range other.Spec.Containers {
			for name, q := range c.Resources.Requests {
				rest := left[name]
				rest.Sub(q)
				left[name] = rest
			}
			for _, held := range c.Ports {
				for _, mine := range p.Spec.Containers {
					for _, wanted := range mine.Ports {
						if held.HostPort == wanted.HostPort && (held.HostIP == "" || wanted.HostIP == "" || held.HostIP == wanted.HostIP) {
							return false
						}
					}
				}
			}
		}
	}
	for _, c := range p.Spec.Containers {
		for name, q := range c.Resources.Requests {
			if rest := left[name]; !q.IsZero() && rest.Cmp(q) < 0 {
				return false
			}
		}
	}
	return count <= slots.Value()
}

// welcome tells whether no required anti-affinity, of either side, and every
// required affinity let a Pod come to a node.
func (w plain) welcome(p *corev1.Pod, n *fit.Node) bool {
	for _, other := range w.pods {
		there := w.node(other.Spec.NodeName)
		if there == nil {
			continue
		}
		for _, t := range apartTerms(other) {
			if selects(t, other, p, w.namespaces) && sameDomain(there, n, t.TopologyKey) {
				return false
			}
		}
		for _, t := range apartTerms(p) {
			if selects(t, p, other, w.namespaces) && sameDomain(there, n, t.TopologyKey) {
				return false
			}
		}
	}
	every := func(of *corev1.Pod) bool {
		for _, t := range togetherTerms(p) {
			if !selects(t, p, of, w.namespaces) {
				return false
			}
		}
		return true
	}
	anyone, missing := false, false
	for _, t := range togetherTerms(p) {
		if _, ok := n.Labels[t.TopologyKey]; !ok {
			return false
		}
		found := false
		for _, other := range w.pods {
			there := w.node(other.Spec.NodeName)
			if there == nil || !every(other) {
				continue
			}
			if _, ok := there.Labels[t.TopologyKey]; ok {
				anyone = true
			}
			found = found || sameDomain(there, n, t.TopologyKey)
		}
		missing = missing || !found
	}
	return !missing || (!anyone && every(p))
}

// even tells whether the spread constraints let a Pod come to a node.
func (w plain) even(p *corev1.Pod, n *fit.Node) bool {
	for _, c := range p.Spec.TopologySpreadConstraints {
		here, ok := n.Labels[c.TopologyKey]
		if !ok {
			return false
		}
		counts := make(map[string]int)
		selector, _ := metav1.LabelSelectorAsSelector(c.LabelSelector)
		for i := range w.nodes {
			m := &w.nodes[i]
			if !w.inDomains(p, m) || !m.Selected {
				continue
			}
			if c.NodeTaintsPolicy != nil && *c.NodeTaintsPolicy == corev1.NodeInclusionPolicyHonor && !m.Tolerated {
				continue
			}
			counts[m.Labels[c.TopologyKey]] += 0
			for _, other := range w.pods {
				if other.Spec.NodeName == m.Name && other.Namespace == p.Namespace && other.DeletionTimestamp == nil && selector.Matches(labels.Set(other.Labels)) {
					counts[m.Labels[c.TopologyKey]]++
				}
			}
		}
		least := 0
		if c.MinDomains == nil || len(counts) >= int(*c.MinDomains) {
			least = 1 << 20
			for _, n := range counts {
				least = min(least, n)
			}
		}
		if len(counts) == 0 {
			least = 0
		}
		self := 0
		if selector.Matches(labels.Set(p.Labels)) {
			self = 1
		}
		if counts[here]+self-least > int(c.MaxSkew) {
			return false
		}
	}
	return true
}

func (w plain) inDomains(p *corev1.Pod, n *fit.Node) bool {
	for _, c := range p.Spec.TopologySpreadConstraints {
		if _, ok := n.Labels[c.TopologyKey]; !ok {
			return false
		}
	}
	return true
}

// room counts how many successors can be put on a node one after the other,
// nothing but what they take considered, and whether they bear each other.
func (w plain) room(p *corev1.Pod, n *fit.Node) int {
	for _, t := range apartTerms(p) {
		if selects(t, p, p, w.namespaces) && sameDomain(n, n, t.TopologyKey) {
			if w.fits(p, n) {
				return 1
			}
			return 0
		}
	}
	many := 0
	for ; w.fits(p, n); many++ {
		w = w.with(p, n.Name)
	}
	return many
}

// anyWorld draws a few nodes in and out of zones, and Pods that have much to do
// with each other. The first Pods are replicas of one template.
func anyWorld(t *rapid.T) plain {
	w := plain{namespaces: map[string]map[string]string{"shop": {"team": "a"}, "bank": {"team": "b"}}}
	some := func(what string) bool { return rapid.IntRange(0, 3).Draw(t, what) == 0 }
	for i := range rapid.IntRange(1, 5).Draw(t, "nodes") {
		n := node(fmt.Sprint("n", i), rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "zone"), offering(
			"cpu", fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "cpu")), "memory", fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "memory")),
			"pods", fmt.Sprint(rapid.IntRange(0, 6).Draw(t, "slots")), "example.com/gpu", fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "gpus"))))
		for _, change := range []func(*fit.Node){closed, outside, tainted, unnamed} {
			if some("change") {
				change(&n)
			}
		}
		w.nodes = append(w.nodes, n)
	}
	where := func() string { return fmt.Sprint("n", rapid.IntRange(0, 5).Draw(t, "on")) } // there may be no such node
	like := anyRules(t)
	for i := range rapid.IntRange(1, 4).Draw(t, "replicas") {
		w.pods = append(w.pods, pod(fmt.Sprint("web-", i), where(), like))
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "others") {
		app := of(rapid.SampledFrom([]string{"web", "db"}).Draw(t, "app"))
		p := pod(fmt.Sprint("other-", i), where(), anyRules(t), app, in(rapid.SampledFrom([]string{"shop", "bank"}).Draw(t, "namespace")))
		if some("leaving") {
			leaving(p)
		}
		w.pods = append(w.pods, p)
	}
	return w
}

func anyRules(t *rapid.T) option {
	some := func(what string) bool { return rapid.IntRange(0, 3).Draw(t, what) == 0 }
	key := func() string { return rapid.SampledFrom([]string{host, zone}).Draw(t, "key") }
	selector := func() *metav1.LabelSelector {
		return rapid.SampledFrom([]*metav1.LabelSelector{selecting("app", "web"), selecting("app", "db"), {}, nil}).Draw(t, "selector")
	}
	anyTerm := func() corev1.PodAffinityTerm {
		a := term(key(), selector(), rapid.SampledFrom([][]string{nil, {"bank"}, {"bank", "shop"}}).Draw(t, "namespaces")...)
		a.NamespaceSelector = rapid.SampledFrom([]*metav1.LabelSelector{nil, nil, {}, selecting("team", "a")}).Draw(t, "among")
		return a
	}
	rules := []option{requesting(
		"cpu", fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "cpu")), "memory", fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "memory")),
		"example.com/gpu", fmt.Sprint(rapid.IntRange(0, 1).Draw(t, "gpus")),
	)}
	if some("port") {
		rules = append(rules, holding(rapid.SampledFrom([]string{"", "10.0.0.1", "10.0.0.2"}).Draw(t, "address"), 80))
	}
	if some("apart") {
		rules = append(rules, apart(anyTerm()))
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "together") {
		rules = append(rules, together(anyTerm()))
	}
	for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "spread") {
		honor := corev1.NodeInclusionPolicyHonor
		skew, domains := rapid.Int32Range(1, 2).Draw(t, "skew"), rapid.Int32Range(0, 3).Draw(t, "domains")
		policy := rapid.SampledFrom([]*corev1.NodeInclusionPolicy{nil, &honor}).Draw(t, "taints")
		rules = append(rules, spread(key(), func(c *corev1.TopologySpreadConstraint) {
			c.MaxSkew, c.NodeTaintsPolicy = skew, policy
			if domains > 0 {
				c.MinDomains = &domains
			}
		}))
	}
	return all(rules...)
}

// isReplica tells the Pods of the template that is asked about.
func isReplica(name string) bool { return strings.HasPrefix(name, "web-") }

func TestASceneIsWhatTheRulesSayOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyWorld(t)
		q := ask(slices.Clone(w.nodes), w.pods...)
		q.fit.NamespaceLabels = func(n string) map[string]string { return w.namespaces[n] }
		first := w.pods[0]
		q.fit.Candidates = slices.DeleteFunc(q.fit.Candidates, func(c *podview.Pod) bool { return !isReplica(c.Name) })
		scene := q.fit.Scene()

		spots := make(map[string]int)
		for i, s := range scene.Spots {
			spots[s.Node] = i
			if n := w.node(s.Node); s.Room != w.room(first, n) || s.Zone != n.Zone {
				t.Fatalf("%s has room for %d in zone %q, want %d in %q", s.Node, s.Room, s.Zone, w.room(first, n), n.Zone)
			}
			if i > 0 && scene.Spots[i-1].Node >= s.Node {
				t.Fatalf("the spots are not sorted: %+v", scene.Spots)
			}
		}
		used := make(map[string]bool)
		at := 0
		for _, p := range w.pods {
			if !isReplica(p.Name) || w.node(p.Spec.NodeName) == nil {
				continue
			}
			c := scene.Candidates[at]
			at++
			gone := w.without(p)
			for i := range w.nodes {
				n := &w.nodes[i]
				want := n.Admitted && gone.fits(first, n) && gone.welcome(first, n) && gone.even(first, n)
				spot, ok := spots[n.Name]
				if got := ok && c.Admits.Has(spot); got != want {
					t.Fatalf("without %s, %s admits: %t, want %t", p.Name, n.Name, got, want)
				}
				used[n.Name] = used[n.Name] || want
			}
		}
		if at != len(scene.Candidates) {
			t.Fatalf("%d candidates, want %d", len(scene.Candidates), at)
		}
		for name := range spots {
			if !used[name] {
				t.Fatalf("%s is a spot, and admits nobody", name)
			}
		}
	})
}
