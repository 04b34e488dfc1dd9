package fit_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/fit"
)

// four are nodes in two zones.
func four(changes ...func(*fit.Node)) []fit.Node {
	nodes := []fit.Node{node("a", "1"), node("b", "1"), node("c", "2"), node("d", "2")}
	for i, change := range changes {
		if change != nil {
			change(&nodes[i])
		}
	}
	return nodes
}

// rule is a case: where the successor of web-0 may go.
type rule struct {
	nodes []fit.Node
	pods  []*corev1.Pod
	want  []string
}

func (r rule) test(t *testing.T, change func(*question)) {
	t.Helper()
	q := ask(r.nodes, r.pods...)
	if change != nil {
		change(q)
	}
	if got := admits(t, q.fit.Scene(), "web-0"); !slices.Equal(got, r.want) {
		t.Errorf("it admits %v, want %v", got, r.want)
	}
}

func TestRequiredAntiAffinityKeepsAwayBothWays(t *testing.T) {
	web, db := selecting("app", "web"), selecting("app", "db")
	fromWeb, fromDB := apart(term(host, web)), apart(term(host, db))
	tests := map[string]rule{
		"nobody stands apart": {
			four(), []*corev1.Pod{pod("web-0", "a"), pod("web-1", "b"), pod("db", "c", of("db"))}, []string{"a", "b", "c", "d"},
		},
		"its fellows' nodes, and not its own": {
			four(), []*corev1.Pod{pod("web-0", "a", fromWeb), pod("web-1", "b", fromWeb)}, []string{"a", "c", "d"},
		},
		"its own too where a fellow stands there besides": {
			four(), []*corev1.Pod{pod("web-0", "a", fromWeb), pod("web-1", "a", fromWeb)}, []string{"b", "c", "d"},
		},
		"a fellow that leaves is still there": {
			four(), []*corev1.Pod{pod("web-0", "a", fromWeb), pod("web-1", "b", fromWeb, leaving)}, []string{"a", "c", "d"},
		},
		"other Pods that it keeps away from": {
			four(), []*corev1.Pod{pod("web-0", "a", fromDB), pod("db", "b", of("db"))}, []string{"a", "c", "d"},
		},
		"other Pods that keep it away": {
			four(), []*corev1.Pod{pod("web-0", "a"), pod("db", "b", of("db"), fromWeb)}, []string{"a", "c", "d"},
		},
		"a DaemonSet's Pods keep it away too": {
			four(), []*corev1.Pod{pod("web-0", "a"), pod("agent", "b", of("agent"), fromWeb, func(p *corev1.Pod) { p.OwnerReferences[0].Kind = "DaemonSet" })},
			[]string{"a", "c", "d"},
		},
		"whole zones": {
			four(), []*corev1.Pod{pod("web-0", "a", apart(term(zone, web))), pod("web-1", "c", apart(term(zone, web)))}, []string{"a", "b"},
		},
		"its own zone where a fellow is in it": {
			four(), []*corev1.Pod{pod("web-0", "a", apart(term(zone, web))), pod("web-1", "b", apart(term(zone, web)))}, []string{"c", "d"},
		},
		"by a Pod on a node that is not eligible": {
			four(nil, nil, closed), []*corev1.Pod{pod("web-0", "a"), pod("db", "c", of("db"), apart(term(zone, web)))}, []string{"a", "b"},
		},
		"from a Pod on a node that is not eligible": {
			four(nil, nil, closed), []*corev1.Pod{pod("web-0", "a", apart(term(zone, db))), pod("db", "c", of("db"))}, []string{"a", "b"},
		},
		"a node that is in no domain is in nobody's": {
			four(nil, unnamed), []*corev1.Pod{pod("web-0", "a", fromDB), pod("db", "b", of("db"))}, []string{"a", "b", "c", "d"},
		},
		"Pods of another namespace are others": {
			four(), []*corev1.Pod{pod("web-0", "a", fromWeb), pod("bank", "b", in("bank"), fromWeb)}, []string{"a", "b", "c", "d"},
		},
		"unless the term names it": {
			four(), []*corev1.Pod{pod("web-0", "a", apart(term(host, web, "bank"))), pod("bank", "b", in("bank")), pod("web-1", "c")}, []string{"a", "c", "d"},
		},
		"each of several terms": {
			four(), []*corev1.Pod{pod("web-0", "a", fromWeb, fromDB), pod("web-1", "b"), pod("db", "c", of("db"))}, []string{"a", "d"},
		},
		"a rollout's fellows by their revision": {
			four(), []*corev1.Pod{
				pod("web-0", "a", apart(term(host, selecting("app", "web", "pod-template-hash", "1")))),
				pod("web-1", "b"), pod("old", "c", labelled("pod-template-hash", "0")),
			}, []string{"a", "c", "d"},
		},
	}
	tests["its zone's label does not follow it to another"] = rule{
		four(), []*corev1.Pod{pod("web-0", "a", labelled(zone, "1")), pod("db", "c", of("db"), apart(term(host, selecting(zone, "1"))))}, []string{"a", "b", "c", "d"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.test(t, nil) })
	}
}

func TestNamespacesAreSelectedByTheirLabels(t *testing.T) {
	among := term(host, selecting("app", "web"))
	among.NamespaceSelector = selecting("team", "a")
	tests := map[string]rule{
		"for what it keeps away from": {
			four(), []*corev1.Pod{pod("web-0", "a", apart(among)), pod("bank", "b", in("bank")), pod("post", "c", in("post"))}, []string{"a", "c", "d"},
		},
		"for what keeps it away, of no namespace known": {
			four(), []*corev1.Pod{pod("web-0", "a"), pod("bank", "b", in("bank"), apart(among))}, []string{"a", "b", "c", "d"},
		},
	}
	tests["for what keeps it away, of its own"] = rule{
		four(), []*corev1.Pod{pod("web-0", "a"), pod("bank", "b", in("bank"), apart(func() corev1.PodAffinityTerm {
			among.NamespaceSelector = selecting("team", "shop")
			return among
		}()))}, []string{"a", "c", "d"},
	}
	labelsOf := map[string]map[string]string{"bank": {"team": "a"}, "post": {"team": "b"}, "shop": {"team": "shop"}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.test(t, func(q *question) { q.fit.NamespaceLabels = func(n string) map[string]string { return labelsOf[n] } })
		})
	}
}

func TestRequiredAffinityKeepsTogether(t *testing.T) {
	web, db := selecting("app", "web"), selecting("app", "db")
	withDB, withWeb := together(term(zone, db)), together(term(zone, web))
	tests := map[string]rule{
		"with other Pods": {
			four(), []*corev1.Pod{pod("web-0", "a", withDB), pod("db", "c", of("db"))}, []string{"c", "d"},
		},
		"with Pods on a node that is not eligible": {
			four(nil, nil, closed), []*corev1.Pod{pod("web-0", "a", withDB), pod("db", "c", of("db"))}, []string{"d"},
		},
		"with nobody where there is nobody": {
			four(), []*corev1.Pod{pod("web-0", "a", withDB)}, nil,
		},
		"with its fellows": {
			four(), []*corev1.Pod{pod("web-0", "a", withWeb), pod("web-1", "c", withWeb)}, []string{"c", "d"},
		},
		"with itself it is the first": {
			four(nil, nil, zoneless), []*corev1.Pod{pod("web-0", "a", withWeb)}, []string{"a", "b", "d"},
		},
		"with Pods that every term is about": {
			four(), []*corev1.Pod{
				pod("web-0", "a", withDB, together(term(zone, selecting("tier", "back")))),
				pod("db-0", "b", of("db")), pod("db-1", "c", of("db"), labelled("tier", "back")),
			}, []string{"c", "d"},
		},
		"in a domain of each term": {
			four(nil, nil, nil, unnamed), []*corev1.Pod{pod("web-0", "a", withDB, together(term(host, db))), pod("db-0", "c", of("db")), pod("db-1", "d", of("db"))},
			[]string{"c"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.test(t, nil) })
	}
}

func TestHardSpreadConstraintsAreTheSchedulers(t *testing.T) {
	ignore, honor := corev1.NodeInclusionPolicyIgnore, corev1.NodeInclusionPolicyHonor
	anyNode := func(c *corev1.TopologySpreadConstraint) { c.NodeAffinityPolicy = &ignore }
	untainted := func(c *corev1.TopologySpreadConstraint) { c.NodeTaintsPolicy = &honor }
	byTwo := func(c *corev1.TopologySpreadConstraint) { c.MaxSkew = 2 }
	everybody := func(c *corev1.TopologySpreadConstraint) { c.LabelSelector = &metav1.LabelSelector{} }
	fellows := func(each option, nodes ...string) []*corev1.Pod {
		var pods []*corev1.Pod
		for i, n := range nodes {
			pods = append(pods, pod("web-"+string(rune('0'+i)), n, each))
		}
		return pods
	}
	over := spread
	tests := map[string]rule{
		"where its going leaves the emptiest domain": {
			four(), fellows(over(zone), "a", "c"), []string{"a", "b"},
		},
		"anywhere where all are even without it": {
			four(), fellows(over(zone), "a", "b", "c"), []string{"a", "b", "c", "d"},
		},
		"not where there are more already": {
			four(), fellows(over(zone), "a", "c", "d"), []string{"a", "b"},
		},
		"a greater skew lets more": {
			four(), fellows(over(zone, byTwo), "a", "c"), []string{"a", "b", "c", "d"},
		},
		"by node": {
			four(), fellows(over(host), "a", "b", "c"), []string{"a", "d"},
		},
		"a node that is only cordoned is a domain": {
			four(nil, nil, nil, closed), fellows(over(host), "a", "b", "c"), []string{"a"},
		},
		"one that its affinity excludes is none": {
			four(nil, nil, nil, outside), fellows(over(host), "a", "b", "c", "c"), []string{"a"},
		},
		"so that the least is another": {
			four(nil, nil, outside, outside), fellows(over(host), "a", "a", "b"), []string{"a", "b"},
		},
		"unless the policy says so": {
			four(nil, nil, outside, outside), fellows(over(host, anyNode), "a", "a", "b"), nil,
		},
		"a tainted one is a domain": {
			four(nil, nil, tainted, tainted), fellows(over(host), "a", "a", "b"), nil,
		},
		"unless the policy honours taints": {
			four(nil, nil, tainted, tainted), fellows(over(host, untainted), "a", "a", "b"), []string{"a", "b"},
		},
		"too few domains count as an empty one": {
			four(), fellows(over(zone, minDomains(3)), "a", "b", "c", "d"), nil,
		},
		"and let in who comes to an empty one": {
			four(), fellows(over(zone, minDomains(3)), "a", "c"), []string{"a", "b"},
		},
		"enough domains do not": {
			four(), fellows(over(zone, minDomains(2)), "a", "b", "c", "d"), []string{"a", "b"},
		},
		"a node without the label takes nobody and counts nowhere": {
			four(nil, nil, zoneless, zoneless), fellows(over(zone), "a", "c", "d"), []string{"a", "b"},
		},
		"a node without one constraint's label counts for no other": {
			four(nil, nil, nil, zoneless), fellows(all(over(zone), over(host)), "a", "a", "b", "c"), []string{"c"},
		},
		"who leaves does not count": {
			four(), append(fellows(over(zone), "a", "c"), pod("gone", "a", over(zone), leaving)), []string{"a", "b"},
		},
		"Pods of another namespace do not": {
			four(), append(fellows(over(zone), "a", "c"), pod("bank", "a", in("bank"))), []string{"a", "b"},
		},
		"others that are selected do": {
			four(), append(fellows(over(zone, func(c *corev1.TopologySpreadConstraint) { c.LabelSelector = selecting("tier", "front") }), "a"),
				pod("db", "c", of("db"), labelled("tier", "front")), pod("more", "d", of("db"), labelled("tier", "front"))), []string{"a", "b"},
		},
		"a constraint of all Pods counts none": {
			four(), fellows(over(zone, everybody), "a", "c", "d"), []string{"a", "b", "c", "d"},
		},
		"both constraints": {
			four(), fellows(all(over(zone), over(host)), "a", "b", "c"), []string{"a", "d"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.test(t, nil) })
	}
}

// claims are volumes by claim, and the zone that each volume is in.
type claims map[string]string

func (c claims) Claim(namespace, name string) (string, bool) {
	volume, ok := c[namespace+"/"+name]
	return volume, ok
}

func (c claims) Volume(name string) (*corev1.NodeSelector, bool) {
	in, ok := c[name]
	if !ok || in == "" {
		return nil, ok
	}
	return &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
		{Key: zone, Operator: corev1.NodeSelectorOperator(map[bool]string{true: "Like", false: "In"}[in == "wrong"]), Values: []string{in}},
	}}}}, true
}

func TestBoundVolumesPinASuccessor(t *testing.T) {
	known := claims{
		"shop/one": "pv-1", "pv-1": "1", "shop/two": "pv-2", "pv-2": "2", "shop/anywhere": "pv-any", "pv-any": "",
		"shop/unbound": "", "shop/lost": "pv-lost", "bank/other": "pv-1", "shop/unread": "pv-wrong", "pv-wrong": "wrong",
	}
	tests := map[string]struct {
		claims []string
		want   []string
	}{
		"none":                              {nil, []string{"a", "b", "c", "d"}},
		"to the nodes of its volume":        {[]string{"two"}, []string{"c", "d"}},
		"to those of each volume":           {[]string{"one", "two"}, nil},
		"a volume of all nodes does not":    {[]string{"anywhere", "one"}, []string{"a", "b"}},
		"a claim not bound does not":        {[]string{"unbound"}, []string{"a", "b", "c", "d"}},
		"a claim that is not there neither": {[]string{"never"}, []string{"a", "b", "c", "d"}},
		"one of another namespace neither":  {[]string{"other"}, []string{"a", "b", "c", "d"}},
		"a volume that is gone to nowhere":  {[]string{"lost"}, nil},
		"one that can not be read too":      {[]string{"unread"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := rule{four(), []*corev1.Pod{pod("web-0", "a", mounting(test.claims...)), pod("web-1", "b")}, test.want}
			r.test(t, func(q *question) { q.fit.Volumes = known })
			q := ask(four(), r.pods...)
			if got := admits(t, q.fit.Scene(), "web-0"); len(got) != 4 {
				t.Errorf("where nothing is known of volumes, it admits %v", got)
			}
			q.fit.Volumes = known
			if got := admits(t, q.fit.Scene(), "web-1"); len(got) != 4 {
				t.Errorf("its fellow without claims is admitted by %v", got)
			}
		})
	}
}

func TestAStatefulSetsPodKeepsItsOwnLabels(t *testing.T) {
	const podName = "statefulset.kubernetes.io/pod-name"
	ofSet := all(func(p *corev1.Pod) { p.OwnerReferences[0].Kind = "StatefulSet"; p.Labels[podName] = p.Name })
	q := ask(four(),
		pod("web-0", "a", ofSet), pod("web-1", "b", ofSet),
		pod("db", "c", of("db"), apart(term(host, selecting(podName, "web-0")))), pod("agent", "d", of("db"), apart(term(host, selecting(podName, "web-1")))),
	)
	scene := q.fit.Scene()
	if got := admits(t, scene, "web-0"); !slices.Equal(got, []string{"a", "b", "d"}) {
		t.Errorf("web-0 is admitted by %v", got)
	}
	if got := admits(t, scene, "web-1"); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("web-1 is admitted by %v", got)
	}
}
