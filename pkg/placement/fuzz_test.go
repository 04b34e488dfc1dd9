package placement_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func FuzzParseLoss(f *testing.F) {
	for _, seed := range []string{"34%", "33.4%", "100%", "0%", "140%", "-3%", "34", "34 %", "1e400%", "NaN%", "Inf%", "0x1p-2%", " 1% ", "", "%", "."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		loss, err := placement.ParseLoss(s)
		switch {
		case err != nil && loss != 0:
			t.Errorf("%q is %v and an error: %v", s, loss, err)
		case err == nil && !(loss > 0 && loss <= 1):
			t.Errorf("%q is %v, which is not in (0,1]", s, loss)
		case err == nil && !strings.HasSuffix(strings.TrimSpace(s), "%"):
			t.Errorf("%q is no percentage, but %v", s, loss)
		}
	})
}

func FuzzOverride(f *testing.F) {
	f.Add("34%", "67%", "2m", "enforce")
	f.Add("", "", "", "")
	f.Add("140%", "-3%", "11m", "ENFORCE")
	f.Add("NaN%", "1e400%", "-1s", "off\n")
	f.Add("\xff%", strings.Repeat("9", 400)+"%", "9223372036854775807ns", strings.Repeat("é", 99))
	f.Fuzz(func(t *testing.T, node, zone, settle, mode string) {
		base := placement.DefaultPolicy()
		got, invalid := base.Override(map[string]string{
			placement.MaxNodeLossAnnotation: node,
			placement.MaxZoneLossAnnotation: zone,
			placement.SettleAnnotation:      settle,
			placement.ModeAnnotation:        mode,
		})
		if !(got.MaxNodeLoss > 0 && got.MaxNodeLoss <= 1 && got.MaxZoneLoss > 0 && got.MaxZoneLoss <= 1) {
			t.Errorf("losses are %v and %v, not in (0,1]", got.MaxNodeLoss, got.MaxZoneLoss)
		}
		if got.Settle < 0 || got.Settle > got.SettleMax || got.SettleMax != base.SettleMax {
			t.Errorf("settle is %s of %s", got.Settle, got.SettleMax)
		}
		ignored := make(map[string]bool)
		for _, i := range invalid {
			ignored[i.Annotation] = true
			if text := i.Error(); !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x00") || len(text) > 600 {
				t.Errorf("%q is no short line of valid UTF-8", text)
			}
		}
		if len(ignored) != len(invalid) {
			t.Errorf("an annotation is ignored twice: %v", invalid)
		}
		if ignored[placement.MaxNodeLossAnnotation] && got.MaxNodeLoss != base.MaxNodeLoss ||
			ignored[placement.MaxZoneLossAnnotation] && got.MaxZoneLoss != base.MaxZoneLoss ||
			ignored[placement.SettleAnnotation] && got.Settle != base.Settle {
			t.Errorf("ignored %v, but the policy changed to %+v", ignored, got)
		}
	})
}

func FuzzAssess(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("the quick brown fox jumps over the lazy dog, and over and over again"))
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		w := (&decoder{data}).workload()
		a, ok := placement.Assess(w)
		if ok != (len(w.Replicas) > 0) {
			t.Fatalf("a verdict: %t, of %d replicas", ok, len(w.Replicas))
		}
		if !ok {
			if !equal(a, placement.Assessment{}) {
				t.Fatalf("no verdict, but %+v", a)
			}
			return
		}
		if err := consistent(w, a); err != nil {
			t.Fatal(err)
		}
		if again, _ := placement.Assess(w); !equal(again, a) {
			t.Fatalf("once %+v,\nthen %+v", a, again)
		}
		for _, c := range decode(t, a.Cure) {
			if !equal(c.LabelSelector.MatchLabels, w.Template.Labels) {
				t.Fatalf("the cure selects %q, the labels are %q", c.LabelSelector.MatchLabels, w.Template.Labels)
			}
		}
	})
}

// decoder makes a workload of any bytes; where they end, zeros follow.
type decoder struct{ rest []byte }

func (d *decoder) byte() byte {
	if len(d.rest) == 0 {
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *decoder) bool() bool { return d.byte()&1 == 1 }

// below gives a number from 0 to one less than n.
func (d *decoder) below(n int) int { return int(d.byte()) % n }

func (d *decoder) text() string {
	n := min(d.below(20), len(d.rest))
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return strings.ToValidUTF8(s, "?")
}

func (d *decoder) duration() time.Duration { return time.Duration(d.byte()) * 5 * time.Second }

func (d *decoder) time() time.Time {
	if b := d.byte(); b > 0 {
		return ago(time.Duration(b-10) * 5 * time.Second)
	}
	return time.Time{}
}

func (d *decoder) workload() placement.Workload {
	w := placement.Workload{
		ID: placement.WorkloadID{
			AppKey: placement.AppKey{Namespace: "shop", App: "web"},
			Kind:   []string{"ReplicaSet", "StatefulSet", "Cask"}[d.below(3)],
			Name:   "web",
		},
		Now:           noon(),
		Removed:       d.time(),
		SettlingSince: d.time(),
		Policy: placement.Policy{
			MaxNodeLoss: float64(d.below(101)) / 100,
			MaxZoneLoss: float64(d.below(101)) / 100,
			Settle:      d.duration(),
			SettleMax:   d.duration(),
		},
	}
	w.Eligible.ByZone = make(map[string]int)
	for range d.below(4) {
		w.Eligible.ByZone[string(rune('1'+d.below(3)))] = 1 + d.below(3)
	}
	w.Eligible.Zoneless = d.below(3)
	w.Template = d.template()
	nodes := d.nodes()
	for range d.below(12) {
		w.Replicas = append(w.Replicas, d.replica(nodes))
	}
	for range d.below(3) {
		w.Terminating = append(w.Terminating, d.time())
	}
	return w
}

func (d *decoder) template() placement.Template {
	template := placement.Template{
		RevisionLabel:       []string{"", "pod-template-hash", "controller-revision-hash"}[d.below(3)],
		RequiredPodAffinity: d.bool(),
		VolumeClaims:        d.bool(),
		Labels:              make(map[string]string),
	}
	for range d.below(4) {
		template.Labels[d.text()] = d.text()
	}
	for range d.below(3) {
		template.Spread = append(template.Spread, placement.Constraint{
			TopologyKey: []string{placement.HostnameKey, placement.ZoneKey, "rack"}[d.below(3)],
			Hard:        d.bool(),
			Affinity:    d.bool(),
		})
	}
	return template
}

func (d *decoder) nodes() []placement.Replica {
	nodes := []placement.Replica{{}} // the first is none
	for i := range d.below(6) {
		nodes = append(nodes, placement.Replica{
			Node:    nodeName(i),
			Zone:    []string{"", "1", "2", "3"}[d.below(4)],
			Virtual: d.below(8) == 1,
		})
	}
	return nodes
}

func (d *decoder) replica(nodes []placement.Replica) placement.Replica {
	r := nodes[d.below(len(nodes))]
	r.Ready = r.Node != "" && d.bool()
	r.Revision = []string{"one", "two", "three"}[d.below(3)]
	r.Created, r.Placed, r.Changed = d.time(), d.time(), d.time()
	return r
}
