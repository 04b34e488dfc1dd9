package notify

import (
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

var (
	web = placement.WorkloadID{
		AppKey: placement.AppKey{Namespace: "shop", App: "web"}, Kind: "ReplicaSet", Name: "web",
	}
	noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
)

func item(a placement.Assessment) report.Item {
	a.ID = web
	return report.Item{Assessment: a, Since: noon}
}

const softCure = `spec:
  topologySpreadConstraints:
  - topologyKey: topology.kubernetes.io/zone
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        "app": "web"
  # ScheduleAnyway over this key stands already. This one binds.
  - topologyKey: kubernetes.io/hostname
    maxSkew: 1
    whenUnsatisfiable: DoNotSchedule
`

const driftCure = `# The template already asks for better; its Pods drifted. Have them placed anew:
# kubectl -n shop rollout restart deployment/web
`

func TestWhatIsSaid(t *testing.T) {
	onOneNode := placement.Assessment{
		Verdict: placement.NodeFragile, Replicas: 4, Ready: 4,
		WorstNode: placement.Loss{Name: "n1", Share: 1}, WorstZone: placement.Loss{Name: "a", Share: 1},
		Cause: "no spread constraint over kubernetes.io/hostname",
	}
	fixable, hopeless, drifted, lone := onOneNode, onOneNode, onOneNode, onOneNode
	fixable.Fixable, fixable.Because, fixable.Cure = true, "its 4 ready replicas could stand on 3 eligible nodes", softCure
	hopeless.Because = "one eligible node only (2 cordoned)"
	drifted.Cause, drifted.Cure = "drifted since scheduling", driftCure
	lone.Ready, lone.Cause = 1, "only 1 of its 4 replicas is ready"
	lone.Because = "only 1 of its 4 replicas is ready: there is nothing to spread"

	cases := map[string]struct {
		assessed placement.Assessment
		from     placement.Verdict
		reason   Reason
		want     string
	}{
		"down": {
			assessed: placement.Assessment{Verdict: placement.Unavailable, Replicas: 3, Cause: "no replica has been scheduled"},
			reason:   Unavailable,
			want:     "The app is down: no replica has been scheduled (0 of 3 ready).",
		},
		"down, and nobody knows why": {
			assessed: placement.Assessment{Verdict: placement.Unavailable, Replicas: 1},
			reason:   Unavailable,
			want:     "The app is down: no replica is ready (0 of 1 ready).",
		},
		"on one node, with a cure": {
			assessed: fixable, reason: NodeFragile,
			want: "All 4 ready replicas are on node n1: its failure would take the app down. " +
				"Cause: no spread constraint over kubernetes.io/hostname. " +
				"Cure: add topologySpreadConstraints to its Pod template over topology.kubernetes.io/zone (ScheduleAnyway) and kubernetes.io/hostname (DoNotSchedule).",
		},
		"on one node, with nowhere to go": {
			assessed: hopeless, reason: NodeFragile,
			want: "All 4 ready replicas are on node n1: its failure would take the app down. " +
				"Cause: no spread constraint over kubernetes.io/hostname. " +
				"Not fixable today: one eligible node only (2 cordoned).",
		},
		"on one node, drifted": {
			assessed: drifted, reason: NodeFragile,
			want: "All 4 ready replicas are on node n1: its failure would take the app down. Cause: drifted since scheduling. " +
				"Cure: The template already asks for better; its Pods drifted. Have them placed anew: kubectl -n shop rollout restart deployment/web.",
		},
		"the only ready one; its cause is not said twice": {
			assessed: lone, reason: NodeFragile,
			want: "The only ready replica of 4 is on node n1: its failure would take the app down. " +
				"Not fixable today: only 1 of its 4 replicas is ready: there is nothing to spread.",
		},
		"in one zone": {
			assessed: placement.Assessment{
				Verdict: placement.ZoneFragile, Replicas: 3, Ready: 3, WorstZone: placement.Loss{Name: "a", Share: 1},
				Cause: "no spread constraint over topology.kubernetes.io/zone", Fixable: true,
			},
			reason: ZoneFragile,
			want: "All 3 ready replicas are in zone a: its failure would take the app down. " +
				"Cause: no spread constraint over topology.kubernetes.io/zone.",
		},
		"uneven": {
			assessed: placement.Assessment{
				Verdict: placement.Uneven, Replicas: 7, Ready: 7, Fixable: true,
				WorstNode: placement.Loss{Name: "n1", Share: 5. / 7}, WorstZone: placement.Loss{Name: "a", Share: 6. / 7},
				Cause: "only a soft constraint, which the scheduler may ignore",
			},
			reason: Uneven,
			want: "Spread more unevenly than its policy tolerates: of its 7 ready replicas, node n1 would take 5 with it and zone a 6. " +
				"Cause: only a soft constraint, which the scheduler may ignore.",
		},
		"uneven, without zones": {
			assessed: placement.Assessment{
				Verdict: placement.Uneven, Replicas: 3, Ready: 3, WorstNode: placement.Loss{Name: "n1", Share: 2. / 3},
			},
			reason: Uneven,
			want:   "Spread more unevenly than its policy tolerates: of its 3 ready replicas, node n1 would take 2 with it.",
		},
		"well again": {
			assessed: placement.Assessment{Verdict: placement.Healthy, Replicas: 4, Ready: 3, Nodes: []placement.Share{
				{Node: "n1", Zone: "a", Ready: 1}, {Node: "n2", Zone: "a", Ready: 1}, {Node: "n3", Zone: "b", Ready: 1},
			}},
			from: placement.NodeFragile, reason: Recovered,
			want: "No longer NodeFragile: 3 of 4 replicas ready, on 3 nodes in 2 zones.",
		},
		"well again, in no or one zone": {
			assessed: placement.Assessment{Verdict: placement.Healthy, Replicas: 2, Ready: 2, Nodes: []placement.Share{
				{Node: "n1", Ready: 1}, {Node: "n2", Zone: "a", Ready: 1},
			}},
			from: placement.Uneven, reason: Recovered,
			want: "No longer Uneven: 2 of 2 replicas ready, on 2 nodes.",
		},
		"well again, as a single one": {
			assessed: placement.Assessment{Verdict: placement.Single, Replicas: 1, Ready: 1, Nodes: []placement.Share{{Node: "n1", Ready: 1}}},
			from:     placement.Unavailable, reason: Recovered,
			want: "No longer Unavailable: 1 of 1 replica ready, on node n1.",
		},
		"well again, on virtual nodes": {
			assessed: placement.Assessment{Verdict: placement.Healthy, Replicas: 2, Ready: 2},
			from:     placement.Unavailable, reason: Recovered,
			want: "No longer Unavailable: 2 of 2 replicas ready.",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m, ok := ofChange(report.Change{Item: item(c.assessed), From: c.from})
			if !ok || m.reason != c.reason {
				t.Fatalf("got reason %q, %v; want %q", m.reason, ok, c.reason)
			}
			if m.note != c.want {
				t.Errorf("it says\n\t%s\nwant\n\t%s", m.note, c.want)
			}
		})
	}
}

func TestWhatIsSaidOfAMalformedAnnotation(t *testing.T) {
	_, invalid := placement.DefaultPolicy().Override(map[string]string{placement.SettleAnnotation: "a\nwhile"})
	want := `The Pod template's annotation evenkeel.dev/settle: "a\nwhile" is ignored: want a duration such as 30s or 2m.`
	if got := policyMessage("The Pod template's", invalid[0]).note; got != want {
		t.Errorf("it says\n\t%s\nwant\n\t%s", got, want)
	}
}

func TestOnlyWaysIntoTroubleAndOutOfItAreWorthAnEvent(t *testing.T) {
	reasons := make(map[Reason]bool)
	for _, r := range Reasons() {
		reasons[r] = true
	}
	for _, from := range append(placement.Verdicts(), "") {
		for _, to := range placement.Verdicts() {
			m, said := ofChange(report.Change{Item: item(placement.Assessment{Verdict: to}), From: from})
			well := to == placement.Healthy || to == placement.Single
			switch {
			case to.AtRisk() && (!said || m.reason != Reason(to)):
				t.Errorf("from %q to %s: said %v, %q", from, to, said, m.reason)
			case well && said != from.AtRisk():
				t.Errorf("from %q to %s: said %v", from, to, said)
			case to == placement.Settling && said:
				t.Errorf("from %q to %s is told of", from, to)
			case said && !reasons[m.reason]:
				t.Errorf("from %q to %s: %s is no listed reason", from, to, m.reason)
			}
		}
	}
}
