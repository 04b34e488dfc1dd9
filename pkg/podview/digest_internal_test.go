package podview

import (
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestTheDigestKnowsEveryField(t *testing.T) {
	// AppIndex follows from Workload, PerPod from a selector.
	for what, fields := range map[reflect.Type]int{
		reflect.TypeFor[Template]():             11,
		reflect.TypeFor[Scheduling]():           4,
		reflect.TypeFor[Demand]():               5,
		reflect.TypeFor[Amount]():               2,
		reflect.TypeFor[HostPort]():             3,
		reflect.TypeFor[Rules]():                4,
		reflect.TypeFor[Term]():                 5,
		reflect.TypeFor[Spread]():               7,
		reflect.TypeFor[placement.WorkloadID](): 3,
		reflect.TypeFor[placement.AppKey]():     2,
		reflect.TypeFor[placement.Template]():   5,
		reflect.TypeFor[placement.Constraint](): 3,
		reflect.TypeFor[corev1.Toleration]():    5,
	} {
		if what.NumField() != fields {
			t.Errorf("%v has %d fields, and the digest is of %d: bring digest.go up to date", what, what.NumField(), fields)
		}
	}
}

func TestValuesDoNotRunIntoEachOther(t *testing.T) {
	seconds := func(n int64) *int64 { return &n }
	tolerating := func(all ...corev1.Toleration) *Scheduling { return &Scheduling{Tolerations: all} }
	seen := make(map[string]string)
	for name, s := range map[string]*Scheduling{
		"none":                       {},
		"a selector":                 {NodeSelector: map[string]string{"a": "b"}},
		"its key and value moved":    {NodeSelector: map[string]string{"ab": ""}},
		"two":                        {NodeSelector: map[string]string{"a": "b", "c": "d"}},
		"an empty affinity":          {Affinity: &corev1.NodeSelector{}},
		"any toleration":             tolerating(corev1.Toleration{}),
		"two of them":                tolerating(corev1.Toleration{}, corev1.Toleration{}),
		"a key":                      tolerating(corev1.Toleration{Key: "a"}),
		"a value":                    tolerating(corev1.Toleration{Value: "a"}),
		"an operator":                tolerating(corev1.Toleration{Operator: "a"}),
		"an effect":                  tolerating(corev1.Toleration{Effect: "a"}),
		"no seconds at all":          tolerating(corev1.Toleration{TolerationSeconds: seconds(0)}),
		"less than no seconds":       tolerating(corev1.Toleration{TolerationSeconds: seconds(-1)}),
		"a key in another's place":   tolerating(corev1.Toleration{}, corev1.Toleration{Key: "a"}),
		"seconds in another's place": tolerating(corev1.Toleration{}, corev1.Toleration{TolerationSeconds: seconds(0)}),
	} {
		class := classOf(s)
		if other, ok := seen[class]; ok {
			t.Errorf("%q and %q are of one class", name, other)
		}
		seen[class] = name
	}
}

func TestDemandsDoNotRunIntoEachOther(t *testing.T) {
	gpus := func(n int64) []Amount { return []Amount{{"example.com/gpu", n}} }
	seen := make(map[digest]string)
	for name, d := range map[string]*Demand{
		"none":                   nil,
		"of nothing":             {},
		"CPU":                    {CPU: 1},
		"memory":                 {Memory: 1},
		"storage":                {Storage: 1},
		"less than nothing":      {Storage: -1},
		"a device":               {Extended: gpus(1)},
		"two devices":            {Extended: gpus(2)},
		"devices of two kinds":   {Extended: append(gpus(1), Amount{"example.com/nic", 1})},
		"a port":                 {Ports: []HostPort{{anyIP, "TCP", 80}}},
		"of another protocol":    {Ports: []HostPort{{anyIP, "UDP", 80}}},
		"another port":           {Ports: []HostPort{{anyIP, "TCP", 81}}},
		"the port of an address": {Ports: []HostPort{{"10.0.0.1", "TCP", 80}}},
		"two ports":              {Ports: []HostPort{{anyIP, "TCP", 80}, {anyIP, "TCP", 81}}},
	} {
		key := demandDigest(d)
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %q are one", name, other)
		}
		seen[key] = name
	}
}

func TestRulesDoNotRunIntoEachOther(t *testing.T) {
	web, db := labels.SelectorFromSet(labels.Set{"app": "web"}), labels.SelectorFromSet(labels.Set{"app": "db"})
	term := Term{TopologyKey: "zone", Selector: web, Namespaces: []string{"shop"}}
	terms := func(change func(*Term)) []Term {
		changed := term
		change(&changed)
		return []Term{changed}
	}
	spread := Spread{TopologyKey: "zone", MaxSkew: 1, MinDomains: 1, Selector: web}
	spreads := func(change func(*Spread)) *Rules {
		changed := spread
		change(&changed)
		return &Rules{Spread: []Spread{changed}}
	}
	seen := make(map[digest]string)
	for name, r := range map[string]*Rules{
		"none":                    nil,
		"empty ones":              {},
		"something unknown":       {Unknown: "it claims devices"},
		"apart":                   {Apart: []Term{term}},
		"together":                {Together: []Term{term}},
		"twice":                   {Apart: []Term{term, term}},
		"over another key":        {Apart: terms(func(t *Term) { t.TopologyKey = "host" })},
		"of other Pods":           {Apart: terms(func(t *Term) { t.Selector = db })},
		"of all Pods":             {Apart: terms(func(t *Term) { t.Selector = labels.Everything() })},
		"of no Pods":              {Apart: terms(func(t *Term) { t.Selector = labels.Nothing() })},
		"in another namespace":    {Apart: terms(func(t *Term) { t.Namespaces = []string{"bank"} })},
		"in two":                  {Apart: terms(func(t *Term) { t.Namespaces = []string{"bank", "shop"} })},
		"in selected ones too":    {Apart: terms(func(t *Term) { t.Among = db })},
		"in all":                  {Apart: terms(func(t *Term) { t.Among = labels.Everything() })},
		"spread":                  {Spread: []Spread{spread}},
		"spread over another key": spreads(func(s *Spread) { s.TopologyKey = "host" }),
		"spread by less":          spreads(func(s *Spread) { s.MaxSkew = 2 }),
		"spread over more":        spreads(func(s *Spread) { s.MinDomains = 2 }),
		"spread of other Pods":    spreads(func(s *Spread) { s.Selector = db }),
		"spread over any node":    spreads(func(s *Spread) { s.AnyNode = true }),
		"spread over untainted":   spreads(func(s *Spread) { s.Untainted = true }),
	} {
		key := digestOf(&Template{Rules: r}, digest{})
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %q are one", name, other)
		}
		seen[key] = name
	}
}
