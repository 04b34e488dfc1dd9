package report_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// anyAssessments are those of an app's workloads, none included.
func anyAssessments(of placement.AppKey) *rapid.Generator[[]placement.Assessment] {
	return rapid.Custom(func(t *rapid.T) []placement.Assessment {
		var all []placement.Assessment
		for i := range rapid.IntRange(0, 2).Draw(t, "workloads") {
			a := assessed(fmt.Sprint("w", i), rapid.SampledFrom(placement.Verdicts()).Draw(t, "verdict"))
			a.ID.AppKey = of
			a.Fixable = rapid.Bool().Draw(t, "fixable")
			for n := range 4 {
				if ready := rapid.IntRange(0, 2).Draw(t, "ready"); ready > 0 {
					// Two nodes in zone 1, one in zone 2 and one in none.
					on(string(rune('a'+n)), []string{"1", "1", "2", ""}[n], ready)(&a)
				}
			}
			elsewhere(rapid.IntRange(0, 1).Draw(t, "virtual"))(&a)
			a.WorstNode.Share = rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "loss")
			all = append(all, a)
		}
		return all
	})
}

func names(items []report.Item) []string {
	var found []string
	for _, i := range items {
		found = append(found, i.ID.String())
	}
	return found
}

// same compares all that two reports say of the present.
func same(t *rapid.T, got, want *report.Report) {
	if !slices.Equal(names(got.Items()), names(want.Items())) {
		t.Fatalf("items %v, rebuilt %v", names(got.Items()), names(want.Items()))
	}
	if !maps.Equal(got.Tallies(), want.Tallies()) {
		t.Fatalf("tallies %v, rebuilt %v", got.Tallies(), want.Tallies())
	}
	if !maps.Equal(got.NodesLost(), want.NodesLost()) || !maps.Equal(got.ZonesLost(), want.ZonesLost()) {
		t.Fatalf("lost %v and %v, rebuilt %v and %v", got.NodesLost(), got.ZonesLost(), want.NodesLost(), want.ZonesLost())
	}
	for _, name := range []string{"a", "b", "c", "d", "1", "2", ""} {
		sameDomain(t, "node "+name, got.Node(name), want.Node(name))
		sameDomain(t, "zone "+name, got.Zone(name), want.Zone(name))
	}
}

func sameDomain(t *rapid.T, what string, got, want report.Domain) {
	if got.Ready != want.Ready || got.Workloads != want.Workloads ||
		!slices.Equal(names(got.Lost), names(want.Lost)) || !slices.Equal(names(got.Degraded), names(want.Degraded)) {
		t.Fatalf("%s: %+v, rebuilt %+v", what, got, want)
	}
}

// asWhatIf compares what a domain says with what its failure would do.
func asWhatIf(t *rapid.T, what string, got report.Domain, lost int, then placement.Blast[report.Item], all int) {
	if !slices.Equal(names(got.Lost), names(then.Lost)) || !slices.Equal(names(got.Degraded), names(then.Degraded)) {
		t.Fatalf("%s loses %v and degrades %v; what if: %v and %v", what, names(got.Lost), names(got.Degraded), names(then.Lost), names(then.Degraded))
	}
	if lost != len(then.Lost) || got.Workloads != len(then.Lost)+len(then.Degraded) || all < got.Workloads+then.Survives {
		t.Fatalf("%s counts %d lost of %d, with %d that survive of %d", what, lost, got.Workloads, then.Survives, all)
	}
}

func TestAggregatesAreAsIfBuiltFromTheFinalState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, final := report.New(), make(map[placement.AppKey][]placement.Assessment)
		for i := range rapid.IntRange(1, 20).Draw(t, "steps") {
			key := app(fmt.Sprint("app-", rapid.IntRange(0, 2).Draw(t, "app")))
			if final[key] == nil || rapid.IntRange(0, 4).Draw(t, "again") != 0 {
				final[key] = anyAssessments(key).Draw(t, "assessments")
			}
			r.Put(key, final[key], after(time.Duration(i)*time.Second))
		}
		rebuilt := report.New()
		for key, assessments := range final {
			rebuilt.Put(key, assessments, noon())
		}
		same(t, r, rebuilt)

		all := len(r.Items())
		for _, node := range []string{"a", "b", "c", "d"} {
			asWhatIf(t, "node "+node, r.Node(node), r.NodesLost()[node], r.WhatIf(placement.NodeGone(node)), all)
		}
		for _, zone := range []string{"1", "2"} {
			asWhatIf(t, "zone "+zone, r.Zone(zone), r.ZonesLost()[zone], r.WhatIf(placement.ZoneGone(zone)), all)
		}
		for key := range final {
			r.Put(key, nil, noon())
		}
		same(t, r, report.New())
	})
}

func TestWhatANodeAndAZoneCarry(t *testing.T) {
	r := report.New()
	r.Put(app("one"), []placement.Assessment{assessed("one", placement.Single, on("a", "1", 1))}, noon())
	r.Put(app("web"), []placement.Assessment{assessed("web", placement.ZoneFragile, on("a", "1", 2), on("b", "1", 1), fixable)}, noon())
	r.Put(app("far"), []placement.Assessment{assessed("far", healthy, on("a", "1", 1), elsewhere(1))}, noon())
	r.Put(app("down"), []placement.Assessment{assessed("down", placement.Unavailable)}, noon())

	a := r.Node("a")
	if a.Ready != 4 || a.Workloads != 3 || len(a.Lost) != 1 || a.Lost[0].ID != id("one") || len(a.Degraded) != 2 {
		t.Errorf("node a: %+v", a)
	}
	zone := r.Zone("1")
	if zone.Ready != 5 || zone.Workloads != 3 || len(zone.Lost) != 2 || zone.Lost[0].ID != id("web") || len(zone.Degraded) != 1 {
		t.Errorf("zone 1: %+v", zone)
	}
	both := r.WhatIf(placement.Gone{Nodes: map[string]bool{"a": true, "b": true}})
	if len(both.Lost) != 2 || len(both.Degraded) != 1 || both.Survives != 0 {
		t.Errorf("without a and b: %+v", both)
	}
	if want := (placement.Tally{Verdict: placement.ZoneFragile, Fixable: true}); r.Tallies()[want] != 1 || len(r.Tallies()) != 4 {
		t.Errorf("tallies %v", r.Tallies())
	}
}

func TestWhatChangesWithoutAMoveIsCountedToo(t *testing.T) {
	r := report.New()
	put := func(options ...func(*placement.Assessment)) {
		r.Put(app("web"), []placement.Assessment{assessed("web", fragile, append(options, on("a", "1", 1))...)}, noon())
	}
	put(elsewhere(1))
	put() // the replica on the virtual node is no longer ready
	if lost := r.NodesLost()["a"]; lost != 1 {
		t.Errorf("%d workloads are lost with node a, want 1", lost)
	}
	put(fixable)
	if tallies := r.Tallies(); len(tallies) != 1 || tallies[placement.Tally{Verdict: fragile, Fixable: true}] != 1 {
		t.Errorf("tallies %v", tallies)
	}
}

func TestWhatIsHandedOutIsTheCallersOwn(t *testing.T) {
	r := report.New()
	r.Put(app("web"), []placement.Assessment{assessed("web", fragile, on("a", "1", 1))}, noon())
	clear(r.Tallies())
	clear(r.NodesLost())
	r.Items()[0].Verdict = healthy
	r.Node("a").Lost[0].Verdict = healthy
	if len(r.Tallies()) != 1 || r.NodesLost()["a"] != 1 || r.Items()[0].Verdict != fragile || r.Node("a").Lost[0].Verdict != fragile {
		t.Error("a caller has changed the report")
	}
}

func TestAReportMayBeReadWhileItIsWritten(t *testing.T) {
	r := report.New()
	var together sync.WaitGroup
	for w := range 2 {
		name := fmt.Sprint("app-", w)
		together.Go(func() {
			for i := range 300 {
				verdict := placement.Verdicts()[i%len(placement.Verdicts())]
				r.Put(app(name), []placement.Assessment{assessed(name, verdict, on("a", "1", 1+i%3), on("b", "2", 1))}, noon())
			}
		})
		together.Go(func() {
			for range 300 {
				node := r.Node("a")
				if n := len(node.Lost) + len(node.Degraded); n != node.Workloads {
					t.Errorf("of %d workloads %d are lost or degraded", node.Workloads, n)
				}
				r.WhatIf(placement.ZoneGone("1"))
				r.Tallies()
				r.ZonesLost()
				r.Risks(noon())
				r.SettlingSince(app(name))
			}
		})
	}
	together.Wait()
}
